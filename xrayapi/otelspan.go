package xrayapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/trace"
)

// otelSpan is a span as AWS keeps it in the log group aws/spans, from which
// ListRetrievedTraces has its answers there: OTLP's members, but attributes as
// objects, names of kinds and codes, and times as numbers.
// Source: log events of that group that users of AWS have published.
type otelSpan struct {
	Resource          otelResource   `json:"resource"`
	Scope             otelScope      `json:"scope"`
	TraceID           string         `json:"traceId"` // 32 hex digits
	SpanID            string         `json:"spanId"`
	ParentSpanID      string         `json:"parentSpanId,omitempty"`
	TraceState        string         `json:"traceState,omitempty"`
	Flags             uint32         `json:"flags,omitempty"`
	Name              string         `json:"name"`
	Kind              string         `json:"kind"`
	StartTimeUnixNano uint64         `json:"startTimeUnixNano"`
	EndTimeUnixNano   uint64         `json:"endTimeUnixNano,omitempty"` // absent while it is in progress, like the next
	DurationNano      uint64         `json:"durationNano,omitempty"`
	Attributes        map[string]any `json:"attributes"`
	Events            []otelEvent    `json:"events,omitempty"`
	Links             []otelLink     `json:"links,omitempty"`
	Status            otelStatus     `json:"status"`

	DroppedAttributesCount uint32 `json:"droppedAttributesCount,omitempty"`
	DroppedEventsCount     uint32 `json:"droppedEventsCount,omitempty"`
	DroppedLinksCount      uint32 `json:"droppedLinksCount,omitempty"`
}

type otelResource struct {
	Attributes map[string]any `json:"attributes"`
}

type otelScope struct {
	Name       string         `json:"name"`
	Version    string         `json:"version,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"`
}

type otelEvent struct {
	TimeUnixNano           uint64         `json:"timeUnixNano"`
	Name                   string         `json:"name"`
	Attributes             map[string]any `json:"attributes,omitempty"`
	DroppedAttributesCount uint32         `json:"droppedAttributesCount,omitempty"`
}

type otelLink struct {
	TraceID                string         `json:"traceId"`
	SpanID                 string         `json:"spanId"`
	TraceState             string         `json:"traceState,omitempty"`
	Flags                  uint32         `json:"flags,omitempty"`
	Attributes             map[string]any `json:"attributes,omitempty"`
	DroppedAttributesCount uint32         `json:"droppedAttributesCount,omitempty"`
}

type otelStatus struct {
	Code    string `json:"code"`
	Message string `json:"message,omitempty"`
}

// renderSpans returns the spans of t: of segments and of what was sent as spans
// alike, with those whose parent is not there. What was inferred from a call is no
// span: the call is.
func renderSpans(t *trace.Trace) ([]tracePart, error) {
	b := otlp.NewBuilder(otlp.CurrentConventions)
	for _, list := range [][]*trace.Entity{t.Segments, t.Orphans} {
		for _, e := range list {
			if !e.Inferred {
				b.Add(t.Document(e))
			}
		}
	}
	parts := make([]tracePart, 0, b.Len())
	for _, rs := range b.Take().ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				part, err := renderSpan(rs.Resource(), ss.Scope(), span)
				if err != nil {
					return nil, err
				}
				parts = append(parts, part)
			}
		}
	}
	return parts, nil
}

func renderSpan(resource pcommon.Resource, scope pcommon.InstrumentationScope, s ptrace.Span) (tracePart, error) {
	out := otelSpan{
		Resource:               otelResource{attributes(resource.Attributes())},
		Scope:                  otelScope{scope.Name(), scope.Version(), attributes(scope.Attributes())},
		TraceID:                s.TraceID().String(),
		SpanID:                 s.SpanID().String(),
		ParentSpanID:           s.ParentSpanID().String(),
		TraceState:             s.TraceState().AsRaw(),
		Flags:                  s.Flags(),
		Name:                   s.Name(),
		Kind:                   strings.ToUpper(s.Kind().String()),
		StartTimeUnixNano:      uint64(s.StartTimestamp()),
		EndTimeUnixNano:        uint64(s.EndTimestamp()),
		Attributes:             attributes(s.Attributes()),
		Status:                 otelStatus{strings.ToUpper(s.Status().Code().String()), s.Status().Message()},
		DroppedAttributesCount: s.DroppedAttributesCount(),
		DroppedEventsCount:     s.DroppedEventsCount(),
		DroppedLinksCount:      s.DroppedLinksCount(),
	}
	if s.EndTimestamp() > s.StartTimestamp() {
		out.DurationNano = uint64(s.EndTimestamp() - s.StartTimestamp())
	}
	for _, e := range s.Events().All() {
		out.Events = append(out.Events, otelEvent{uint64(e.Timestamp()), e.Name(), attributes(e.Attributes()), e.DroppedAttributesCount()})
	}
	for _, l := range s.Links().All() {
		out.Links = append(out.Links, otelLink{
			l.TraceID().String(), l.SpanID().String(), l.TraceState().AsRaw(), l.Flags(), attributes(l.Attributes()), l.DroppedAttributesCount(),
		})
	}
	var doc bytes.Buffer
	enc := json.NewEncoder(&doc)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&out); err != nil {
		return tracePart{}, fmt.Errorf("encode span %s: %w", out.SpanID, err)
	}
	return tracePart{ID: out.SpanID, Document: strings.TrimSuffix(doc.String(), "\n")}, nil
}

// attributes returns m as JSON has it.
func attributes(m pcommon.Map) map[string]any {
	out := make(map[string]any, m.Len())
	for k, v := range m.All() {
		out[k] = attribute(v)
	}
	return out
}

// attribute returns v as JSON has it. Bytes are base64, numbers that JSON does not
// have are texts, as in OTLP.
func attribute(v pcommon.Value) any {
	switch v.Type() {
	case pcommon.ValueTypeDouble:
		switch f := v.Double(); {
		case math.IsNaN(f):
			return "NaN"
		case math.IsInf(f, 1):
			return "Infinity"
		case math.IsInf(f, -1):
			return "-Infinity"
		default:
			return f
		}
	case pcommon.ValueTypeMap:
		return attributes(v.Map())
	case pcommon.ValueTypeSlice:
		out := make([]any, v.Slice().Len())
		for i, e := range v.Slice().All() {
			out[i] = attribute(e)
		}
		return out
	default:
		return v.AsRaw()
	}
}
