package webidentity_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/radiograph/radiograph/iam/webidentity"
	"github.com/radiograph/radiograph/internal/issuertest"
)

// clock is a time that a test sets.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newVerifier(is *issuertest.Issuer) (*webidentity.Verifier, *clock) {
	c := &clock{time.Now()}
	return webidentity.New(webidentity.Options{Roots: is.Roots, Now: c.Now}), c
}

func accept(is *issuertest.Issuer) webidentity.Accept {
	return func(issuer string) ([]string, bool) { return []string{issuertest.Audience}, issuer == is.URL }
}

// wantFault fails unless err is that fault and says so.
func wantFault(t *testing.T, err error, fault webidentity.Fault, text string) {
	t.Helper()
	e, ok := errors.AsType[*webidentity.Error](err)
	if !ok || e.Fault != fault || !strings.Contains(e.Message, text) {
		t.Errorf("got %v, want fault %d with %q", err, fault, text)
	}
}

func TestServiceAccountToken(t *testing.T) {
	is := issuertest.New(t)
	v, _ := newVerifier(is)
	c, err := v.Verify(t.Context(), is.Token("shop", "pay"), accept(is))
	if err != nil {
		t.Fatal(err)
	}
	if c.Subject != "system:serviceaccount:shop:pay" || c.Audience != issuertest.Audience || c.Kubernetes.Pod.UID != "pod-uid" || c.Kubernetes.ServiceAccount.Name != "pay" {
		t.Errorf("claims are %+v", c)
	}
	if got := c.All["sub"]; len(got) != 1 || got[0] != c.Subject {
		t.Errorf("sub for conditions is %q", got)
	}
}

func TestES256OnlyWithAKeyOfItsKind(t *testing.T) {
	is := issuertest.New(t)
	v, _ := newVerifier(is)
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	is.AddKey(issuertest.Named(t, k, "ES256"))
	if _, err := v.Verify(t.Context(), is.Token("a", "b"), accept(is)); err != nil {
		t.Errorf("an EC key of the set: %v", err)
	}
	// The token names the RSA key, but is signed by an EC key.
	forged := issuertest.Named(t, k, "ES256")
	is2 := issuertest.New(t)
	v2, _ := newVerifier(is2)
	forged.KeyID = is2.Key().KeyID
	_, err = v2.Verify(t.Context(), issuertest.Sign(t, forged, is2.Claims("a", "b")), accept(is2))
	wantFault(t, err, webidentity.Invalid, "signature")
}

func TestForgedAlgorithms(t *testing.T) {
	is := issuertest.New(t)
	v, _ := newVerifier(is)
	claims, err := json.Marshal(is.Claims("shop", "pay"))
	if err != nil {
		t.Fatal(err)
	}
	signing := is.Key()
	public := signing.Public()
	der, err := x509.MarshalPKIXPublicKey(public.Key)
	if err != nil {
		t.Fatal(err)
	}
	body := base64.RawURLEncoding.EncodeToString(claims)
	hs := func(secret []byte) string {
		signed := issuertest.Part(`{"alg":"HS256","kid":%q}`, public.KeyID) + "." + body
		m := hmac.New(sha256.New, secret)
		m.Write([]byte(signed))
		return signed + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil))
	}
	for name, token := range map[string]string{
		"none":                     issuertest.Part(`{"alg":"none","kid":%q}`, public.KeyID) + "." + body + ".",
		"None":                     issuertest.Part(`{"alg":"None"}`) + "." + body + ".",
		"HS256 with DER":           hs(der),
		"HS256 with PEM":           hs(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"PS256":                    issuertest.Part(`{"alg":"PS256","kid":%q}`, public.KeyID) + "." + body + ".AAAA",
		"two signatures":           `{"payload":"` + body + `","signatures":[]}`,
		"no parts":                 "token",
		"empty":                    "",
		"own key in the header":    issuertest.Part(`{"alg":"RS256","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"},"kid":%q}`, public.KeyID) + "." + body + ".AAAA",
		"critical unknown header":  issuertest.Part(`{"alg":"RS256","crit":["x"],"x":1,"kid":%q}`, public.KeyID) + "." + body + ".AAAA",
		"signature of other bytes": mixed(is.Token("shop", "pay"), is.Token("shop", "other")),
	} {
		if _, err := v.Verify(t.Context(), token, accept(is)); err == nil {
			t.Errorf("%s is accepted", name)
		} else {
			wantFault(t, err, webidentity.Invalid, "")
		}
	}
	_, err = v.Verify(t.Context(), strings.Repeat("a", 30000), accept(is))
	wantFault(t, err, webidentity.Invalid, "too long")
}

