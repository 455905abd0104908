package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

const script = "console.log('script')"

// built is what vite leaves in dist, small.
func built(t *testing.T) fstest.MapFS {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.WriteString(w, script); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := func(data []byte) *fstest.MapFile { return &fstest.MapFile{Data: data} }
	return fstest.MapFS{
		".gitkeep":               file(nil),
		"index.html":             file([]byte(`<head><base href="/"><meta property="csp-nonce" content="" nonce=""></head>`)),
		"boot.js.gz":             file(packed.Bytes()),
		"assets/main-abc.js.gz":  file(packed.Bytes()),
		"assets/main-abc.js.br":  file([]byte("brotli")),
		"assets/picture-abc.png": file([]byte("png")),
	}
}

func server(t *testing.T) *http.ServeMux {
	t.Helper()
	h, err := load(built(t))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	h.Register(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "the API", http.StatusTeapot) })
	return mux
}

func get(t *testing.T, h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPages(t *testing.T) {
	mux := server(t)
	for _, target := range []string{"/", "/map", "/traces?q=fault", "/traces/1-2-3", "/traces/1-2-3/raw", "/compare/a...b", "/insights/x/events/1", "/xray/home"} {
		w := get(t, mux, "GET", target)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<base") {
			t.Errorf("GET %s: got %d %q, want the start page", target, w.Code, w.Body)
		}
		if cache := w.Header().Get("Cache-Control"); cache != "no-store" {
			t.Errorf("GET %s: Cache-Control is %q, want no-store", target, cache)
		}
	}
}

// TestAPIUntouched checks that no path of the API or of another handler leads to the console.
func TestAPIUntouched(t *testing.T) {
	mux := server(t)
	for _, request := range [][2]string{
		{"POST", "/TraceSummaries"},
		{"POST", "/Groups"},
		{"GET", "/Groups"},
		{"POST", "/v1/traces"},
		{"GET", "/metrics"},
		{"GET", "/healthz"},
		{"GET", "/console/v1/me"},
		{"GET", "/nowhere"},
		{"GET", "/traces/1/2/3"},
		{"POST", "/map"},
	} {
		if w := get(t, mux, request[0], request[1]); w.Code == http.StatusOK {
			t.Errorf("%s %s: is answered by the console", request[0], request[1])
		}
	}
}

func TestNonce(t *testing.T) {
	mux := server(t)
	pattern := regexp.MustCompile(`nonce="([^"]+)"`)
	var before string
	for range 2 {
		w := get(t, mux, "GET", "/map")
		m := pattern.FindStringSubmatch(w.Body.String())
		if m == nil || m[1] == before {
			t.Fatalf("nonce %v after %q: want a new one in %q", m, before, w.Body)
		}
		before = m[1]
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "'nonce-"+before+"'") || strings.Contains(csp, "unsafe") {
			t.Errorf("policy %q: want the nonce %q and nothing unsafe", csp, before)
		}
	}
}

func TestBase(t *testing.T) {
	mux := server(t)
	for header, want := range map[string]string{
		"":                 `href="/"`,
		"/tools/tracing":   `href="/tools/tracing/"`,
		"/tracing/":        `href="/tracing/"`,
		`/"><script>`:      `href="/"`,
		"//evil.example":   `href="/"`,
		"https://evil.com": `href="/"`,
	} {
		if w := get(t, mux, "GET", "/map", "X-Forwarded-Prefix", header); !strings.Contains(w.Body.String(), want) {
			t.Errorf("prefix %q: got %q, want %s", header, w.Body, want)
		}
	}
}

func TestEncodings(t *testing.T) {
	mux := server(t)
	for accept, want := range map[string]string{
		"gzip, deflate, br": "br",
		"gzip":              "gzip",
		"br;q=0, gzip;q=1":  "gzip",
		"br;q=0.5":          "br",
		"":                  "",
		"identity":          "",
	} {
		w := get(t, mux, "GET", "/assets/main-abc.js", "Accept-Encoding", accept)
		if got := w.Header().Get("Content-Encoding"); w.Code != http.StatusOK || got != want {
			t.Errorf("Accept-Encoding %q: got %d %q, want %q", accept, w.Code, got, want)
		}
		if want == "" && w.Body.String() != script {
			t.Errorf("Accept-Encoding %q: got %q, want the plain script", accept, w.Body)
		}
		if got := w.Header().Get("Content-Type"); got != "text/javascript; charset=utf-8" {
			t.Errorf("Content-Type is %q", got)
		}
	}
}

func TestCaching(t *testing.T) {
	mux := server(t)
	w := get(t, mux, "GET", "/assets/main-abc.js", "Accept-Encoding", "br")
	if cache := w.Header().Get("Cache-Control"); !strings.Contains(cache, "immutable") {
		t.Errorf("a hashed file has Cache-Control %q, want immutable", cache)
	}
	tag := w.Header().Get("ETag")
	if w := get(t, mux, "GET", "/assets/main-abc.js", "Accept-Encoding", "br", "If-None-Match", `"x", W/`+tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("the same tag: got %d with %d bytes, want 304", w.Code, w.Body.Len())
	}
	if w := get(t, mux, "GET", "/assets/main-abc.js", "If-None-Match", tag); w.Code != http.StatusOK {
		t.Errorf("the tag of another encoding: got %d, want 200", w.Code)
	}
	if cache := get(t, mux, "GET", "/boot.js").Header().Get("Cache-Control"); cache != "no-cache" {
		t.Errorf("a file without a hash has Cache-Control %q, want no-cache", cache)
	}
	if w := get(t, mux, "GET", "/assets/other.js"); w.Code != http.StatusNotFound {
		t.Errorf("an unknown file: got %d, want 404", w.Code)
	}
}

func TestNotBuilt(t *testing.T) {
	if _, err := load(fstest.MapFS{".gitkeep": {}}); !errors.Is(err, ErrNotBuilt) {
		t.Errorf("without an index: got %v, want ErrNotBuilt", err)
	}
}

// TestEmbedded looks at what this test binary has: a console that works, or none.
func TestEmbedded(t *testing.T) {
	h, err := New()
	if errors.Is(err, ErrNotBuilt) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	h.Register(mux)
	index := get(t, mux, "GET", "/").Body.String()
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"/][^"]*)"`).FindAllStringSubmatch(index, -1) {
		if w := get(t, mux, "GET", "/"+strings.TrimPrefix(m[1], "./")); w.Code != http.StatusOK {
			t.Errorf("the start page loads %s: got %d", m[1], w.Code)
		}
	}
	if regexp.MustCompile(`<script(?: [a-z]+)*>`).MatchString(index) {
		t.Error("the start page has an inline script")
	}
	if !strings.Contains(index, `<base href="/">`) || !strings.Contains(index, `nonce="`) {
		t.Error("the start page has no base or nonce to fill")
	}
}
