package login_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/console/login"
	"github.com/radiograph/radiograph/iam/policy"
	"github.com/radiograph/radiograph/iam/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	account   = "111122223333"
	keySecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// keys are access keys in memory.
type keys struct {
	mu  sync.Mutex
	all map[string]auth.Principal
	err error // of every lookup
}

func (k *keys) Lookup(_ context.Context, id, session string) (auth.Credential, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, ok := k.all[id]
	switch {
	case k.err != nil:
		return auth.Credential{}, k.err
	case !ok || session != "":
		return auth.Credential{}, auth.ErrUnknownKey
	}
	return auth.Credential{Secret: keySecret, Principal: p}, nil
}

func (k *keys) drop(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.all, id)
}

func (k *keys) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

func user(t *testing.T, name, document string) auth.Principal {
	t.Helper()
	p := auth.Principal{Account: account, ARN: "arn:aws:iam::" + account + ":user/" + name, UserID: "AIDA" + name, Name: name}
	if m := policy.ManagedPolicy("arn:aws:iam::aws:policy/" + document); m != nil {
		p.Policies.Identity = []*policy.Document{&m.Document}
	} else if document != "" {
		d, err := policy.Parse(document, policy.UserLimit)
		if err != nil {
			t.Fatal(err)
		}
		p.Policies.Identity = []*policy.Document{d}
	}
	return p
}

func newRing(t *testing.T) *secret.Ring {
	t.Helper()
	var key [32]byte
	rand.Read(key[:])
	r, err := secret.Parse([]byte("k1 " + base64.StdEncoding.EncodeToString(key[:])))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is an API before a page that says who asks.
type world struct {
	*testing.T
	url   string
	keys  *keys
	clock *clock
	ring  *secret.Ring
	log   *bytes.Buffer
}

func start(t *testing.T, change ...func(*login.Options)) *world {
	t.Helper()
	w := &world{T: t, clock: &clock{at: time.Now()}, ring: newRing(t), log: &bytes.Buffer{}}
	w.keys = &keys{all: map[string]auth.Principal{
		"AKIAADMIN":  user(t, "admin", "AdministratorAccess"),
		"AKIAVIEWER": user(t, "viewer", "RadiographViewerAccess"),
		"AKIAWRITER": user(t, "writer", "RadiographWriteAccess"),
		"AKIABLUE":   user(t, "blue", `{"Statement":[{"Effect":"Allow","Action":"radiograph:ConsoleRead","Resource":"*"},{"Effect":"Allow","Action":"xray:UpdateGroup","Resource":"arn:aws:xray:*:*:group/Blue/*"}]}`),
	}}
	opts := login.Options{
		Gate: &auth.Gate{Verifier: auth.Verifier{Keys: w.keys, Services: []string{"xray"}, Regions: []string{"us-east-1"}}, Authorizer: auth.ByPolicy{Account: account}},
		Keys: w.keys, Ring: w.ring, Account: account, Now: w.clock.now, Logger: slog.New(slog.NewJSONHandler(&locked{b: w.log}, nil)),
	}
	for _, f := range change {
		f(&opts)
	}
	api, err := login.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, p := range []string{login.SessionPath, login.LoginPath, login.CallbackPath} {
		mux.Handle(p, api)
	}
	mux.Handle("/", api.Admit(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id := auth.FromContext(r.Context()); id != nil {
			_, _ = io.WriteString(w, id.Principal.ARN)
		}
	})))
	s := httptest.NewServer(mux)
	t.Cleanup(func() { s.Close(); api.Close() })
	w.url = s.URL
	return w
}

// locked is a writer for several goroutines.
type locked struct {
	mu sync.Mutex
	b  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// browser is a client with cookies.
type browser struct {
	*world
	client *http.Client
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	transport := &http.Transport{}
	w.Cleanup(transport.CloseIdleConnections)
	return &browser{w, &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) do(method, path, body string, headers ...string) (*http.Response, string) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Origin", b.url)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	return resp, string(text)
}

// logIn logs in with a key and returns the status.
func (b *browser) logIn(id, secret string) int {
	b.Helper()
	body, err := json.Marshal(map[string]string{"accessKeyId": id, "secretAccessKey": secret})
	if err != nil {
		b.Fatal(err)
	}
	resp, _ := b.do(http.MethodPost, login.SessionPath, string(body), "Content-Type", "application/json")
	return resp.StatusCode
}

// asks returns the ARN that a request to the service is made as.
func (b *browser) asks() string {
	b.Helper()
	_, text := b.do(http.MethodPost, "/Groups", "{}")
	return text
}

func (b *browser) cookies() []*http.Cookie {
	u, err := url.Parse(b.url)
	if err != nil {
		b.Fatal(err)
	}
	return b.client.Jar.Cookies(u)
}

func (b *browser) setCookie(name, value string) {
	u, err := url.Parse(b.url)
	if err != nil {
		b.Fatal(err)
	}
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}
