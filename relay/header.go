package relay

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxHeader is the size of the longest header line that is looked at.
const maxHeader = 256

// Headers as the SDKs write them.
var (
	headerPlain  = []byte(`{"format":"json","version":1}`)
	headerSpaced = []byte(`{"format": "json", "version": 1}`)
)

// splitDatagram returns the document of a datagram.
func splitDatagram(b []byte) (doc []byte, ok bool) {
	end := bytes.IndexByte(b[:min(len(b), maxHeader)], '\n')
	if end < 0 || !validHeader(b[:end]) {
		return nil, false
	}
	doc = bytes.TrimSpace(b[end+1:])
	return doc, len(doc) > 0
}

// validHeader reports whether line, without its line feed, announces documents
// that the relay understands.
func validHeader(line []byte) bool {
	line = bytes.TrimSpace(line)
	if bytes.Equal(line, headerPlain) || bytes.Equal(line, headerSpaced) {
		return true
	}
	var h struct {
		Format  string  `json:"format"`
		Version float64 `json:"version"`
	}
	return json.Unmarshal(line, &h) == nil && strings.EqualFold(h.Format, "json") && h.Version == 1
}
