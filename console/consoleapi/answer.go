package consoleapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/radiograph/radiograph/internal/decimal"
	"github.com/radiograph/radiograph/trace"
)

// seconds is a moment or a duration in ns: on the wire a number of seconds.
type seconds int64

// MarshalJSON returns a decimal number.
func (s seconds) MarshalJSON() ([]byte, error) {
	return decimal.AppendSeconds(make([]byte, 0, 24), int64(s)), nil
}

// orNull returns s for the wire: null when it is empty.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// node is a node on the wire.
type node struct {
	Name    string  `json:"name"`
	Type    *string `json:"type"`
	Account *string `json:"account"`
}

func nodeOf(n trace.Node) node {
	return node{Name: n.Name, Type: orNull(n.Type), Account: orNull(n.AccountID)}
}

var (
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	zippers = sync.Pool{New: func() any {
		z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			panic(err) // the level is valid
		}
		return z
	}}
)

const (
	maxPooledBytes = 4 << 20 // larger buffers are not kept
	minZipped      = 1 << 10 // shorter answers are not compressed
)

func release(b *bytes.Buffer) {
	if b.Cap() <= maxPooledBytes {
		b.Reset()
		buffers.Put(b)
	}
}

// writeAnswer answers with out. Nothing has been written when it returns an error.
func writeAnswer(w http.ResponseWriter, r *http.Request, out any) error {
	return write(w, r, http.StatusOK, "application/json", out)
}

func write(w http.ResponseWriter, r *http.Request, status int, contentType string, out any) error {
	plain := buffers.Get().(*bytes.Buffer)
	defer release(plain)
	enc := json.NewEncoder(plain)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Add("Vary", "Accept-Encoding")
	body := plain
	if plain.Len() >= minZipped && takesGzip(r.Header.Values("Accept-Encoding")) {
		zipped := buffers.Get().(*bytes.Buffer)
		defer release(zipped)
		if err := zip(zipped, plain.Bytes()); err != nil {
			return fmt.Errorf("compress answer: %w", err)
		}
		h.Set("Content-Encoding", "gzip")
		body = zipped
	}
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the client has gone when this fails
	return nil
}

func zip(dst *bytes.Buffer, src []byte) error {
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(dst)
	if _, err := z.Write(src); err != nil {
		return err
	}
	return z.Close()
}

// takesGzip reports whether the values of Accept-Encoding allow gzip.
func takesGzip(accept []string) bool {
	for _, value := range accept {
		for coding := range strings.SplitSeq(value, ",") {
			name, quality, _ := strings.Cut(coding, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			if name != "gzip" && name != "*" {
				continue
			}
			_, q, weighted := strings.Cut(strings.ReplaceAll(quality, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return !weighted || err == nil && weight > 0
		}
	}
	return false
}
