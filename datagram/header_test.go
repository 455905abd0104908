package datagram_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/datagram"
)

func FuzzDatagram(f *testing.F) {
	for _, seed := range []string{
		"",
		"{\"format\":\"json\",\"version\":1}\n{}",
		"{\"format\": \"json\", \"version\": 1}\r\n{\"a\":1}\n\n",
		"{\"version\":1.0,\"format\":\"JSON\"}\n x ",
		"\n\n",
		strings.Repeat("{", 300) + "\n{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		doc, ok := datagram.Split(b)
		switch {
		case ok != (len(doc) > 0):
			t.Errorf("Split(%q) = %q, %v", b, doc, ok)
		case ok && !bytes.Equal(doc, bytes.TrimSpace(doc)):
			t.Errorf("Split(%q) = %q, which is not trimmed", b, doc)
		case ok && !bytes.Contains(b, doc):
			t.Errorf("Split(%q) = %q, which is not in it", b, doc)
		}
	})
}
