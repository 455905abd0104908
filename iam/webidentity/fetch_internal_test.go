package webidentity

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"testing"
)

// FuzzParseKeys reads key sets that others wrote. Whatever is in them, only public keys of
// use come out.
func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"a","n":"AQAB","e":"AQAB"},{"kty":"oct","k":"AAAA"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"AAAA","y":"AAAA"},{"kty":"OKP","crv":"Ed25519","x":"AAAA"},1,null]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","x5c":["AAAA"],"x5t":"AA"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		set, err := parseKeys(text)
		if err != nil {
			return
		}
		for _, k := range set.Keys {
			for _, algorithm := range []string{"RS256", "ES256", "HS256", "none", ""} {
				if !fits(&k, algorithm) {
					continue
				}
				switch k.Key.(type) {
				case *rsa.PublicKey, *ecdsa.PublicKey:
				default:
					t.Errorf("a %T is to verify %s", k.Key, algorithm)
				}
				if algorithm != "RS256" && algorithm != "ES256" {
					t.Errorf("a key is to verify %q", algorithm)
				}
			}
		}
	})
}
