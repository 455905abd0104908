package server_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/radiograph/radiograph/internal/issuertest"
)

// web asks for a role with a token.
func (x *target) web(role, token string) *http.Request {
	return x.query("", "", url.Values{
		"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "RoleArn": {x.role(role)},
		"RoleSessionName": {"pod"}, "WebIdentityToken": {token},
	}.Encode())
}

// token is an attack with a token for the role collector whose claims are changed.
func token(change map[string]any) func(x *target) *http.Request {
	return func(x *target) *http.Request {
		claims := x.issuer.Claims("shop", "pay")
		for k, v := range change {
			if v == nil {
				delete(claims, k)
			} else if f, ok := v.(func(*target) any); ok {
				claims[k] = f(x)
			} else {
				claims[k] = v
			}
		}
		return x.web("collector", issuertest.Sign(x.T, x.issuer.Key(), claims))
	}
}

// header is an attack with a token that has a header of its own, and the signature of key.
func header(key func(x *target) jose.SigningKey, extra map[jose.HeaderKey]any) func(x *target) *http.Request {
	return func(x *target) *http.Request {
		text, err := json.Marshal(x.issuer.Claims("shop", "pay"))
		x.must(err)
		return x.web("collector", x.raw(key(x), extra, string(text)))
	}
}

// raw signs a payload as it is.
func (x *target) raw(key jose.SigningKey, extra map[jose.HeaderKey]any, payload string) string {
	x.Helper()
	signer, err := jose.NewSigner(key, &jose.SignerOptions{ExtraHeaders: extra})
	x.must(err)
	signed, err := signer.Sign([]byte(payload))
	x.must(err)
	text, err := signed.CompactSerialize()
	x.must(err)
	return text
}

// issuers is the key that the issuer signs with.
func issuers(x *target) jose.SigningKey {
	return jose.SigningKey{Algorithm: jose.RS256, Key: x.issuer.Key().Key}
}

// stolen is a key that the attacker made.
func stolen(x *target) jose.SigningKey {
	return jose.SigningKey{Algorithm: jose.RS256, Key: issuertest.RSA(x.T).Key}
}

// publicOf is the issuer's public key, as everybody knows it.
func publicOf(x *target) []byte {
	key := x.issuer.Key()
	public, err := x509.MarshalPKIXPublicKey(key.Public().Key)
	x.must(err)
	return public
}

// duplicated is a good token of the issuer with one more member in its text.
func duplicated(member string) func(x *target) *http.Request {
	return func(x *target) *http.Request {
		claims, err := json.Marshal(x.issuer.Claims("shop", "other"))
		x.must(err)
		return x.web("collector", x.raw(issuers(x), map[jose.HeaderKey]any{"kid": x.issuer.Key().KeyID}, string(claims[:len(claims)-1])+`,`+member+`}`))
	}
}

// crafted is a token that no library makes.
func crafted(craft func(x *target, header func(alg string) string, claims string) string) func(x *target) *http.Request {
	return func(x *target) *http.Request {
		claims, err := json.Marshal(x.issuer.Claims("shop", "pay"))
		x.must(err)
		head := func(alg string) string { return issuertest.Part(`{"alg":%q,"kid":%q}`, alg, x.issuer.Key().KeyID) }
		return x.web("collector", craft(x, head, issuertest.Part("%s", claims)))
	}
}

