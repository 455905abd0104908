// Package web is the console: the front end that a browser loads. Node.js builds it into dist
// (make web), and this package embeds and serves that. A binary that was compiled without
// it has no console; [New] says so, and the caller shows something else.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
)

//go:embed all:dist
var dist embed.FS

//go:embed routes.txt
var routes string

// HowToBuild is what people read who have a binary without the console.
const HowToBuild = "This binary has no console. With Node.js 20 or newer: make web build"

// ErrNotBuilt is returned by [New] when the console was not built before the binary.
var ErrNotBuilt = errors.New("the console is not built")

// Handler serves the start page and the files that it loads.
type Handler struct {
	index []byte
	files map[string]*file // by path below dist
}

// file is one file of the console in the encodings that exist. Files that compress well
// are only there compressed.
type file struct {
	plain, gzip, brotli []byte
	contentType, etag   string
	immutable           bool // its name has a hash of its content
}

// New returns the handler of the embedded console, or [ErrNotBuilt].
func New() (*Handler, error) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the console: %w", err)
	}
	return load(sub)
}

func load(built fs.FS) (*Handler, error) {
	index, err := fs.ReadFile(built, "index.html")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	if err != nil {
		return nil, fmt.Errorf("read the console's start page: %w", err)
	}
	h := &Handler{index: index, files: make(map[string]*file)}
	err = fs.WalkDir(built, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "index.html" || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		data, err := fs.ReadFile(built, name)
		if err != nil {
			return fmt.Errorf("read %s of the console: %w", name, err)
		}
		h.add(name, data)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for name, f := range h.files {
		if err := f.finish(name); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// add keeps data under the name without the ending of its encoding.
func (h *Handler) add(name string, data []byte) {
	encoding := path.Ext(name)
	base := name
	if encoding == ".br" || encoding == ".gz" {
		base = strings.TrimSuffix(name, encoding)
	}
	f := h.files[base]
	if f == nil {
		f = new(file)
		h.files[base] = f
	}
	switch encoding {
	case ".br":
		f.brotli = data
	case ".gz":
		f.gzip = data
	default:
		f.plain = data
	}
}

// finish fills what follows from the content.
func (f *file) finish(name string) error {
	if f.plain == nil {
		r, err := gzip.NewReader(bytes.NewReader(f.gzip))
		if err != nil {
			return fmt.Errorf("unpack %s of the console: %w", name, err)
		}
		if f.plain, err = io.ReadAll(r); err != nil {
			return fmt.Errorf("unpack %s of the console: %w", name, err)
		}
	}
	sum := sha256.Sum256(f.plain)
	f.etag = hex.EncodeToString(sum[:8])
	f.immutable = strings.HasPrefix(name, "assets/")
	f.contentType = mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) {
	case ".js":
		f.contentType = "text/javascript; charset=utf-8"
	case ".css":
		f.contentType = "text/css; charset=utf-8"
	case ".svg":
		f.contentType = "image/svg+xml"
	}
	return nil
}

// Register adds the console's pages and files to mux, as GET. The addresses of pages are those of
// routes.txt and no others, so that a path that nobody has stays an error of the API.
func (h *Handler) Register(mux *http.ServeMux) {
	page := http.HandlerFunc(h.page)
	mux.Handle("GET /{$}", page)
	for pattern := range strings.FieldsSeq(routes) {
		mux.Handle("GET "+pattern, page)
	}
	mux.Handle("GET /assets/", http.HandlerFunc(h.file))
	for name := range h.files {
		if !strings.Contains(name, "/") {
			mux.Handle("GET /"+name, http.HandlerFunc(h.file))
		}
	}
}

// prefix is what a reverse proxy may have taken off paths.
var prefix = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+/?$`)

// page answers with the start page, whichever page of the console the address names. It is
// never kept by browsers: each answer has a nonce of its own, for the style sheets that
// the editor and the components make.
func (h *Handler) page(w http.ResponseWriter, r *http.Request) {
	base := "/"
	if p := r.Header.Get("X-Forwarded-Prefix"); prefix.MatchString(p) {
		base = strings.TrimSuffix(p, "/") + "/"
	}
	random := make([]byte, 16)
	_, _ = rand.Read(random) // never fails
	nonce := base64.StdEncoding.EncodeToString(random)
	body := bytes.Replace(h.index, []byte(`<base href="/">`), []byte(`<base href="`+base+`">`), 1)
	body = bytes.Replace(body, []byte(`content="" nonce=""`), []byte(`content="" nonce="`+nonce+`"`), 1)

	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", policy(nonce))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	_, _ = w.Write(body) //nolint:gosec // the prefix, which a client may send, was checked letter by letter
}

// policy lets the page load what this server has and nothing else; scripts are never inline.
func policy(nonce string) string {
	return "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; img-src 'self' data: blob:; " +
		"object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
}

// file answers with one of the files that the start page loads.
func (h *Handler) file(w http.ResponseWriter, r *http.Request) {
	f := h.files[strings.TrimPrefix(r.URL.Path, "/")]
	if f == nil {
		http.NotFound(w, r)
		return
	}
	body, encoding := f.encoded(r.Header.Get("Accept-Encoding"))
	etag := `"` + f.etag + encoding + `"`
	header := w.Header()
	header.Set("ETag", etag)
	header.Set("Vary", "Accept-Encoding")
	header.Set("X-Content-Type-Options", "nosniff")
	if f.immutable {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		header.Set("Cache-Control", "no-cache")
	}
	if known(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", f.contentType)
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// encoded chooses the smallest form that the client takes, and its encoding's name.
func (f *file) encoded(accept string) (body []byte, encoding string) {
	switch {
	case f.brotli != nil && accepts(accept, "br"):
		return f.brotli, "br"
	case f.gzip != nil && accepts(accept, "gzip"):
		return f.gzip, "gzip"
	}
	return f.plain, ""
}

// accepts reports whether an Accept-Encoding header names the encoding, and not with q=0.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, q, weighted := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		if !weighted {
			return true
		}
		_, value, _ := strings.Cut(q, "=")
		weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		return err == nil && weight > 0
	}
	return false
}

// known reports whether an If-None-Match header has the tag.
func known(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == etag || part == "*" {
			return true
		}
	}
	return false
}
