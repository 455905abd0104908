package otlp_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// FuzzEncode encodes whatever OTLP says: every document is good, every span is in
// one or refused, and all come back.
func FuzzEncode(f *testing.F) {
	var m ptrace.ProtoMarshaler
	add := func(td ptrace.Traces) {
		raw, err := m.MarshalTraces(td)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, 0)
		f.Add(raw, 1500)
	}
	for _, one := range singles(typical()) {
		add(one) // small ones: the fuzzer takes its time with each that is large
	}
	for _, doc := range xray()[:1] {
		s, err := segment.Decode(doc)
		if err != nil {
			f.Fatal(err)
		}
		b := otlp.NewBuilder(otlp.OldConventions)
		b.Add(s)
		add(b.Take())
	}
	odd := typical()
	for _, rs := range odd.ResourceSpans().All() {
		for i, s := range rs.ScopeSpans().At(0).Spans().All() {
			s.SetParentSpanID(id(byte(i)))
			s.Attributes().PutStr("\xff", "\xfe")
			ev := s.Events().AppendEmpty()
			ev.SetName("exception")
			ev.Attributes().PutStr("exception.stacktrace", stacks[i%len(stacks)])
			deep(s.Attributes().PutEmpty("deep"), 200)
		}
	}
	add(odd)
	f.Fuzz(func(t *testing.T, raw []byte, limit int) {
		var u ptrace.ProtoUnmarshaler
		td, err := u.UnmarshalTraces(raw)
		if err != nil || td.SpanCount() > 1000 {
			return
		}
		e := otlp.NewEncoder(otlp.Options{MaxDocumentBytes: limit, IndexAllAttributes: limit&1 != 0})
		docs, refusals := e.Encode(td)
		spans, inDocs := td.SpanCount(), 0
		b := otlp.NewBuilder(otlp.CurrentConventions)
		for _, d := range docs {
			s, err := segment.Decode(d.Raw)
			if err != nil {
				t.Fatalf("Decode(%s): %v", d.Raw, err)
			}
			if s.TraceID != d.TraceID {
				t.Fatalf("document of %s says it is of %s", s.TraceID, d.TraceID)
			}
			inDocs += len(d.Spans)
			b.Add(s)
		}
		if inDocs+len(refusals) != spans {
			t.Fatalf("%d spans in documents and %d refused, of %d", inDocs, len(refusals), spans)
		}
		if b.Len() != inDocs {
			t.Fatalf("%d spans come back of %d", b.Len(), inDocs)
		}
	})
}

func deep(v pcommon.Value, depth int) {
	if depth > 0 {
		deep(v.SetEmptySlice().AppendEmpty(), depth-1)
	}
}

// FuzzBuilder makes spans of whatever is a document, and the document of them
// again.
func FuzzBuilder(f *testing.F) {
	names, err := filepath.Glob("../segment/testdata/sdk/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		doc, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	docs, _ := otlp.NewEncoder(otlp.Options{}).Encode(typical())
	for _, d := range docs {
		f.Add(d.Raw)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		want, err := segment.Decode(doc)
		if err != nil {
			return
		}
		for _, c := range []otlp.Conventions{otlp.CurrentConventions, otlp.OldConventions} {
			td := build(otlp.NewBuilder(c), want)
			raw := encode(t, otlp.NewEncoder(otlp.Options{}), td)
			got := decode(t, raw)
			if !canReturn(want) {
				continue
			}
			sameJSON(t, want.AppendDocument(nil), got[0].AppendDocument(nil))
		}
	})
}

// canReturn reports whether the document of s can come back the same: it was not
// made from spans, its ids differ, and it does not nest deeper than documents are
// written.
func canReturn(s *segment.Segment) bool {
	seen := map[traceid.EntityID]bool{}
	var walk func(s *segment.Segment, depth int) bool
	walk = func(s *segment.Segment, depth int) bool {
		var odd struct {
			OTLP json.RawMessage `json:"otlp"`
		}
		if s.Metadata != nil && (json.Unmarshal(s.Metadata, &odd) != nil || odd.OTLP != nil || repeats(s.Metadata)) {
			return false
		}
		for _, l := range s.Links {
			if strings.ContainsAny(string(l.Attributes), "eE$") || len(l.Attributes) > 0 && repeats(l.Attributes) {
				return false // numbers without bounds
			}
		}
		if s.AWS != nil && (repeats(s.AWS.Raw) || nesting(s.AWS.Raw) > 500) || s.Service != nil && (repeats(s.Service) || nesting(s.Service) > 500) {
			return false
		}
		if seen[s.ID] || s.ID == s.ParentID || depth > 100 || nesting(s.Metadata) > 500 {
			return false
		}
		seen[s.ID] = true
		return !slices.ContainsFunc(s.Subsegments, func(sub *segment.Segment) bool { return !walk(sub, depth+1) })
	}
	return walk(s, 0) && !seen[s.ParentID]
}

// repeats reports whether an object has a member twice.
func repeats(raw []byte) bool {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return true
	}
	again, err := json.Marshal(v)
	return err != nil || strings.Count(string(again), `":`) != strings.Count(string(raw), `":`)
}

// nesting returns how deep raw nests at most.
func nesting(raw []byte) int {
	return strings.Count(string(raw), "{") + strings.Count(string(raw), "[")
}
