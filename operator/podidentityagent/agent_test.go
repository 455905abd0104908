package podidentityagent_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/radiograph/radiograph/operator/podidentityagent"
)

// jwt has the form of a pod's token.
func jwt(subject string, expires time.Time) string {
	encode := base64.RawURLEncoding.EncodeToString
	claims := fmt.Sprintf(`{"sub":%q,"exp":%d}`, subject, expires.Unix())
	return encode([]byte(`{"alg":"RS256"}`)) + "." + encode([]byte(claims)) + "." + encode([]byte("signature"))
}

// source gives sessions that last for a time, or what answer says.
type source struct {
	asked  atomic.Int32
	life   time.Duration
	answer func() error // nil for a session
	gate   chan struct{}
}

func (s *source) Assume(ctx context.Context, _ string) (podidentityagent.Session, error) {
	n := s.asked.Add(1)
	if s.gate != nil {
		select {
		case <-s.gate:
		case <-ctx.Done():
			return podidentityagent.Session{}, ctx.Err()
		}
	}
	if s.answer != nil {
		if err := s.answer(); err != nil {
			return podidentityagent.Session{}, err
		}
	}
	return podidentityagent.Session{
		AccessKeyID: "ASIA" + strconv.Itoa(int(n)), SecretAccessKey: "s", Token: "t", AccountID: "111122223333", Expiration: time.Now().Add(s.life).UTC(),
	}, nil
}

// ask asks the handler as an SDK does.
func ask(ctx context.Context, h http.Handler, host, token string) (int, map[string]string) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+podidentityagent.Path, nil)
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var out map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		panic(err)
	}
	return w.Code, out
}

func newHandler(s podidentityagent.Source) (*podidentityagent.Handler, *podidentityagent.Credentials) {
	c := podidentityagent.NewCredentials(s, nil, nil)
	return podidentityagent.New(c, []string{podidentityagent.IPv4, podidentityagent.IPv6}, nil, nil), c
}

func TestRequests(t *testing.T) {
	good := jwt("a", time.Now().Add(time.Hour))
	h, _ := newHandler(&source{life: time.Hour})
	for _, tc := range []struct {
		name, host, token string
		status            int
	}{
		{"IPv4", "169.254.170.23", good, 200},
		{"IPv4 with port", "169.254.170.23:80", good, 200},
		{"IPv6", "[fd00:ec2::23]", good, 200},
		{"IPv6 with port", "[fd00:ec2::23]:80", good, 200},
		{"IPv6 written out", "[fd00:0ec2:0:0:0:0:0:23]", good, 200},
		{"another name", "evil.example.com", good, 403},
		{"metadata service", "169.254.169.254", good, 403},
		{"no token", "169.254.170.23", "", 400},
		{"scheme before the token", "169.254.170.23", "Bearer " + good, 400},
		{"no token of the form", "169.254.170.23", "a.b", 400},
		{"no base64", "169.254.170.23", "a.?.c", 400},
		{"no JSON", "169.254.170.23", "YQ.YQ.YQ", 400},
		{"no expiry", "169.254.170.23", "YQ." + base64.RawURLEncoding.EncodeToString([]byte("{}")) + ".YQ", 400},
	} {
		if status, body := ask(t.Context(), h, tc.host, tc.token); status != tc.status || (status == 200) != (body["AccessKeyId"] != "") {
			t.Errorf("%s: %d %v, want %d", tc.name, status, body, tc.status)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://169.254.170.23"+podidentityagent.Path, nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

// TestShape checks what SDKs read.
func TestShape(t *testing.T) {
	h, _ := newHandler(&source{life: time.Hour})
	status, body := ask(t.Context(), h, podidentityagent.IPv4, jwt("a", time.Now().Add(time.Hour)))
	if _, err := time.Parse(time.RFC3339, body["Expiration"]); err != nil || status != 200 || len(body) != 5 || body["AccountId"] != "111122223333" || body["SecretAccessKey"] != "s" || body["Token"] != "t" {
		t.Errorf("%d %v, %v", status, body, err)
	}
}

// TestLifeOfASession follows a session: remembered, renewed behind the scenes, kept while
// radiograph is away, and given up at its end.
func TestLifeOfASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{life: 6 * time.Hour}
		h, c := newHandler(s)
		token := jwt("a", time.Now().Add(24*time.Hour))
		get := func() (int, string) {
			status, body := ask(t.Context(), h, podidentityagent.IPv4, token)
			c.Wait()
			return status, body["AccessKeyId"]
		}
		want := func(when string, wantStatus int, wantKey string, wantAsked int32) {
			t.Helper()
			if status, key := get(); status != wantStatus || key != wantKey || s.asked.Load() != wantAsked {
				t.Errorf("%s: %d %s, asked %d times, want %d %s, %d", when, status, key, s.asked.Load(), wantStatus, wantKey, wantAsked)
			}
		}
		want("first", 200, "ASIA1", 1)
		want("again", 200, "ASIA1", 1)
		time.Sleep(3*time.Hour - time.Second)
		want("before it is renewed", 200, "ASIA1", 1)
		time.Sleep(time.Second)
		want("when it is renewed", 200, "ASIA1", 2)
		want("renewed", 200, "ASIA2", 2)
		s.answer = func() error { return errors.New("radiograph is away") }
		time.Sleep(3 * time.Hour)
		want("radiograph is away", 200, "ASIA2", 3)
		time.Sleep(3*time.Hour - time.Minute)
		want("at its end", 503, "", 4)
		s.answer = nil
		want("radiograph is back", 200, "ASIA5", 5)
		s.answer = func() error {
			return &podidentityagent.Refusal{Status: 404, Code: "ResourceNotFoundException", Message: "no association"}
		}
		time.Sleep(3 * time.Hour)
		want("association is gone", 200, "ASIA5", 6)
		want("and forgotten", 404, "", 7)
	})
}

