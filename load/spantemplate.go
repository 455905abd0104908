package load

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"text/template"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/protobuf/encoding/protowire"
)

// The shop's spans, as OpenTelemetry's SDKs send them: written as JSON in
// templates/otlp, rendered once as protobuf. The slots are found by what stands in
// them, which occurs nowhere else.

// spanService is a template: the spans of one service.
type spanService struct {
	Resource map[string]any
	Scopes   []struct {
		Name, Version string
		Spans         []spanTemplate
	}
}

type spanTemplate struct {
	ID         int
	Parent     *int
	Remote     bool // the parent is in another service
	Kind       string
	Name       string
	From, To   float64 // ms after the start of the trace
	Attributes map[string]any
	Exception  map[string]any // an event near the end
}

// spanRendering is a service's part of a trace in protobuf.
type spanRendering struct {
	resource []byte // field of ResourceSpans
	scopes   []scopeRendering
}

type scopeRendering struct {
	scope []byte   // field of ScopeSpans
	spans document // fields of ScopeSpans
}

// renderedSpans returns the services' parts by scenario. They are part of the program:
// a fault in them is a bug.
var renderedSpans = sync.OnceValue(func() (all [][]spanRendering) {
	for _, s := range scenarios {
		var services []spanRendering
		for _, name := range serviceNames {
			services = append(services, renderService(parseSpans(name, s)))
		}
		all = append(all, services)
	}
	return all
})

// parseSpans fills a template in. Where a slot is stands a mark of the slot's width.
func parseSpans(name string, s scenario) (parsed spanService) {
	text := func(kind slotKind) func() string { return func() string { return textMark(kind) } }
	funcs := template.FuncMap{
		"customer": text(slotCustomer),
		"item":     text(slotItem),
		"order":    text(slotOrder),
		"amount":   text(slotAmount),
		"region":   text(slotRegion),
		"request":  text(slotRequest),
		"status":   s.statusOf,
	}
	b, err := templateFiles.ReadFile("templates/otlp/" + name + ".json")
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	if err := template.Must(template.New(name).Funcs(funcs).Parse(string(b))).Execute(&out, nil); err != nil {
		panic(err)
	}
	dec := json.NewDecoder(&out)
	dec.UseNumber()
	dec.DisallowUnknownFields()
	if err := dec.Decode(&parsed); err != nil {
		panic(fmt.Sprintf("templates/otlp/%s.json: %v", name, err))
	}
	return parsed
}

// The marks. Text is of the slot's width, the rest of eight or sixteen bytes.
func textMark(kind slotKind) string {
	m := fmt.Sprintf("<%d>", kind)
	return m + strings.Repeat("~", widths[kind]-len(m))
}

func idMark(n int) (id pcommon.SpanID) {
	binary.BigEndian.PutUint64(id[:], 0xa5b4c3d2_e1f00000|uint64(n))
	return id
}

func timeMark(ms float64) pcommon.Timestamp {
	return pcommon.Timestamp(0x5ab4c3d2_00000000 | uint64(math.Round(ms*1000)))
}

var (
	traceMark  = pcommon.TraceID([]byte("\xa5trace id here\xb4\xc3"))
	amountMark = math.Float64frombits(0x5ab4c3d2_e1f0a596)
)

// renderService renders the spans of one service and finds the slots in them.
func renderService(s spanService) (r spanRendering) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	putAll(rs.Resource().Attributes(), s.Resource)
	for _, scope := range s.Scopes {
		ss := rs.ScopeSpans().AppendEmpty()
		ss.Scope().SetName(scope.Name)
		ss.Scope().SetVersion(scope.Version)
		for i := range scope.Spans {
			scope.Spans[i].render(ss.Spans().AppendEmpty())
		}
	}
	raw, err := new(ptrace.ProtoMarshaler).MarshalTraces(td)
	if err != nil {
		panic(err)
	}
	eachMessage(raw, func(_ protowire.Number, resourceSpans, _ []byte) {
		eachMessage(resourceSpans, func(n protowire.Number, value, whole []byte) {
			switch n {
			case 1:
				r.resource = whole
			case 2:
				r.scopes = append(r.scopes, splitScope(value, s.Scopes[len(r.scopes)].Spans))
			}
		})
	})
	return r
}

// splitScope takes a ScopeSpans apart, which was rendered from templates.
func splitScope(b []byte, templates []spanTemplate) (r scopeRendering) {
	eachMessage(b, func(n protowire.Number, _, whole []byte) {
		switch n {
		case 1:
			r.scope = whole
		case 2:
			r.spans.text = append(r.spans.text, whole...)
		}
	})
	r.spans.findSlots(templates)
	return r
}

