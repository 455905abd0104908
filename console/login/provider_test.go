package login_test

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/radiograph/radiograph/console/login"
	"github.com/radiograph/radiograph/internal/issuertest"
)

// liar is a provider that signs what tests want: what a real one never would. The
// real one is in test/login.
type liar struct {
	*testing.T
	server *httptest.Server
	key    jose.JSONWebKey // that it signs with

	mu    sync.Mutex
	known jose.JSONWebKey // that it publishes
	token func(nonce string) string
	nonce string
}

func newLiar(t *testing.T) *liar {
	t.Helper()
	p := &liar{T: t, key: issuertest.RSA(t)}
	p.known = p.key
	mux := http.NewServeMux()
	p.server = httptest.NewTLSServer(mux)
	t.Cleanup(p.server.Close)
	write := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		write(w, map[string]any{
			"issuer": p.server.URL, "authorization_endpoint": p.server.URL + "/auth", "token_endpoint": p.server.URL + "/token",
			"jwks_uri": p.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{p.known.Public()}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		answer := map[string]any{"access_token": "a", "token_type": "Bearer"}
		if token := p.token(p.nonce); token != "" {
			answer["id_token"] = token
		}
		write(w, answer)
	})
	return p
}

func (p *liar) options(t *testing.T) func(*login.Options) {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(o *login.Options) {
		o.OIDC = &login.OIDC{
			Issuer: p.server.URL, ClientID: "radiograph", RedirectURL: "http://127.0.0.1/p/console/v1/login/callback", Scopes: []string{"openid"},
			RolesClaim: "realm_access.roles", ViewerValues: []string{"v"}, AdminValues: []string{"a"}, CAFile: ca,
		}
	}
}

// claims are those of a good token, which may be changed.
func (p *liar) claims(nonce string, change func(map[string]any)) map[string]any {
	now := time.Now()
	c := map[string]any{
		"iss": p.server.URL, "sub": "id/1\n", "aud": "radiograph", "nonce": nonce, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"name": "Ana\nExample/", "realm_access": map[string]any{"roles": []any{"other", 7, "a", "v"}},
	}
	if change != nil {
		change(c)
	}
	return c
}

// through logs b in with a token, and returns where it is sent.
func (p *liar) through(b *browser, token func(nonce string) string) *url.URL {
	b.Helper()
	resp, _ := b.do(http.MethodGet, login.LoginPath+"?return=/p/map", "")
	to, err := resp.Location()
	if err != nil {
		b.Fatalf("%s: %v", resp.Status, err)
	}
	q := to.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("response_type") != "code" {
		b.Errorf("asks without PKCE: %s", to)
	}
	p.mu.Lock()
	p.token, p.nonce = token, q.Get("nonce")
	p.mu.Unlock()
	resp, _ = b.do(http.MethodGet, login.CallbackPath+"?code=c&state="+url.QueryEscape(q.Get("state")), "")
	if to, err = resp.Location(); err != nil {
		b.Fatalf("%s: %v", resp.Status, err)
	}
	return to
}

func TestTokens(t *testing.T) {
	p := newLiar(t)
	w := start(t, p.options(t))
	signed := func(change func(map[string]any)) func(string) string {
		return func(nonce string) string { return issuertest.Sign(t, p.key, p.claims(nonce, change)) }
	}
	set := func(key string, v any) func(map[string]any) { return func(c map[string]any) { c[key] = v } }
	stranger := issuertest.RSA(t)
	for _, tc := range []struct {
		name   string
		token  func(nonce string) string
		reason string // "": logged in
	}{
		{"good", signed(nil), ""},
		{"nonce of another login", signed(set("nonce", "another")), "token"},
		{"no nonce", signed(func(c map[string]any) { delete(c, "nonce") }), "token"},
		{"for another client", signed(set("aud", "other")), "token"},
		{"of another issuer", signed(set("iss", "https://evil.example")), "token"},
		{"expired", signed(set("exp", time.Now().Add(-time.Hour).Unix())), "token"},
		{"none at all", func(string) string { return "" }, "token"},
		{"no token", func(string) string { return "x.y.z" }, "token"},
		{"alg none", func(nonce string) string {
			return issuertest.Part(`{"alg":"none"}`) + "." + issuertest.Part(`{"iss":%q,"sub":"1","aud":"radiograph","nonce":%q,"exp":9999999999}`, p.server.URL, nonce) + "."
		}, "token"},
		{"a stranger's key", func(nonce string) string { return issuertest.Sign(t, stranger, p.claims(nonce, nil)) }, "token"},
		{"no roles", signed(func(c map[string]any) { delete(c, "realm_access") }), "role"},
		{"roles of another shape", signed(set("realm_access", "a")), "role"},
		{"roles that mean nothing", signed(set("realm_access", map[string]any{"roles": []string{"x", "A", "a "}})), "role"},
		{"one role as a text", signed(set("realm_access", map[string]any{"roles": "v"})), ""},
		{"the claim by its whole name", signed(func(c map[string]any) { delete(c, "realm_access"); c["realm_access.roles"] = []string{"v"} }), ""},
	} {
		b := w.browser()
		to := p.through(b, tc.token)
		if got := to.Query().Get("login"); got != tc.reason {
			t.Errorf("%s: reason %q, want %q", tc.name, got, tc.reason)
		}
		if path := to.Path; tc.reason == "" && path != "/p/map" || tc.reason != "" && path != "/p/" {
			t.Errorf("%s: sent to %s", tc.name, to)
		}
		if in := b.asks() != ""; in != (tc.reason == "") {
			t.Errorf("%s: logged in: %v", tc.name, in)
		}
	}
	b := w.browser()
	p.through(b, signed(nil))
	if got := b.asks(); got != "arn:aws:sts::111122223333:federated-user/AnaExample" {
		t.Errorf("the name is %q", got)
	}
}

func TestTheProviderChangesItsKey(t *testing.T) {
	p := newLiar(t)
	w := start(t, p.options(t))
	good := func(nonce string) string { return issuertest.Sign(t, p.key, p.claims(nonce, nil)) }
	p.through(w.browser(), good)
	p.mu.Lock()
	p.key = issuertest.RSA(t)
	p.known = p.key
	p.mu.Unlock()
	b := w.browser()
	if p.through(b, good); b.asks() == "" {
		t.Error("a token of the new key is refused")
	}
}

func TestALoginTakesTenMinutesAtMost(t *testing.T) {
	p := newLiar(t)
	w := start(t, p.options(t))
	b := w.browser()
	to := p.through(b, func(nonce string) string {
		w.clock.forward(0)
		return issuertest.Sign(t, p.key, p.claims(nonce, nil))
	})
	if to.Path != "/p/map" {
		t.Fatalf("sent to %s", to)
	}
	b = w.browser()
	resp, _ := b.do(http.MethodGet, login.LoginPath, "")
	at, err := resp.Location()
	if err != nil {
		t.Fatal(err)
	}
	w.clock.forward(10 * time.Minute)
	resp, _ = b.do(http.MethodGet, login.CallbackPath+"?code=c&state="+url.QueryEscape(at.Query().Get("state")), "")
	if to, err = resp.Location(); err != nil || to.Query().Get("login") != "state" {
		t.Errorf("sent to %s (%v)", to, err)
	}
}
