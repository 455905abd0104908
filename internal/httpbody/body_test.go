package httpbody_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/radiograph/radiograph/internal/httpbody"
)

func compressed(t *testing.T, w io.WriteCloser, out *bytes.Buffer, s string) []byte {
	t.Helper()
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gzipped(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	return compressed(t, gzip.NewWriter(&b), &b, s)
}

func zstandard(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	return compressed(t, w, &b, s)
}

func TestRead(t *testing.T) {
	const limit = 1000
	fits, long := strings.Repeat("a", limit), strings.Repeat("a", limit+1)
	errMalformed := errors.New("any other")
	for _, tc := range []struct {
		name, coding string
		body         []byte
		chunked      bool
		want         string
		err          error
	}{
		{name: "empty", want: ""},
		{name: "plain", body: []byte(fits), want: fits},
		{name: "length unknown", body: []byte(fits), chunked: true, want: fits},
		{name: "gzip", coding: "gzip", body: gzipped(t, fits), want: fits},
		{name: "zstd", coding: " ZSTD", body: zstandard(t, fits), want: fits},
		{name: "too large", body: []byte(long), err: httpbody.ErrTooLarge},
		{name: "too large, length unknown", body: []byte(long), chunked: true, err: httpbody.ErrTooLarge},
		{name: "too large after gzip", coding: "x-gzip", body: gzipped(t, long), err: httpbody.ErrTooLarge},
		{name: "too large after zstd", coding: "zstd", body: zstandard(t, long), err: httpbody.ErrTooLarge},
		{name: "cut gzip", coding: "gzip", body: gzipped(t, fits)[:20], err: errMalformed},
		{name: "not zstd", coding: "zstd", body: []byte(fits), err: errMalformed},
		{name: "gzip after a bad one", coding: "gzip", body: gzipped(t, fits), want: fits},
		{name: "zstd after a bad one", coding: "zstd", body: zstandard(t, fits), want: fits},
		{name: "other coding", coding: "br", body: []byte(fits), err: httpbody.ErrCoding},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var body io.Reader = bytes.NewReader(tc.body)
			if tc.chunked {
				body = io.MultiReader(body) // hides the length
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", body)
			r.Header.Set("Content-Encoding", tc.coding)
			b, err := httpbody.Read(httptest.NewRecorder(), r, limit)
			switch {
			case tc.err == nil && err != nil, tc.err != nil && err == nil:
				t.Fatalf("got %v, want %v", err, tc.err)
			case tc.err != nil:
				if known := errors.Is(err, httpbody.ErrTooLarge) || errors.Is(err, httpbody.ErrCoding); !errors.Is(err, tc.err) && (known || !errors.Is(tc.err, errMalformed)) {
					t.Errorf("got %v, want %v", err, tc.err)
				}
				return
			}
			defer b.Release()
			if string(b.Bytes) != tc.want {
				t.Errorf("got %d bytes, want %d", len(b.Bytes), len(tc.want))
			}
		})
	}
}
