// Package login_test logs people into a real radiograph with a real OpenID Connect
// provider, over HTTPS, as a browser does.
package login_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/internal/tlstest"
	"github.com/radiograph/radiograph/server"
	"github.com/radiograph/radiograph/test/login/provider"
)

const sessionCookie, flowCookie = "__Host-radiograph-session", "__Host-radiograph-login"

// world is a service, and the provider that it trusts.
type world struct {
	t        *testing.T
	url      string
	provider *provider.Provider
	roots    *x509.CertPool
}

func start(t *testing.T, inUserinfo bool, change ...func(*config.Config)) *world {
	t.Helper()
	address, ca, dir := freeAddress(t), tlstest.NewCA(t), t.TempDir()
	w := &world{t: t, url: "https://" + address, roots: ca.Pool()}
	redirect := w.url + "/console/v1/login/callback"
	w.provider = provider.Start(provider.Options{RedirectURL: redirect, InUserinfo: inUserinfo})
	t.Cleanup(w.provider.Close)
	w.roots.AppendCertsFromPEM(w.provider.Authority())
	pair := ca.Issue(time.Hour)
	c := config.Default()
	c.Data, c.HTTP.Listen, c.Daemon, c.OTLP = t.TempDir(), address, config.Daemon{}, config.OTLP{}
	c.Auth.Mode = config.AuthSigV4
	c.TLS.CertFile, c.TLS.KeyFile = tlstest.Write(t, dir, "tls.crt", pair.Cert), tlstest.Write(t, dir, "tls.key", pair.Key)
	c.Login.OIDC = config.OIDC{
		Issuer: w.provider.Issuer, ClientID: provider.ClientID, RedirectURL: redirect, Scopes: []string{"openid", "profile"},
		ClientSecretFile: tlstest.Write(t, dir, "secret", []byte(provider.Secret+"\n")), CAFile: tlstest.Write(t, dir, "ca.crt", w.provider.Authority()),
		RolesClaim: "groups", ViewerValues: []string{"tracing-viewers"}, OperatorValues: []string{"tracing-operators"}, AdminValues: []string{"tracing-admins"},
	}
	for _, f := range change {
		f(&c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s, err := server.New(ctx, c, server.Options{})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w
}

// freeAddress is an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// browser is a client with cookies that stops before a redirect to the callback when
// it is told to.
type browser struct {
	*world
	client *http.Client
	halt   bool
}

var errHalt = errors.New("halt")

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: w.roots, MinVersion: tls.VersionTLS12}}
	w.t.Cleanup(transport.CloseIdleConnections)
	b := &browser{world: w}
	b.client = &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if b.halt && strings.HasSuffix(r.URL.Path, "/console/v1/login/callback") {
			return errHalt
		}
		return nil
	}}
	return b
}

// answer is the end of a chain of redirects.
type answer struct {
	status int
	url    *url.URL
	body   string
	header http.Header
}

func (b *browser) do(method, address, body string, headers ...string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.client.Do(r)
	if errors.Is(err, errHalt) {
		to, err := resp.Location()
		if err != nil {
			b.t.Fatal(err)
		}
		return answer{status: resp.StatusCode, url: to}
	}
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Request.URL, string(text), resp.Header}
}