// mixed is what one token says with the signature of another.
func mixed(says, signature string) string {
	return says[:strings.LastIndex(says, ".")] + signature[strings.LastIndex(signature, "."):]
}

func TestWeakKeysVerifyNothing(t *testing.T) {
	// A key of 1024 bits, which this program would not make.
	t.Setenv("GODEBUG", "rsa1024min=0")
	k, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	is := issuertest.New(t)
	is.AddKey(issuertest.Named(t, crypto.Signer(k), "RS256"))
	signed := issuertest.Part(`{"alg":"RS256","kid":%q}`, is.Key().KeyID)
	claims, err := json.Marshal(is.Claims("a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	signed += "." + base64.RawURLEncoding.EncodeToString(claims)
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	v, _ := newVerifier(is)
	_, err = v.Verify(t.Context(), signed+"."+base64.RawURLEncoding.EncodeToString(sig), accept(is))
	wantFault(t, err, webidentity.Invalid, "signature")
}

func TestClaims(t *testing.T) {
	is := issuertest.New(t)
	v, _ := newVerifier(is)
	now := time.Now()
	for _, tc := range []struct {
		name   string
		change map[string]any // nil values remove
		fault  webidentity.Fault
		text   string // "" when it is accepted
	}{
		{"as it is", nil, 0, ""},
		{"audience as a text", map[string]any{"aud": issuertest.Audience}, 0, ""},
		{"one of several audiences", map[string]any{"aud": []string{"x", issuertest.Audience}}, 0, ""},
		{"wrong audience", map[string]any{"aud": "foo"}, webidentity.Invalid, "Incorrect token audience"},
		{"no audience", map[string]any{"aud": nil}, webidentity.Invalid, "aud"},
		{"azp counts before aud", map[string]any{"azp": "foo"}, webidentity.Invalid, "Incorrect token audience"},
		{"azp counts instead of aud", map[string]any{"azp": issuertest.Audience, "aud": "foo"}, 0, ""},
		{"expired", map[string]any{"exp": now.Add(-2 * time.Minute).Unix()}, webidentity.Expired, "Token expired"},
		{"expired within the leeway", map[string]any{"exp": now.Add(-30 * time.Second).Unix()}, 0, ""},
		{"never expires", map[string]any{"exp": nil}, webidentity.Invalid, "exp"},
		{"expiry is no number", map[string]any{"exp": "soon"}, webidentity.Invalid, "not a valid JWT"},
		{"not yet valid", map[string]any{"nbf": now.Add(10 * time.Minute).Unix()}, webidentity.Invalid, "not valid yet"},
		{"issued in the future", map[string]any{"iat": now.Add(10 * time.Minute).Unix()}, webidentity.Invalid, "future"},
		{"no subject", map[string]any{"sub": nil}, webidentity.Rejected, "sub"},
		{"other issuer", map[string]any{"iss": "https://other.example.com"}, webidentity.UnknownIssuer, "No OpenIDConnect provider found in your account for https://other.example.com"},
		{"issuer with a suffix", map[string]any{"iss": is.URL + ".evil.example.com"}, webidentity.UnknownIssuer, "No OpenIDConnect provider"},
		{"issuer with a path", map[string]any{"iss": is.URL + "/"}, webidentity.UnknownIssuer, "No OpenIDConnect provider"},
		{"issuer in capitals", map[string]any{"iss": strings.ToUpper(is.URL)}, webidentity.UnknownIssuer, "No OpenIDConnect provider"},
		{"no issuer", map[string]any{"iss": nil}, webidentity.UnknownIssuer, "No OpenIDConnect provider"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			claims := is.Claims("shop", "pay")
			for k, value := range tc.change {
				claims[k] = value
				if value == nil {
					delete(claims, k)
				}
			}
			_, err := v.Verify(t.Context(), issuertest.Sign(t, is.Key(), claims), accept(is))
			if tc.text == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantFault(t, err, tc.fault, tc.text)
		})
	}
}

func TestRotation(t *testing.T) {
	is := issuertest.New(t)
	v, clock := newVerifier(is)
	verify := func(token string) error {
		_, err := v.Verify(t.Context(), token, accept(is))
		return err
	}
	old := is.Token("a", "b")
	if err := verify(old); err != nil {
		t.Fatal(err)
	}
	is.AddKey(issuertest.RSA(t))
	young := is.Token("a", "b")
	if err := verify(young); err == nil {
		t.Error("a new key is known although nobody may ask again so soon")
	}
	clock.now = clock.now.Add(11 * time.Second)
	if err := errors.Join(verify(young), verify(old)); err != nil {
		t.Errorf("both keys are in the set: %v", err)
	}
	is.DropKey()
	clock.now = clock.now.Add(11 * time.Minute)
	wantFault(t, verify(old), webidentity.Invalid, "No matching key")
	if err := verify(young); err != nil {
		t.Errorf("the key that stays: %v", err)
	}
}

func TestUnknownKeysDoNotFloodTheIssuer(t *testing.T) {
	is := issuertest.New(t)
	v, _ := newVerifier(is)
	stranger := issuertest.RSA(t)
	for range 50 {
		_, err := v.Verify(t.Context(), issuertest.Sign(t, stranger, is.Claims("a", "b")), accept(is))
		wantFault(t, err, webidentity.Invalid, "No matching key")
	}
	if n := is.Requests(); n != 2 {
		t.Errorf("%d requests for 50 tokens, want discovery and keys once", n)
	}
}

func TestIssuerThatIsDown(t *testing.T) {
	is := issuertest.New(t)
	v, clock := newVerifier(is)
	token := is.Token("a", "b")
	claims := is.Claims("a", "b")
	claims["exp"] = time.Now().Add(10 * time.Hour).Unix()
	lasting := issuertest.Sign(t, is.Key(), claims)
	is.Break(true)
	_, err := v.Verify(t.Context(), token, accept(is))
	wantFault(t, err, webidentity.Unreachable, "verification key")
	is.Break(false)
	clock.now = clock.now.Add(15 * time.Second)
	if _, err := v.Verify(t.Context(), token, accept(is)); err != nil {
		t.Fatal(err)
	}
	is.Break(true)
	clock.now = clock.now.Add(30 * time.Minute)
	if _, err := v.Verify(t.Context(), lasting, accept(is)); err != nil {
		t.Errorf("old keys are not used while the issuer is down: %v", err)
	}
	clock.now = clock.now.Add(time.Hour)
	_, err = v.Verify(t.Context(), lasting, accept(is))
	wantFault(t, err, webidentity.Unreachable, "verification key")
}

func TestDiscoveryAboutAnotherIssuer(t *testing.T) {
	is := issuertest.New(t)
	v, _ := newVerifier(is)
	is.Claim(is.URL + "/")
	_, err := v.Verify(t.Context(), is.Token("a", "b"), accept(is))
	wantFault(t, err, webidentity.Unreachable, "")
}

func TestUntrustedCertificate(t *testing.T) {
	is := issuertest.New(t)
	v := webidentity.New(webidentity.Options{Roots: x509.NewCertPool()})
	_, err := v.Verify(t.Context(), is.Token("a", "b"), accept(is))
	wantFault(t, err, webidentity.Unreachable, "")
}

// TestSources verifies tokens of an issuer whose name leads nowhere.
func TestSources(t *testing.T) {
	const issuer = "https://kubernetes.default.svc.cluster.local"
	is := issuertest.New(t)
	is.Demand("reader")
	bearer := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(bearer, []byte("reader\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	claims := is.Claims("a", "b")
	claims["iss"] = issuer
	token := issuertest.Sign(t, is.Key(), claims)
	for _, text := range []string{
		issuer + " jwks=" + is.JWKS() + " ca=" + is.CAFile() + " token=" + bearer,
		issuer + " file=" + is.KeyFile(),
	} {
		name, source, err := webidentity.ParseSource(text)
		if err != nil {
			t.Fatal(err)
		}
		v := webidentity.New(webidentity.Options{Sources: map[string]webidentity.Source{name: source}})
		_, err = v.Verify(t.Context(), token, func(issuer string) ([]string, bool) { return []string{issuertest.Audience}, issuer == name })
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSourcesThatAreWrong(t *testing.T) {
	for _, text := range []string{
		"", "https://a", "https://a jwks=http://b", "http://a in-cluster", "https://a ca=/x", "https://a file=/x jwks=https://b", "https://a in-cluster ca=/x", "https://a jwsk=https://b",
	} {
		if _, s, err := webidentity.ParseSource(text); err == nil {
			t.Errorf("%q is %+v", text, s)
		}
	}
}

func FuzzVerify(f *testing.F) {
	is := issuertest.New(f)
	v, _ := newVerifier(is)
	// A valid signature by a key that is not in the set, so that nothing valid is near.
	f.Add(issuertest.Sign(f, issuertest.RSA(f), is.Claims("a", "b")))
	f.Add("e30.e30.")
	f.Add(issuertest.Part(`{"alg":"none"}`) + "." + issuertest.Part(`{"iss":%q,"kubernetes.io":7}`, is.URL) + ".")
	f.Fuzz(func(t *testing.T, token string) {
		if c, err := v.Verify(t.Context(), token, accept(is)); err == nil {
			t.Errorf("%q is a token of %s", token, c.Subject)
		}
	})
}

func FuzzParseSource(f *testing.F) {
	f.Add("https://a in-cluster")
	f.Add("https://a jwks=https://b ca=/c token=/d")
	f.Fuzz(func(t *testing.T, text string) {
		issuer, s, err := webidentity.ParseSource(text)
		if err == nil && (!strings.HasPrefix(strings.ToLower(issuer), "https://") || s.JWKS == "" && s.File == "") {
			t.Errorf("%q is %q %+v", text, issuer, s)
		}
	})
}

// FuzzClaims reads claims that the issuer itself has signed. Whatever they say, a token
// that is taken has a subject, an audience that was asked for, and an end.
func FuzzClaims(f *testing.F) {
	is := issuertest.New(f)
	v, c := newVerifier(is)
	good, err := json.Marshal(is.Claims("shop", "pay"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(good))
	f.Add(`{"iss":"` + is.URL + `","sub":"a","aud":["sts.amazonaws.com"],"exp":1e300}`)
	f.Add(`{"iss":"` + is.URL + `","sub":"a","sub":"b","aud":"sts.amazonaws.com","exp":9999999999,"kubernetes.io":{"pod":null}}`)
	key := is.Key()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key.Key}, (&jose.SignerOptions{}).WithHeader("kid", key.KeyID))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		signed, err := signer.Sign([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		token, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Verify(t.Context(), token, accept(is))
		if err != nil {
			if _, ok := errors.AsType[*webidentity.Error](err); !ok {
				t.Errorf("%T is no *webidentity.Error: %v", err, err)
			}
			return
		}
		if got.Issuer != is.URL || got.Subject == "" || got.Audience != issuertest.Audience || got.Expires.Before(c.now.Add(-time.Minute)) {
			t.Errorf("%s is taken as %+v", text, got)
		}
	})
}
