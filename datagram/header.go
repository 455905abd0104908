package datagram

import (
	"bytes"
	"encoding/json"
	"strings"
)

// MaxHeader is the size of the longest header line that is looked at.
const MaxHeader = 256

// Headers as the SDKs write them.
var (
	headerPlain  = []byte(`{"format":"json","version":1}`)
	headerSpaced = []byte(`{"format": "json", "version": 1}`)
)

// Split returns the document of a datagram, without white space around it. It is
// not ok when the datagram has no valid header line or nothing behind it. The
// document is a part of b.
func Split(b []byte) (doc []byte, ok bool) {
	end := bytes.IndexByte(b[:min(len(b), MaxHeader)], '\n')
	if end < 0 || !ValidHeader(b[:end]) {
		return nil, false
	}
	doc = bytes.TrimSpace(b[end+1:])
	return doc, len(doc) > 0
}

// ValidHeader reports whether line, without its line feed, announces documents of
// the one format there is: JSON, version 1.
func ValidHeader(line []byte) bool {
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