var requestID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// logIn goes through the whole flow: to the provider, its form, and back.
func (b *browser) logIn(name, returnTo string) answer {
	b.t.Helper()
	page := b.do(http.MethodGet, b.url+"/console/v1/login?"+url.Values{"return": {returnTo}}.Encode(), "")
	id := requestID.FindStringSubmatch(page.body)
	if id == nil {
		b.t.Fatalf("%s is not the provider's form: %d\n%s", page.url, page.status, page.body)
	}
	form := url.Values{"id": {id[1]}, "username": {name}, "password": {provider.Password}}
	return b.do(http.MethodPost, b.provider.Issuer+"/login/username", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

// callback is logIn that stops where the provider sends the browser back.
func (b *browser) callback(name string) *url.URL {
	b.t.Helper()
	b.halt = true
	defer func() { b.halt = false }()
	back := b.logIn(name, "/map").url
	if !strings.HasSuffix(back.Path, "/callback") || back.Query().Get("code") == "" {
		b.t.Fatalf("the provider sends people to %s", back)
	}
	return back
}

// cookie returns the value of a cookie for the service.
func (b *browser) cookie(name string) string {
	u, _ := url.Parse(b.url)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) setCookie(name, value string) {
	u, _ := url.Parse(b.url)
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/", Secure: true}})
}

type who struct {
	Methods []string
	User    *struct{ Name, ARN, Method, Role string }
	Allowed []string
}

func (b *browser) who() (out who) {
	b.t.Helper()
	a := b.do(http.MethodGet, b.url+"/console/v1/session", "")
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		b.t.Fatalf("%v: %s", err, a.body)
	}
	return out
}

// ask calls an operation of the X-Ray API as a page of the console does.
func (b *browser) ask(path, body string) answer {
	return b.do(http.MethodPost, b.url+path, body, "Content-Type", "application/json", "Origin", b.url, "Sec-Fetch-Site", "same-origin")
}

func TestPeopleLogIn(t *testing.T) {
	for _, tc := range []struct {
		name                 string
		role                 string
		create, remove, seal int
	}{
		{"viewer", "viewer", 403, 403, 403},
		{"operator", "operator", 200, 403, 403},
		{"admin", "admin", 200, 200, 200},
	} {
		for _, inUserinfo := range []bool{false, true} {
			t.Run(tc.name, func(t *testing.T) {
				b := start(t, inUserinfo).browser()
				if got := b.ask("/Groups", "{}"); got.status != http.StatusForbidden {
					t.Errorf("before: %d", got.status)
				}
				if end := b.logIn(tc.name, "/traces?t=1h#x").url; end.String() != b.url+"/traces?t=1h#x" {
					t.Errorf("returned to %s", end)
				}
				me := b.who()
				if me.User == nil || me.User.Role != tc.role || me.User.Name != tc.name || me.User.Method != "oidc" {
					t.Fatalf("got %+v", me.User)
				}
				for path, want := range map[string]int{"/Groups": 200, "/CreateGroup": tc.create, "/DeleteGroup": tc.remove, "/PutEncryptionConfig": tc.seal} {
					body := map[string]string{"/Groups": "{}", "/CreateGroup": `{"GroupName":"Red","FilterExpression":"fault"}`, "/PutEncryptionConfig": `{"Type":"NONE"}`}[path]
					if path == "/DeleteGroup" {
						continue // after it was made, below
					}
					if got := b.ask(path, body); got.status != want {
						t.Errorf("%s: %d %s", path, got.status, got.body)
					}
				}
				if got := b.ask("/DeleteGroup", `{"GroupName":"Red"}`); got.status != tc.remove {
					t.Errorf("/DeleteGroup: %d %s", got.status, got.body)
				}
				if got := b.do(http.MethodGet, b.url+"/console/v1/me", ""); got.status != http.StatusOK {
					t.Errorf("console API: %d %s", got.status, got.body)
				}
				if got := b.do(http.MethodPost, b.url+"/radiograph/backup", "", "Sec-Fetch-Site", "same-origin"); got.status != http.StatusUnauthorized {
					t.Errorf("a session makes backups: %d", got.status)
				}
				copied := b.cookie(sessionCookie)
				if got := b.do(http.MethodDelete, b.url+"/console/v1/session", "", "Sec-Fetch-Site", "same-origin"); got.status != http.StatusNoContent {
					t.Errorf("log out: %d", got.status)
				}
				b.setCookie(sessionCookie, copied)
				if me := b.who(); me.User != nil {
					t.Error("a copied cookie outlives the logout")
				}
			})
		}
	}
}

func TestWhoHasNoRoleIsRefused(t *testing.T) {
	b := start(t, false).browser()
	for _, name := range []string{"outsider", "nobody"} {
		end := b.logIn(name, "/map")
		if end.url.Path != "/" || end.url.Query().Get("login") != "role" || end.url.Query().Get("request") == "" {
			t.Errorf("%s: sent to %s", name, end.url)
		}
		if me := b.who(); me.User != nil {
			t.Errorf("%s is logged in", name)
		}
	}
}

// wantRefused goes to the callback and wants to be sent back for that reason.
func (b *browser) wantRefused(what string, callback *url.URL, reason string) {
	b.t.Helper()
	if got := b.do(http.MethodGet, callback.String(), "").url.Query().Get("login"); got != reason {
		b.t.Errorf("%s: reason %q, want %q", what, got, reason)
	}
	if me := b.who(); me.User != nil {
		b.t.Errorf("%s: logged in", what)
	}
}

func with(u *url.URL, key, value string) *url.URL {
	out := *u
	q := out.Query()
	q.Set(key, value)
	out.RawQuery = q.Encode()
	return &out
}

func TestCallbacksOfAnotherLogin(t *testing.T) {
	w := start(t, false)
	victim, thief := w.browser(), w.browser()

	back := thief.callback("admin")
	victim.wantRefused("a callback without a login", back, "state")
	victim.callback("viewer")
	victim.wantRefused("somebody else's callback", back, "state")

	own := victim.callback("viewer")
	victim.wantRefused("another state", with(own, "state", "x"), "state")

	own = victim.callback("viewer")
	victim.wantRefused("somebody else's code with the own state", with(own, "code", back.Query().Get("code")), "token")

	own = victim.callback("viewer")
	victim.wantRefused("a callback of another issuer", with(own, "iss", "https://evil.example"), "token")

	own = victim.callback("viewer")
	victim.wantRefused("the provider says no", with(with(own, "code", ""), "error", "access_denied"), "canceled")
}

func TestCodesAreUsedOnce(t *testing.T) {
	b := start(t, false).browser()
	back := b.callback("viewer")
	flow := b.cookie(flowCookie)
	if b.do(http.MethodGet, back.String(), ""); b.who().User == nil {
		t.Fatal("not logged in")
	}
	b.do(http.MethodDelete, b.url+"/console/v1/session", "", "Sec-Fetch-Site", "same-origin")
	b.setCookie(flowCookie, flow)
	b.wantRefused("the same callback again", back, "state")
	again := b.callback("viewer")
	b.wantRefused("a used code in a new login", with(again, "code", back.Query().Get("code")), "token")
}

func TestALoginMakesANewSession(t *testing.T) {
	w := start(t, false)
	thief, victim := w.browser(), w.browser()
	thief.logIn("viewer", "/map")
	planted := thief.cookie(sessionCookie)
	victim.setCookie(sessionCookie, planted)
	victim.logIn("admin", "/map")
	if victim.cookie(sessionCookie) == planted {
		t.Error("the session stayed")
	}
	if me := thief.who(); me.User != nil {
		t.Errorf("the planted session is of %s", me.User.Name)
	}
	// A flow's cookie is no session's, though the same key seals both.
	b := w.browser()
	b.callback("admin")
	b.setCookie(sessionCookie, b.cookie(flowCookie))
	if b.who().User != nil {
		t.Error("the cookie of a login passes for a session")
	}
}

func TestReturnStaysHere(t *testing.T) {
	w := start(t, false)
	for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/\t/evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:x", ""} {
		b := w.browser()
		if end := b.logIn("viewer", to).url; "https://"+end.Host != w.url {
			t.Errorf("%q leads to %s", to, end)
		}
	}
}

