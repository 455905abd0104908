package awsxrayreceiver

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/radiograph/radiograph/datagram"
	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
)

// FuzzDatagram checks that every datagram becomes either the spans of its document,
// or one counted loss, and that a worker that has seen others does the same.
func FuzzDatagram(f *testing.F) {
	const header = `{"format":"json","version":1}` + "\n"
	docs, err := filepath.Glob("../../../segment/testdata/sdk/*.json")
	if err != nil || len(docs) == 0 {
		f.Fatalf("no documents: %v", err)
	}
	for _, name := range docs {
		doc, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(header + string(doc)))
	}
	for _, d := range []string{
		"", "\n", header, header + "{", header + "[]", header + "null", `{"format":"json","version":2}` + "\n{}", strings.Repeat("{", 300),
		header + `{"id":"5f1e0a9b3c7d2e44","name":"\ud83d","trace_id":"1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a00","start_time":-1e300,"end_time":1e300,` +
			`"http":{"response":{"status":-1,"content_length":"x"}},"sql":{"url":"%"},"aws":{"ecs":[]},"annotations":{"a":1e400},"metadata":{"":{"":[]}}}`,
	} {
		f.Add([]byte(d))
	}
	next := new(consumertest.TracesSink)
	r, err := newReceiver(defaultConfig().(*Config), receivertest.NewNopSettings(NewFactory().Type()), next)
	if err != nil {
		f.Fatal(err)
	}
	w := newWorker(r)
	f.Fuzz(func(t *testing.T, b []byte) {
		next.Reset()
		before := rejections(r)
		text, ok := datagram.Split(b)
		if !ok {
			return
		}
		w.batches(t.Context(), []document{{text: text, source: netip.AddrFrom4([4]byte{127, 0, 0, 1})}})
		want := 0
		s, err := segment.Decode(text)
		if err == nil {
			alone := otlp.NewBuilder(otlp.OldConventions)
			alone.Add(s)
			want = alone.Len()
		}
		if got := next.SpanCount(); got != want {
			t.Errorf("%q: %d spans, want %d", b, got, want)
		}
		if got := rejections(r) - before; (err != nil) != (got == 1) {
			t.Errorf("%q: counted %d rejections, Decode says %v", b, got, err)
		}
	})
}

func rejections(r *xrayReceiver) (n int64) {
	for _, c := range r.telemetry.rejected.Counts() {
		n += c
	}
	return n
}
