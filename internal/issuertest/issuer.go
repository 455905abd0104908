// Package issuertest has an OpenID Connect issuer for tests: a local HTTPS server with
// a discovery document, a key set that can be changed, and tokens as the API server of
// a cluster makes them for service accounts.
package issuertest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Audience is what the tokens are for unless a claim says otherwise.
const Audience = "sts.amazonaws.com"

// Issuer is a running issuer.
type Issuer struct {
	URL   string
	Roots *x509.CertPool // trusts it

	t      testing.TB
	server *httptest.Server

	mu       sync.Mutex // guards the rest
	keys     []jose.JSONWebKey
	claimed  string // issuer in the discovery document
	broken   bool
	requests int
	token    string // bearer token that requests must have
}

// New starts an issuer with one RSA key, the signing key. It stops with the test.
func New(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /openid/v1/jwks", i.jwks)
	i.server = httptest.NewTLSServer(mux)
	t.Cleanup(i.server.Close)
	i.URL, i.claimed = i.server.URL, i.server.URL
	i.Roots = x509.NewCertPool()
	i.Roots.AddCert(i.server.Certificate())
	i.AddKey(Named(t, first(), "RS256"))
	return i
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.requests++
	if i.broken {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	answer(w, map[string]any{
		"issuer": i.claimed, "jwks_uri": i.URL + "/openid/v1/jwks", "response_types_supported": []string{"id_token"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (i *Issuer) jwks(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.requests++
	if i.broken || i.token != "" && r.Header.Get("Authorization") != "Bearer "+i.token {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	answer(w, i.keySet())
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (i *Issuer) keySet() jose.JSONWebKeySet {
	set := jose.JSONWebKeySet{}
	for _, k := range i.keys {
		set.Keys = append(set.Keys, k.Public())
	}
	return set
}

// Key returns the signing key: the one that was added last.
func (i *Issuer) Key() jose.JSONWebKey {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[len(i.keys)-1]
}

// AddKey adds a key, which signs from now on.
func (i *Issuer) AddKey(k jose.JSONWebKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = append(i.keys, k)
}

// DropKey removes the oldest key.
func (i *Issuer) DropKey() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = i.keys[1:]
}

// Claim makes the discovery document speak about another issuer.
func (i *Issuer) Claim(issuer string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.claimed = issuer
}

// Break makes the issuer answer with errors, or ends that.
func (i *Issuer) Break(broken bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.broken = broken
}

// Demand makes the key set ask for a bearer token.
func (i *Issuer) Demand(token string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.token = token
}

// Requests counts the requests so far.
func (i *Issuer) Requests() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.requests
}

// CAFile writes the certificate that the issuer's is verified against.
func (i *Issuer) CAFile() string {
	i.t.Helper()
	return i.file("ca.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.server.Certificate().Raw}))
}

// KeyFile writes the key set.
func (i *Issuer) KeyFile() string {
	i.t.Helper()
	i.mu.Lock()
	text, err := json.Marshal(i.keySet())
	i.mu.Unlock()
	if err != nil {
		i.t.Fatal(err)
	}
	return i.file("jwks.json", text)
}

func (i *Issuer) file(name string, text []byte) string {
	i.t.Helper()
	path := filepath.Join(i.t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		i.t.Fatal(err)
	}
	return path
}

// JWKS is the URL of the key set.
func (i *Issuer) JWKS() string { return i.URL + "/openid/v1/jwks" }

// Claims are the claims of a token for a service account, which may be changed.
func (i *Issuer) Claims(namespace, account string) map[string]any {
	now := time.Now()
	return map[string]any{
		"iss": i.URL, "sub": "system:serviceaccount:" + namespace + ":" + account, "aud": []string{Audience},
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "jti": "1",
		"kubernetes.io": map[string]any{
			"namespace": namespace, "serviceaccount": map[string]any{"name": account, "uid": "sa-uid"},
			"pod": map[string]any{"name": account + "-0", "uid": "pod-uid"}, "node": map[string]any{"name": "n", "uid": "node-uid"},
		},
	}
}

// Token signs a token for a service account.
func (i *Issuer) Token(namespace, account string) string {
	i.t.Helper()
	return Sign(i.t, i.Key(), i.Claims(namespace, account))
}

// Sign signs claims with a private key.
func Sign(t testing.TB, k jose.JSONWebKey, claims map[string]any) string {
	t.Helper()
	opts := (&jose.SignerOptions{}).WithHeader("kid", k.KeyID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.Algorithm), Key: k.Key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// first is the first key of every issuer of a process: keys take time to make.
var first = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// RSA makes a private key for RS256.
func RSA(t testing.TB) jose.JSONWebKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return Named(t, k, "RS256")
}

// Named makes a key of the set: its id is made from the public key as an API server
// does.
func Named(t testing.TB, k crypto.Signer, algorithm string) jose.JSONWebKey {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return jose.JSONWebKey{Key: k, KeyID: base64.RawURLEncoding.EncodeToString(sum[:]), Algorithm: algorithm, Use: "sig"}
}

// Part encodes a part of a token that no library would make.
func Part(format string, args ...any) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, format, args...))
}
