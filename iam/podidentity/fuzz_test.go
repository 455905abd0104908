package podidentity_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/iam/podidentity"
	"github.com/radiograph/radiograph/iam/webidentity"
)

// FuzzRequest sends bodies that nobody honest sends: none of them has a token of the
// issuer, so none gets credentials.
func FuzzRequest(f *testing.F) {
	f.Add(`{"token":"e30.e30.e30"}`)
	f.Add(`{"token":"a","token":"b","Token":7}`)
	f.Add(strings.Repeat("[", 100))
	dir := f.TempDir()
	d, err := iam.Open(dir, iam.Options{Account: account, MasterKey: dir + "/k"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = d.Close() })
	api, err := podidentity.New(podidentity.Options{
		Directory: d, Tokens: webidentity.New(webidentity.Options{}), Associations: &associations{issuer: "https://issuer.invalid"},
	}, nil, nil)
	if err != nil {
		f.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(podidentity.Path, api)
	f.Fuzz(func(t *testing.T, body string) {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/clusters/demo/assume-role-for-pod-identity", strings.NewReader(body)))
		if w.Code != http.StatusBadRequest || w.Header().Get("X-Amzn-Errortype") == "" {
			t.Errorf("%q is answered by %d %s", body, w.Code, w.Body)
		}
	})
}
