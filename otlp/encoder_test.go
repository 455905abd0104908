package otlp_test

import (
	"bytes"
	"testing"

	"github.com/radiograph/radiograph/otlp"
)

// TestEncoderDoesNotAllocate checks that an Encoder that has seen a batch takes the
// next one with the memory it has.
func TestEncoderDoesNotAllocate(t *testing.T) {
	td := typical()
	e := otlp.NewEncoder(otlp.Options{MaxDocumentBytes: 63000})
	n := testing.AllocsPerRun(50, func() { e.Encode(td) })
	if most := 2.0; n > most {
		t.Errorf("%v allocations for %d spans, want at most %v", n, td.SpanCount(), most)
	}
}

// TestEncoderKeepsBatchesApart checks that nothing of a batch is in the next one.
func TestEncoderKeepsBatchesApart(t *testing.T) {
	want, _ := otlp.NewEncoder(otlp.Options{}).Encode(typical())
	e := otlp.NewEncoder(otlp.Options{})
	for range 3 {
		e.Encode(system(t, span{service: "x", id: 1, one: one{name: "y", kind: client, attrs: attrs{"aws.xray.annotations": []any{"a"}, "a": 1, "url.full": "http://x/"}}}))
		got, _ := e.Encode(typical())
		if len(got) != len(want) {
			t.Fatalf("%d documents, want %d", len(got), len(want))
		}
		for i := range got {
			if !bytes.Equal(got[i].Raw, want[i].Raw) {
				t.Fatalf("got:\n%s\nwant:\n%s", got[i].Raw, want[i].Raw)
			}
		}
	}
}
