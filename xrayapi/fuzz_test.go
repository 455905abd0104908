package xrayapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/radiograph/radiograph/xrayapi"
)

// FuzzRequest sends anything to any operation: the answer is JSON and is never that
// the server is at fault.
func FuzzRequest(f *testing.F) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range archive.Files {
			if path, ok := strings.CutPrefix(part.Name, "POST "); ok {
				f.Add(path, part.Data)
			}
		}
	}
	api := newAPI(f, func(o *xrayapi.Options) { o.PageSize = 2 })
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		if _, ok := xrayapi.Operation(path); !ok {
			return
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(string(body)))
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError || !json.Valid(w.Body.Bytes()) {
			t.Errorf("POST %s %s: %d %s", path, body, w.Code, w.Body)
		}
	})
}
