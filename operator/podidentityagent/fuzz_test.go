package podidentityagent_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/radiograph/radiograph/operator/podidentityagent"
)

// FuzzRequest asks the agent in whatever way. Credentials are given at one path, by one
// method, under the names of the agent alone.
func FuzzRequest(f *testing.F) {
	f.Add(http.MethodGet, podidentityagent.IPv4, podidentityagent.Path, jwt("a", time.Unix(1800000000, 0)))
	f.Add(http.MethodGet, "[fd00:EC2::23]:80", "/v1/credentials/", "a.b.c")
	f.Add(http.MethodPost, "rebound.example", "//v1/credentials", "")
	h, _ := newHandler(&source{life: time.Hour})
	f.Fuzz(func(t *testing.T, method, host, path, token string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://agent/", http.NoBody)
		r.Method, r.Host, r.URL.Path = method, host, path
		r.Header.Set("Authorization", token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var body map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		given := body["SecretAccessKey"] != ""
		if given != (w.Code == http.StatusOK) || given && (method != http.MethodGet || path != podidentityagent.Path) {
			t.Errorf("%s %s at %q gets %d %s", method, path, host, w.Code, w.Body)
		}
	})
}
