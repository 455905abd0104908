package xrayapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
)

// empty is the answer of operations that have nothing to say.
type empty struct{}

// answers holds buffers for encoded answers.
var answers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooledBytes keeps one large answer from occupying memory for ever.
const maxPooledBytes = 4 << 20

// writeAnswer answers with out. Nothing has been written when it returns an error.
func writeAnswer(w http.ResponseWriter, out any) error {
	buf := answers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= maxPooledBytes {
			buf.Reset()
			answers.Put(buf)
		}
	}()
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(buf.Bytes()) // the client has gone when this fails
	return nil
}
