package segment_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/segment/segmenttest"
)

func TestEncodingRoundTrip(t *testing.T) {
	var d segment.Decoder
	rapid.Check(t, func(t *rapid.T) {
		want := segmenttest.Draw(t, segmenttest.Options{})
		doc := want.AppendJSON(nil)
		if !json.Valid(doc) || !utf8.Valid(doc) {
			t.Fatalf("invalid JSON: %s", doc)
		}
		d.Reset()
		got, err := d.Decode(doc)
		if err != nil {
			t.Fatalf("Decode(%s): %v", doc, err)
		}
		checkSame(t, doc, want, got)
		checkFixedPoint(t, doc, got)
		var spread bytes.Buffer
		if err := json.Indent(&spread, doc, " ", "\t"); err != nil {
			t.Fatal(err)
		}
		got, err = d.Decode(spread.Bytes())
		if err != nil {
			t.Fatalf("Decode(%s): %v", spread.Bytes(), err)
		}
		checkSame(t, spread.Bytes(), want, got)
	})
}

type failer interface {
	Fatalf(format string, args ...any)
}

// checkSame compares without go-cmp first, which is slow under the race detector.
func checkSame(t failer, doc []byte, want, got *segment.Segment) {
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("%s (-want +got):\n%s", doc, cmp.Diff(want, got))
	}
}

// checkFixedPoint checks that the processed document of s decodes to the same.
func checkFixedPoint(t failer, doc []byte, s *segment.Segment) {
	once := s.AppendJSON(nil)
	if !json.Valid(once) || !utf8.Valid(once) {
		t.Fatalf("Decode(%q) gives invalid JSON: %q", doc, once)
	}
	again, err := segment.Decode(once)
	if err != nil {
		t.Fatalf("Decode(%q) gives %q, which is refused: %v", doc, once, err)
	}
	if twice := again.AppendJSON(nil); !bytes.Equal(once, twice) {
		t.Fatalf("Decode(%q) gives %q, and that %q", doc, once, twice)
	}
}

func TestDecoderDoesNotAllocate(t *testing.T) {
	docs := typical(20)
	names, err := filepath.Glob("testdata/sdk/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		doc, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	var d segment.Decoder
	if n := testing.AllocsPerRun(50, func() {
		d.Reset()
		for _, doc := range docs {
			if _, err := d.Decode(doc); err != nil {
				t.Fatalf("Decode(%s): %v", doc, err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations in a used Decoder, want none", n)
	}
}

func TestDecoderKeepsResultsApart(t *testing.T) {
	var d segment.Decoder
	for round := range 3 {
		d.Reset()
		docs := typical(300 * (round + 1))
		var got []*segment.Segment
		for _, doc := range docs {
			s, err := d.Decode(doc)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, s)
		}
		for i, doc := range docs {
			checkSame(t, doc, decode(t, string(doc)), got[i])
		}
	}
}
