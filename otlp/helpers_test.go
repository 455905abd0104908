package otlp_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
)

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// encode returns the documents of td, which must have no refusals.
func encode(t failer, e *otlp.Encoder, td ptrace.Traces) [][]byte {
	t.Helper()
	docs, refusals := e.Encode(td)
	if len(refusals) > 0 {
		t.Fatalf("refusals: %v", refusals)
	}
	spans := 0
	raw := make([][]byte, len(docs))
	for i, d := range docs {
		raw[i] = bytes.Clone(d.Raw)
		spans += len(d.Spans)
	}
	if spans != td.SpanCount() {
		t.Fatalf("%d spans in the documents of %d", spans, td.SpanCount())
	}
	return raw
}

// decode decodes documents that are good.
func decode(t failer, docs [][]byte) []*segment.Segment {
	t.Helper()
	list := make([]*segment.Segment, len(docs))
	for i, doc := range docs {
		if !json.Valid(doc) {
			t.Fatalf("invalid JSON: %s", doc)
		}
		s, err := segment.Decode(doc)
		if err != nil {
			t.Fatalf("Decode(%s): %v", doc, err)
		}
		list[i] = s
	}
	return list
}

// build returns the spans of segments.
func build(b *otlp.Builder, segments ...*segment.Segment) ptrace.Traces {
	for _, s := range segments {
		b.Add(s)
	}
	return b.Take()
}

// flat returns each span with its resource and scope as bytes that are the same for
// equal ones, sorted, and the same as text for people.
func flat(t failer, td ptrace.Traces) (list []string, text map[string]string) {
	t.Helper()
	text = map[string]string{}
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				one := ptrace.NewTraces()
				to := one.ResourceSpans().AppendEmpty()
				rs.Resource().CopyTo(to.Resource())
				to.SetSchemaUrl(rs.SchemaUrl())
				toScope := to.ScopeSpans().AppendEmpty()
				ss.Scope().CopyTo(toScope.Scope())
				toScope.SetSchemaUrl(ss.SchemaUrl())
				s := toScope.Spans().AppendEmpty()
				span.CopyTo(s)
				sortMap(to.Resource().Attributes())
				sortMap(toScope.Scope().Attributes())
				sortMap(s.Attributes())
				for _, ev := range s.Events().All() {
					sortMap(ev.Attributes())
				}
				for _, l := range s.Links().All() {
					sortMap(l.Attributes())
				}
				var m ptrace.ProtoMarshaler
				raw, err := m.MarshalTraces(one)
				if err != nil {
					t.Fatalf("marshal: %v", err)
				}
				var j ptrace.JSONMarshaler
				shown, err := j.MarshalTraces(one)
				if err != nil {
					shown = []byte(err.Error())
				}
				list = append(list, string(raw))
				text[string(raw)] = string(shown)
			}
		}
	}
	slices.Sort(list)
	return list, text
}

func sortMap(m pcommon.Map) {
	sorted := pcommon.NewMap()
	values := maps.Collect(m.All())
	for _, k := range slices.Sorted(maps.Keys(values)) {
		values[k].CopyTo(sorted.PutEmpty(k))
	}
	for _, v := range sorted.All() {
		sortValue(v)
	}
	sorted.MoveTo(m)
}

func sortValue(v pcommon.Value) {
	switch v.Type() {
	case pcommon.ValueTypeMap:
		sortMap(v.Map())
	case pcommon.ValueTypeSlice:
		for _, x := range v.Slice().All() {
			sortValue(x)
		}
	}
}

// sameSpans fails unless both have the same spans.
func sameSpans(t failer, want, got ptrace.Traces, docs [][]byte) {
	t.Helper()
	w, wantText := flat(t, want)
	g, gotText := flat(t, got)
	if slices.Equal(w, g) {
		return
	}
	t.Fatalf("documents:\n%s\nwant:%s\ngot:%s", bytes.Join(docs, []byte("\n")), missing(w, g, wantText), missing(g, w, gotText))
}

// missing returns those of a that are not in b.
func missing(a, b []string, text map[string]string) string {
	var out strings.Builder
	for _, raw := range a {
		if !slices.Contains(b, raw) {
			out.WriteString("\n" + text[raw])
		}
	}
	return out.String()
}

// sameJSON fails unless both documents are equal but for empty objects and nulls
// in "aws".
func sameJSON(t failer, want, got []byte) {
	t.Helper()
	w, g := parse(t, want), parse(t, got)
	prune(w)
	prune(g)
	if !reflect.DeepEqual(w, g) {
		t.Fatalf("want:\n%s\ngot:\n%s", want, got)
	}
}

func parse(t failer, doc []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return v
}

func prune(doc map[string]any) {
	if aws, ok := doc["aws"].(map[string]any); ok {
		if pruneValue(aws); len(aws) == 0 {
			delete(doc, "aws")
		}
	}
	subs, _ := doc["subsegments"].([]any)
	for _, s := range subs {
		prune(s.(map[string]any))
	}
}

func pruneValue(m map[string]any) {
	for k, v := range m {
		inner, isObject := v.(map[string]any)
		if isObject {
			pruneValue(inner)
		}
		if v == nil || isObject && len(inner) == 0 {
			delete(m, k)
		}
	}
}

func spansOf(docs [][]byte, t *testing.T, c otlp.Conventions) ptrace.Traces {
	t.Helper()
	return build(otlp.NewBuilder(c), decode(t, docs)...)
}
