package eksapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzRequest sends whatever to the API. Every answer must be JSON with a request id, and of a
// status that the API has.
func FuzzRequest(f *testing.F) {
	const addons = "/clusters/demo/addons"
	for _, seed := range []struct{ method, path, query, body string }{
		{"GET", "/addons/supported-versions", "addonName=adot&kubernetesVersion=1.34&maxResults=1&types=a&types=b", ""},
		{"GET", "/addons/configuration-schemas", "addonName=adot&addonVersion=" + version, ""},
		{"GET", "/clusters", "nextToken=eyJxIjoiIiwiYSI6IiJ9", ""},
		{"GET", "/clusters/demo", "", ""},
		{"POST", addons, "", `{"addonName":"adot","addonVersion":"` + version + `","configurationValues":"replicaCount: 2","tags":{"a":"b"},"podIdentityAssociations":[{"serviceAccount":"s","roleArn":"` + role + `"}]}`},
		{"POST", addons, "", `{"addonName":"adot","addonName":"x"}`},
		{"POST", addons + "/adot/update", "", `{"configurationValues":"{}","resolveConflicts":"PRESERVE"}`},
		{"DELETE", addons + "/adot", "preserve=true", ""},
		{"GET", addons + "/..%2F..%2Fx", "", ""},
		{"GET", "/clusters/demo/updates/x", "addonName=adot", ""},
		{"POST", "/clusters/demo/pod-identity-associations", "", `{"namespace":"n","serviceAccount":"s","roleArn":"` + role + `","policy":"{}","disableSessionTags":true}`},
		{"POST", "/tags/arn:aws:eks:us-east-1:111122223333:addon%2Fdemo%2Fadot%2Fx", "", `{"tags":{"a":"b"}}`},
		{"DELETE", "/tags/arn:aws:eks:us-east-1:111122223333:cluster/demo", "tagKeys=a&tagKeys=b", ""},
	} {
		f.Add(seed.method, seed.path, seed.query, seed.body)
	}
	h := newHarness(f)
	api := forward(h.api)
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		target, err := url.Parse("http://localhost" + path)
		if err != nil || !strings.HasPrefix(target.Path, "/") || method == "" || strings.ContainsAny(method, " \r\n\t") {
			return
		}
		target.RawQuery = query
		request := &http.Request{Method: method, URL: target, Header: http.Header{}, Body: http.NoBody}
		if body != "" {
			request = httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
			request.Method, request.URL = method, target
		}
		response := httptest.NewRecorder()
		api.ServeHTTP(response, request)
		var answer map[string]any
		if err := json.Unmarshal(response.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s %s?%s %q is answered by %q: %v", method, path, query, body, response.Body, err)
		}
		if response.Code >= 500 {
			t.Errorf("%s %s?%s %q is answered by %d %s", method, path, query, body, response.Code, response.Body)
		}
	})
}