func TestOtherSitesCannotUseASession(t *testing.T) {
	b := start(t, false).browser()
	b.logIn("admin", "/map")
	create := `{"GroupName":"Red","FilterExpression":"fault"}`
	for name, headers := range map[string][]string{
		"cross-site":           {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		"a neighbour":          {"Sec-Fetch-Site", "same-site", "Origin", "https://evil.example"},
		"old browser":          {"Origin", "https://evil.example"},
		"sandboxed":            {"Origin", "null"},
		"no page":              {"Sec-Fetch-Site", "none"},
		"no browser":           {},
		"cross-site, own name": {"Sec-Fetch-Site", "cross-site", "Origin", b.url},
		"text, as of a form":   {"Origin", "https://evil.example", "Content-Type", "text/plain"},
	} {
		if got := b.do(http.MethodPost, b.url+"/CreateGroup", create, headers...); got.status != http.StatusForbidden || got.header.Get("X-Amzn-Errortype") != "MissingAuthenticationTokenException" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if got := b.do(http.MethodDelete, b.url+"/console/v1/session", "", headers...); got.status != http.StatusForbidden {
			t.Errorf("%s logs out: %d", name, got.status)
		}
	}
	if got := b.ask("/CreateGroup", create); got.status != http.StatusOK {
		t.Errorf("the console itself: %d %s", got.status, got.body)
	}
}

func TestTheServiceStartsWithoutItsProvider(t *testing.T) {
	w := start(t, false, func(c *config.Config) {
		c.Login.OIDC.CAFile = filepath.Join(t.TempDir(), "other.crt")
		if err := os.WriteFile(c.Login.OIDC.CAFile, tlstest.NewCA(t).PEM(), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	b := w.browser()
	if end := b.do(http.MethodGet, w.url+"/console/v1/login", "").url; end.Query().Get("login") != "provider" {
		t.Errorf("sent to %s", end)
	}
	if me := b.who(); len(me.Methods) != 2 {
		t.Errorf("got %v", me.Methods)
	}
}