// eachMessage calls do for each field of b that has bytes.
func eachMessage(b []byte, do func(n protowire.Number, value, whole []byte)) {
	for len(b) > 0 {
		number, typ, size := protowire.ConsumeField(b)
		if size < 0 {
			panic("load: rendered spans are no protobuf")
		}
		if typ == protowire.BytesType {
			_, _, tag := protowire.ConsumeTag(b)
			value, _ := protowire.ConsumeBytes(b[tag:])
			do(number, value, b[:size])
		}
		b = b[size:]
	}
}

// render fills a span in, with marks for what differs from trace to trace.
func (t *spanTemplate) render(span ptrace.Span) {
	span.SetTraceID(traceMark)
	span.SetSpanID(idMark(t.ID))
	const sampled, parentKnown, parentRemote = 0x1, 0x100, 0x200
	flags := uint32(sampled | parentKnown)
	if t.Parent != nil {
		span.SetParentSpanID(idMark(*t.Parent))
	}
	if t.Remote {
		flags |= parentRemote
	}
	span.SetFlags(flags)
	span.SetName(t.Name)
	span.SetKind(map[string]ptrace.SpanKind{"server": ptrace.SpanKindServer, "client": ptrace.SpanKindClient, "internal": ptrace.SpanKindInternal}[t.Kind])
	span.SetStartTimestamp(timeMark(t.From))
	span.SetEndTimestamp(timeMark(t.To))
	putAll(span.Attributes(), t.Attributes)
	// As OpenTelemetry's conventions for HTTP have it: a server is not to blame for 4xx.
	if status, ok := span.Attributes().Get("http.response.status_code"); ok {
		if status.Int() >= 500 || status.Int() >= 400 && t.Kind == "client" {
			span.Status().SetCode(ptrace.StatusCodeError)
			span.Attributes().PutStr("error.type", status.AsString())
		}
	}
	if t.Exception != nil {
		event := span.Events().AppendEmpty()
		event.SetName("exception")
		event.SetTimestamp(timeMark(t.exceptionAt()))
		putAll(event.Attributes(), t.Exception)
	}
}

// exceptionAt is when the exception is noted, in ms after the start of the trace.
func (t *spanTemplate) exceptionAt() float64 { return t.To - 0.5 }

// putAll adds attributes in the order of their names, so that a template is always
// rendered alike.
func putAll(m pcommon.Map, attributes map[string]any) {
	keys := make([]string, 0, len(attributes))
	for k := range attributes {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		switch v := attributes[k].(type) {
		case string:
			if v == textMark(slotAmount) {
				m.PutDouble(k, amountMark)
			} else {
				m.PutStr(k, v)
			}
		case bool:
			m.PutBool(k, v)
		case json.Number:
			n, err := v.Int64()
			if err != nil {
				panic(err)
			}
			m.PutInt(k, n)
		case []any:
			list := m.PutEmptySlice(k)
			for _, e := range v {
				list.AppendEmpty().SetStr(e.(string))
			}
		default:
			panic(fmt.Sprintf("load: attribute %s is a %T", k, v))
		}
	}
}

// findSlots finds the marks in d and puts zeros there.
func (d *document) findSlots(templates []spanTemplate) {
	find := func(pattern []byte, kind slotKind, arg int) {
		for at := 0; ; {
			i := bytes.Index(d.text[at:], pattern)
			if i < 0 {
				return
			}
			at += i
			d.slots = append(d.slots, slot{at, kind, arg})
			clear(d.text[at : at+len(pattern)])
			at += len(pattern)
		}
	}
	find(traceMark[:], slotTraceBytes, 0)
	for n := range SpansPerTrace {
		id := idMark(n)
		find(id[:], slotIDBytes, n)
	}
	for i := range templates {
		for _, ms := range []float64{templates[i].From, templates[i].To, templates[i].exceptionAt()} {
			find(binary.LittleEndian.AppendUint64(nil, uint64(timeMark(ms))), slotNanos, int(math.Round(ms*1000)))
		}
	}
	find(binary.LittleEndian.AppendUint64(nil, math.Float64bits(amountMark)), slotAmountBytes, 0)
	for _, kind := range []slotKind{slotCustomer, slotItem, slotOrder, slotRegion, slotRequest} {
		find([]byte(textMark(kind)), kind, 0)
	}
	slices.SortFunc(d.slots, func(a, b slot) int { return a.at - b.at })
}