// TestAttacksOnTokens tries to get a role with tokens that are not good for it.
func TestAttacksOnTokens(t *testing.T) {
	const invalid, denied, malformed = "InvalidIdentityToken", "AccessDenied", "ValidationError"
	x := newTarget(t)
	// Nobody has looked at the keys so far.
	rotated := x.issuer.Key()
	x.issuer.AddKey(issuertest.RSA(t))
	x.issuer.DropKey()
	kid := map[jose.HeaderKey]any{"kid": x.issuer.Key().KeyID}
	more := func(name, value string) map[jose.HeaderKey]any {
		h := maps.Clone(kid)
		h[jose.HeaderKey(name)] = value
		return h
	}
	named := func(id string) map[jose.HeaderKey]any { return map[jose.HeaderKey]any{"kid": id} }
	issuer := func(change func(string) string) map[string]any {
		return map[string]any{"iss": func(x *target) any { return change(x.issuer.URL) }}
	}
	x.run([]attack{
		{"alg none", crafted(func(_ *target, head func(string) string, claims string) string {
			return head("none") + "." + claims + "."
		}), 400, invalid},
		{"alg nOnE", crafted(func(_ *target, head func(string) string, claims string) string {
			return head("nOnE") + "." + claims + ".AAAA"
		}), 400, invalid},
		{"no alg", crafted(func(_ *target, head func(string) string, claims string) string {
			return head("") + "." + claims + ".AAAA"
		}), 400, invalid},
		{"HS256 with the public key", header(func(x *target) jose.SigningKey {
			return jose.SigningKey{Algorithm: jose.HS256, Key: publicOf(x)}
		}, kid), 400, invalid},
		{"HS256 with the public key in PEM", header(func(x *target) jose.SigningKey {
			return jose.SigningKey{Algorithm: jose.HS256, Key: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicOf(x)})}
		}, kid), 400, invalid},
		{"PS256", header(func(x *target) jose.SigningKey {
			return jose.SigningKey{Algorithm: jose.PS256, Key: x.issuer.Key().Key}
		}, kid), 400, invalid},
		{"a key of the attacker", header(stolen, kid), 400, invalid},
		{"a key that was rotated out", header(func(*target) jose.SigningKey { return jose.SigningKey{Algorithm: jose.RS256, Key: rotated.Key} }, named(rotated.KeyID)), 400, invalid},
		{"a key that was rotated out, under the name of the new one", header(func(*target) jose.SigningKey { return jose.SigningKey{Algorithm: jose.RS256, Key: rotated.Key} }, kid), 400, invalid},
		{"jku", header(stolen, more("jku", "https://127.0.0.1:1/jwks")), 400, invalid},
		{"x5u", header(stolen, more("x5u", "https://127.0.0.1:1/x")), 400, invalid},
		{"its own key in the header", func(x *target) *http.Request {
			mine := issuertest.RSA(x.T)
			return header(func(*target) jose.SigningKey { return jose.SigningKey{Algorithm: jose.RS256, Key: mine.Key} }, map[jose.HeaderKey]any{"kid": x.issuer.Key().KeyID, "jwk": mine.Public()})(x)
		}, 400, invalid},
		{"no kid", header(issuers, nil), 400, invalid},
		{"a path for a kid", header(stolen, named("../../../../dev/null")), 400, invalid},
		{"a query for a kid", header(stolen, named("' UNION SELECT 'x")), 400, invalid},
		{"an address for a kid", header(stolen, named("https://127.0.0.1:1/key")), 400, invalid},
		{"a critical header that nobody knows", header(issuers, map[jose.HeaderKey]any{"kid": x.issuer.Key().KeyID, "crit": []string{"x"}, "x": 1}), 400, invalid},

		{"another audience", token(map[string]any{"aud": []string{"vault"}}), 400, invalid},
		{"an audience in another case", token(map[string]any{"aud": "STS.amazonaws.com"}), 400, invalid},
		{"no audience", token(map[string]any{"aud": nil}), 400, invalid},
		{"another party", token(map[string]any{"azp": "vault"}), 400, invalid},
		{"expired", token(map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}), 400, "ExpiredTokenException"},
		{"without an end", token(map[string]any{"exp": nil}), 400, invalid},
		{"an end that is a text", token(map[string]any{"exp": "9999999999"}), 400, invalid},
		{"not yet", token(map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), 400, invalid},
		{"from the future", token(map[string]any{"iat": time.Now().Add(time.Hour).Unix()}), 400, invalid},
		{"nobody", token(map[string]any{"sub": nil}), 403, "IDPRejectedClaim"},

		{"another issuer", token(map[string]any{"iss": "https://accounts.google.com"}), 400, invalid},
		{"an issuer with a slash more", token(issuer(func(s string) string { return s + "/" })), 400, invalid},
		{"an issuer in capitals", token(issuer(strings.ToUpper)), 400, invalid},
		{"an issuer without TLS", token(issuer(func(s string) string { return strings.Replace(s, "https:", "http:", 1) })), 400, invalid},
		{"an issuer with a way round", token(issuer(func(s string) string { return s + "/x/.." })), 400, invalid},

		{"another service account", token(map[string]any{"sub": "system:serviceaccount:shop:other"}), 403, denied},
		{"a service account in another case", token(map[string]any{"sub": "system:serviceaccount:shop:PAY"}), 403, denied},
		{"a star for a service account", token(map[string]any{"sub": "system:serviceaccount:shop:*"}), 403, denied},
		{"a list of service accounts", token(map[string]any{"sub": []string{"system:serviceaccount:shop:pay"}}), 400, invalid},
		{"a claim with the name of the condition's key", func(x *target) *http.Request {
			host := strings.TrimPrefix(x.issuer.URL, "https://")
			return token(map[string]any{"sub": "x", host + ":sub": "system:serviceaccount:shop:pay", host + ":SUB": "system:serviceaccount:shop:pay", "SUB": "system:serviceaccount:shop:pay", "\u017fub": "system:serviceaccount:shop:pay"})(x)
		}, 403, denied},
		{"a star that is none in the trust policy", func(x *target) *http.Request { return x.web("starless", x.issuer.Token("shop", "pay")) }, 403, denied},
		{"a namespace that begins like the one with a star", func(x *target) *http.Request { return x.web("starred", x.issuer.Token("shopping", "pay")) }, 403, denied},
		{"a role of another account", func(x *target) *http.Request {
			r := x.query("", "", url.Values{
				"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "RoleArn": {"arn:aws:iam::" + foreignAccount + ":role/collector"},
				"RoleSessionName": {"pod"}, "WebIdentityToken": {x.issuer.Token("shop", "pay")},
			}.Encode())
			return r
		}, 403, denied},
		{"a role for pods", func(x *target) *http.Request { return x.web("pods", x.issuer.Token("shop", "pay")) }, 403, denied},
		{"a role that is a path", func(x *target) *http.Request { return x.web("../role/collector", x.issuer.Token("shop", "pay")) }, 403, denied},

		{"two subjects", duplicated(`"sub":"system:serviceaccount:shop:pay"`), 400, invalid},
		{"two audiences", duplicated(`"aud":"vault"`), 400, invalid},
		{"a subject in another case beside", duplicated(`"Sub":"system:serviceaccount:shop:pay"`), 403, denied},
		{"no claims", func(x *target) *http.Request { return x.web("collector", x.raw(issuers(x), kid, "[]")) }, 400, invalid},
		{"nested claims", func(x *target) *http.Request {
			return x.web("collector", x.raw(issuers(x), kid, strings.Repeat(`{"a":`, 2000)+"1"+strings.Repeat("}", 2000)))
		}, 400, invalid},
		{"JSON instead of a token", crafted(func(_ *target, _ func(string) string, claims string) string {
			return `{"payload":"` + claims + `","signatures":[{"protected":"e30","signature":"AAAA"}]}`
		}), 400, invalid},
		{"five parts", crafted(func(_ *target, head func(string) string, claims string) string {
			return head("RS256") + "." + claims + ".AAAA.AAAA.AAAA"
		}), 400, invalid},
		{"a huge token", func(x *target) *http.Request { return x.web("collector", strings.Repeat("a", 20001)) }, 400, malformed},
		{"the token of pod identity", token(map[string]any{"aud": "pods.eks.amazonaws.com"}), 400, invalid},
		{"a token of STS for pod identity", func(x *target) *http.Request {
			return x.request("/clusters/demo/assume-role-for-pod-identity", `{"token":"`+x.issuer.Token("shop", "pay")+`"}`)
		}, 400, "InvalidTokenException"},
		{"pod identity for a cluster that is a path", func(x *target) *http.Request {
			return x.request("/clusters/..%2fdemo/assume-role-for-pod-identity", `{"token":"a.b.c"}`)
		}, 403, "MissingAuthenticationTokenException"},
		{"pod identity without a token", func(x *target) *http.Request {
			return x.request("/clusters/demo/assume-role-for-pod-identity", strings.Repeat("[", 1000))
		}, 400, "InvalidParameterException"},
	})
	// The role is to be had, by whom it is for.
	if resp, text := x.do(x.web("collector", x.issuer.Token("shop", "pay"))); resp.StatusCode != http.StatusOK {
		t.Errorf("whom the role is for: %d %s", resp.StatusCode, text)
	}
	x.noSecretsInTheLog()
}