// TestTokenEnds checks that nothing is given for a token that has expired.
func TestTokenEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{life: 6 * time.Hour}
		h, c := newHandler(s)
		token := jwt("a", time.Now().Add(time.Hour))
		ask(t.Context(), h, podidentityagent.IPv4, token)
		time.Sleep(time.Hour + time.Second)
		s.answer = func() error {
			return &podidentityagent.Refusal{Status: 400, Code: "ExpiredTokenException", Message: "expired"}
		}
		if status, body := ask(t.Context(), h, podidentityagent.IPv4, token); status != 400 || body["code"] != "ExpiredTokenException" {
			t.Errorf("%d %v", status, body)
		}
		c.Wait()
	})
}

// TestSingleFlight checks that containers that ask at once cause one question, and that it
// does not end with the first of them.
func TestSingleFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{life: time.Hour, gate: make(chan struct{})}
		h, _ := newHandler(s)
		token := jwt("a", time.Now().Add(time.Hour))
		first, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if status, _ := ask(first, h, podidentityagent.IPv4, token); status != 503 {
				t.Errorf("who left got %d", status)
			}
		})
		synctest.Wait()
		for range 20 {
			all.Go(func() {
				if status, _ := ask(t.Context(), h, podidentityagent.IPv4, token); status != 200 {
					t.Errorf("got %d", status)
				}
			})
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		close(s.gate)
		all.Wait()
		if n := s.asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHandler(&source{life: time.Hour})
		token := jwt("a", time.Now().Add(time.Hour))
		for i := range 1001 {
			if status, _ := ask(t.Context(), h, podidentityagent.IPv4, token); (status == 429) != (i == 1000) {
				t.Fatalf("request %d: %d", i, status)
			}
		}
		time.Sleep(time.Second)
		if status, _ := ask(t.Context(), h, podidentityagent.IPv4, token); status != 200 {
			t.Errorf("a second later: %d", status)
		}
	})
}

// TestUpstream checks what radiograph is asked and how its answers are read.
func TestUpstream(t *testing.T) {
	var asked, status atomic.Value
	status.Store(200)
	answer := `{"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/r/s"},"credentials":{"accessKeyId":"ASIA1","secretAccessKey":"s","sessionToken":"t","expiration":1800000000}}`
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in map[string]string
		_ = json.NewDecoder(r.Body).Decode(&in)
		asked.Store(r.Method + " " + r.URL.Path + " " + in["token"])
		if code := status.Load().(int); code != 200 {
			w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException:http://internal")
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(code)
			_, _ = w.Write([]byte(`{"message":"no association"}`))
			return
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	u, err := podidentityagent.NewUpstream(server.URL, "demo", ca)
	if err != nil {
		t.Fatal(err)
	}
	session, err := u.Assume(t.Context(), "a.b.c")
	want := podidentityagent.Session{AccessKeyID: "ASIA1", SecretAccessKey: "s", Token: "t", AccountID: "111122223333", Expiration: time.Unix(1800000000, 0).UTC()}
	if err != nil || session != want || asked.Load() != "POST /clusters/demo/assume-role-for-pod-identity a.b.c" {
		t.Errorf("%+v, %v, asked %v", session, err, asked.Load())
	}
	for _, code := range []int{404, 503, 307} {
		status.Store(code)
		_, err = u.Assume(t.Context(), "a.b.c")
		if refusal, ok := errors.AsType[*podidentityagent.Refusal](err); !ok || refusal.Status != code || refusal.Code != "ResourceNotFoundException" || refusal.Message != "no association" {
			t.Errorf("%d: %v", code, err)
		}
	}
	status.Store(200)
	for _, broken := range []string{`{`, `{}`, `{"credentials":{"accessKeyId":"a","secretAccessKey":"b","sessionToken":"c","expiration":"soon"}}`} {
		answer = broken
		if s, err := u.Assume(t.Context(), "a.b.c"); err == nil {
			t.Errorf("%s gives %+v", broken, s)
		}
	}
	unknown, err := podidentityagent.NewUpstream(server.URL, "demo", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unknown.Assume(t.Context(), "a.b.c"); err == nil {
		t.Error("a certificate that nobody trusts is accepted")
	}
}

func FuzzToken(f *testing.F) {
	f.Add(jwt("a", time.Unix(1800000000, 0)))
	f.Add("a.b.c")
	h, _ := newHandler(&source{life: time.Hour})
	f.Fuzz(func(t *testing.T, token string) {
		// Whatever comes, there is an answer in JSON.
		ask(t.Context(), h, podidentityagent.IPv4, token)
	})
}
