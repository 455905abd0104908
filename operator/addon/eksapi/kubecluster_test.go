package eksapi_test

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/radiograph/radiograph/operator/addon/eksapi"
)

func TestKubeCluster(t *testing.T) {
	answers := map[string]string{
		"/version":                                       `{"major":"1","minor":"34+","gitVersion":"v1.34.1"}`,
		"/.well-known/openid-configuration":              `{"issuer":"https://issuer.example.test/","jwks_uri":"https://x"}`,
		"/api/v1/namespaces/kube-system":                 `{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"kube-system","creationTimestamp":"2026-01-02T03:04:05Z"}}`,
		"/api/v1/namespaces/default/services/kubernetes": `{"kind":"Service","apiVersion":"v1","spec":{"clusterIP":"fd00::1"}}`,
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	config := &rest.Config{Host: server.URL, TLSClientConfig: rest.TLSClientConfig{CAData: pemOf(server)}}
	for endpoint, want := range map[string]string{"": server.URL, "https://outside.example.test": "https://outside.example.test"} {
		cluster, err := eksapi.NewKubeCluster(config, endpoint)
		if err != nil {
			t.Fatal(err)
		}
		got, err := cluster.Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		expected := eksapi.Description{
			Version: "1.34", Endpoint: want, CA: config.CAData, Issuer: "https://issuer.example.test/",
			CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Local(), IPv6: true,
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	for path := range answers {
		kept := answers[path]
		answers[path] = "no JSON"
		cluster, err := eksapi.NewKubeCluster(config, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cluster.Describe(t.Context()); err == nil && path != "/api/v1/namespaces/default/services/kubernetes" {
			t.Errorf("what is no JSON at %s is not noticed", path)
		}
		answers[path] = kept
	}
}

// pemOf is the server's certificate, which it has signed itself.
func pemOf(server *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}
