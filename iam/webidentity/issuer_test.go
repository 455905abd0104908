package webidentity_test

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/radiograph/radiograph/iam/webidentity"
	"github.com/radiograph/radiograph/internal/issuertest"
)

// TestIssuersThatAreHostile serve what should harm who asks for their keys. They cannot be
// used, and nobody else is asked.
func TestIssuersThatAreHostile(t *testing.T) {
	t.Parallel()
	var inside atomic.Int32
	internal := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		inside.Add(1)
		fmt.Fprint(w, `{"keys":[]}`)
	}))
	defer internal.Close()
	plain := httptest.NewServer(internal.Config.Handler)
	defer plain.Close()
	ended := make(chan struct{})
	keys := func(w http.ResponseWriter, r *http.Request, self string) {
		switch r.URL.Path {
		case "/huge":
			fmt.Fprint(w, `{"keys":["`+strings.Repeat("a", 2<<20)+`"]}`)
		case "/many":
			fmt.Fprint(w, `{"keys":[`+strings.Repeat("{},", 1000)+`{}]}`)
		case "/deep":
			fmt.Fprint(w, strings.Repeat("[", 500_000))
		case "/slow":
			w.(http.Flusher).Flush()
			<-ended
		case "/inside":
			http.Redirect(w, r, internal.URL+"/latest/meta-data", http.StatusFound)
		case "/plain":
			http.Redirect(w, r, plain.URL+"/latest/meta-data", http.StatusFound)
		case "/round":
			http.Redirect(w, r, self+"/round", http.StatusFound)
		case "/page":
			fmt.Fprint(w, "<!DOCTYPE html>")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}
	for _, path := range []string{"/huge", "/many", "/deep", "/slow", "/inside", "/plain", "/round", "/page", "/none"} {
		var issuer *httptest.Server
		issuer = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/.well-known/") {
				fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, issuer.URL, issuer.URL+path)
				return
			}
			keys(w, r, issuer.URL)
		}))
		roots := x509.NewCertPool()
		roots.AddCert(issuer.Certificate())
		roots.AddCert(internal.Certificate())
		v := webidentity.New(webidentity.Options{Roots: roots})
		is := issuertest.New(t)
		claims := is.Claims("shop", "pay")
		claims["iss"] = issuer.URL
		_, err := v.Verify(t.Context(), issuertest.Sign(t, is.Key(), claims), func(string) ([]string, bool) { return []string{issuertest.Audience}, true })
		wantFault(t, err, webidentity.Unreachable, "Couldn't retrieve verification key")
		if path == "/slow" {
			close(ended)
		}
		issuer.Close()
	}
	if n := inside.Load(); n != 0 {
		t.Errorf("another service was asked %d times", n)
	}
}
