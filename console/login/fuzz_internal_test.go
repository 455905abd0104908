package login

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam/secret"
)

// noKeys is a directory of nobody.
type noKeys struct{}

func (noKeys) Lookup(context.Context, string, string) (auth.Credential, error) {
	return auth.Credential{}, auth.ErrUnknownKey
}

// fuzzed is an API with a provider that nobody can reach.
func fuzzed(f *testing.F) *API {
	f.Helper()
	ring, err := secret.Parse([]byte("k " + base64.StdEncoding.EncodeToString(make([]byte, 32))))
	if err != nil {
		f.Fatal(err)
	}
	a, err := New(Options{
		Gate: &auth.Gate{Verifier: auth.Verifier{Keys: noKeys{}, Services: []string{"xray"}}, Authorizer: auth.ByPolicy{}}, Keys: noKeys{},
		Ring: ring, Account: "111122223333", OIDC: &OIDC{Issuer: "https://127.0.0.1:1", ClientID: "c", RedirectURL: "https://a" + CallbackPath},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(a.Close)
	return a
}

// admitted reports whether a request with a cookie has an identity.
func admitted(t *testing.T, a *API, cookie string) bool {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/Groups", http.NoBody)
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	known := false
	a.Admit(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		known = auth.FromContext(r.Context()) != nil
	})).ServeHTTP(httptest.NewRecorder(), r)
	return known
}

// FuzzCookies sends cookies that this service has not made: nobody is admitted.
func FuzzCookies(f *testing.F) {
	a := fuzzed(f)
	f.Add(sessionCookie + "=AWtpAAAAAAAAAAAAAAAA")
	f.Add(sessionCookie + "=; " + sessionCookie + "=x; __Host-" + sessionCookie + `="y"`)
	f.Fuzz(func(t *testing.T, cookie string) {
		if admitted(t, a, cookie) {
			t.Errorf("%q is somebody", cookie)
		}
	})
}

// FuzzSessions reads what was sealed by who has the key. It must not break, whatever an older
// or newer version has written, and a session of another account, or one that has ended, is none.
func FuzzSessions(f *testing.F) {
	a := fuzzed(f)
	f.Add(`{"id":"a","iss":"https://127.0.0.1:1","sub":"s","n":"n","r":"admin","a":"111122223333","t":"` + time.Now().Format(time.RFC3339) + `","s":"` + time.Now().Format(time.RFC3339) + `"}`)
	f.Add(`{"id":"a","k":"AKIA","a":"111122223333","t":"0001-01-01T00:00:00Z","s":"9999-12-31T23:59:59Z"}`)
	f.Add(`{"id":7}`)
	f.Fuzz(func(t *testing.T, text string) {
		value := base64.RawURLEncoding.EncodeToString(a.opts.Ring.Seal([]byte(text), sessionContext))
		if admitted(t, a, sessionCookie+"="+value) && !strings.Contains(text, "111122223333") {
			t.Errorf("%s is a session", text)
		}
	})
}

// FuzzCallback comes back from a provider with whatever state, code and cookie.
func FuzzCallback(f *testing.F) {
	a := fuzzed(f)
	f.Add("state=a&error=access_denied&error_description=%0d%0a", `{"s":"a","n":"b","v":"c","r":"//evil","u":"9999-12-31T23:59:59Z"}`)
	f.Add("state=a&state=b&code=c", `{"s":"a"}`)
	f.Add("state=&code=", `{}`)
	f.Fuzz(func(t *testing.T, query, text string) {
		if strings.Contains(query, "code=") {
			return // that would ask the provider
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, CallbackPath, http.NoBody)
		r.URL.RawQuery = query
		value := base64.RawURLEncoding.EncodeToString(a.opts.Ring.Seal([]byte(text), flowContext))
		r.AddCookie(&http.Cookie{Name: flowCookie, Value: value})
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		to := w.Header().Get("Location")
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/?login=") || strings.ContainsAny(to, "\r\n") {
			t.Errorf("%q goes to %d %q", query, w.Code, to)
		}
		for _, c := range w.Result().Cookies() {
			if c.Name == sessionCookie {
				t.Errorf("%q has a session", query)
			}
		}
	})
}
