package otlpapi

import (
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// zipkinTraces translates spans, the ones of a service together, by OpenTelemetry's
// mapping for Zipkin, read backwards. Spans that cannot be translated are refused.
// Source: https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/.
func zipkinTraces(spans []zipkinSpan, refused *refusals) ptrace.Traces {
	z := zipkinBatch{td: ptrace.NewTraces(), shared: map[zipkinShared]bool{}, services: map[zipkinService]ptrace.SpanSlice{}}
	for i := range spans {
		if s := &spans[i]; s.Shared && s.Kind == kindServer {
			z.shared[zipkinShared{s.TraceID, s.ID, s.LocalEndpoint.ServiceName}] = true
		}
	}
	for i := range spans {
		if reason := z.add(&spans[i]); reason != "" {
			refused.add(reasonInvalid, reason, 1)
		}
	}
	return z.td
}

// zipkinBatch is the spans of one request.
type zipkinBatch struct {
	td       ptrace.Traces
	shared   map[zipkinShared]bool
	services map[zipkinService]ptrace.SpanSlice
}

// zipkinShared is the server's half of a span that client and server share.
type zipkinShared struct {
	trace   zipkinTraceID
	id      zipkinSpanID
	service string
}

// zipkinService is what spans have in common that belong together.
type zipkinService struct{ name, scope, scopeVersion string }

const kindServer = "SERVER"

// add translates s. It returns the reason when it cannot.
func (z *zipkinBatch) add(s *zipkinSpan) (reason string) {
	start := s.Timestamp
	if start == 0 { // late or cut off: the annotations tell when
		for _, a := range s.Annotations {
			if start == 0 || a.Timestamp < start {
				start = a.Timestamp
			}
		}
	}
	const most = 1<<63/1000 - 1 // in µs: what nanoseconds can hold
	switch {
	case start == 0:
		return "a span has no timestamp"
	case start > most || s.Duration > most-start:
		return "a timestamp is out of range"
	}
	span := z.spans(s).AppendEmpty()
	span.SetStartTimestamp(pcommon.Timestamp(start * 1000))
	span.SetEndTimestamp(pcommon.Timestamp((start + s.Duration) * 1000))
	span.SetTraceID(pcommon.TraceID(s.TraceID))
	z.identify(span, s)
	span.SetName(s.Name)
	span.SetKind(spanKind(s.Kind))
	addTags(span, s.Tags)
	addEndpoints(span, s)
	for _, a := range s.Annotations {
		addAnnotation(span.Events().AppendEmpty(), a)
	}
	return ""
}

// spanKind returns the kind with Zipkin's name. Work without a kind is local.
func spanKind(name string) ptrace.SpanKind {
	switch name {
	case "CLIENT":
		return ptrace.SpanKindClient
	case kindServer:
		return ptrace.SpanKindServer
	case "PRODUCER":
		return ptrace.SpanKindProducer
	case "CONSUMER":
		return ptrace.SpanKindConsumer
	}
	return ptrace.SpanKindInternal
}

// identify sets the ids. Client and server can share a span id in Zipkin, which
// OpenTelemetry and X-Ray do not know: the server's half gets an id of its own, always
// the same, and the client's half becomes its parent. So do the server's own spans
// below it, as far as they are in the same request; later ones cannot be told from
// the client's.
func (z *zipkinBatch) identify(span ptrace.Span, s *zipkinSpan) {
	id, parent := s.ID, s.ParentID
	switch service := s.LocalEndpoint.ServiceName; {
	case s.Shared && s.Kind == kindServer:
		id, parent = s.serverID(s.ID), s.ID
	case z.shared[zipkinShared{s.TraceID, parent, service}]:
		parent = s.serverID(parent)
	}
	span.SetSpanID(pcommon.SpanID(id))
	span.SetParentSpanID(pcommon.SpanID(parent))
}

// serverID is the id of the server's half of a shared span. It depends on trace and
// span alone.
func (s *zipkinSpan) serverID(shared zipkinSpanID) (id zipkinSpanID) {
	h := fnv.New64a()
	_, _ = h.Write(s.TraceID[:]) // never fails
	_, _ = h.Write(shared[:])
	_, _ = h.Write([]byte(kindServer))
	h.Sum(id[:0])
	return id
}

// spans returns the place for s.
func (z *zipkinBatch) spans(s *zipkinSpan) ptrace.SpanSlice {
	key := zipkinService{s.LocalEndpoint.ServiceName, s.Tags["otel.scope.name"], s.Tags["otel.scope.version"]}
	if key.scope == "" {
		key.scope, key.scopeVersion = s.Tags["otel.library.name"], s.Tags["otel.library.version"]
	}
	if spans, ok := z.services[key]; ok {
		return spans
	}
	rs := z.td.ResourceSpans().AppendEmpty()
	if key.name != "" {
		rs.Resource().Attributes().PutStr("service.name", key.name)
	}
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName(key.scope)
	ss.Scope().SetVersion(key.scopeVersion)
	z.services[key] = ss.Spans()
	return ss.Spans()
}

// addTags makes attributes of tags, and the status of those that mean it.
func addTags(span ptrace.Span, tags map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		value := tags[key]
		switch key {
		case "otel.scope.name", "otel.scope.version", "otel.library.name", "otel.library.version":
		case "otel.status_code":
			switch value {
			case "OK":
				span.Status().SetCode(ptrace.StatusCodeOk)
			case "ERROR":
				span.Status().SetCode(ptrace.StatusCodeError)
			}
		case "error": // its value, if it has one, says what went wrong
			if value == "false" {
				continue
			}
			span.Status().SetCode(ptrace.StatusCodeError)
			if value != "true" {
				span.Status().SetMessage(value)
			}
		case "span.kind":
			if value != "internal" {
				span.Attributes().PutStr(key, value)
			}
		case "http.status_code", "http.response.status_code", "rpc.grpc.status_code":
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				span.Attributes().PutInt(key, n)
				continue
			}
			span.Attributes().PutStr(key, value)
		case "http.path": // Zipkin's own; the rest of the old names are OpenTelemetry's, too
			span.Attributes().PutStr("url.path", value)
		default:
			span.Attributes().PutStr(key, value)
		}
	}
}

// addEndpoints adds who called whom.
func addEndpoints(span ptrace.Span, s *zipkinSpan) {
	put := func(key, value string) {
		if _, known := span.Attributes().Get(key); value != "" && !known {
			span.Attributes().PutStr(key, value)
		}
	}
	putPort := func(key string, port int64) {
		if _, known := span.Attributes().Get(key); port > 0 && !known {
			span.Attributes().PutInt(key, port)
		}
	}
	put("network.local.address", s.LocalEndpoint.address())
	putPort("network.local.port", s.LocalEndpoint.Port)
	remote := &s.RemoteEndpoint
	put("peer.service", remote.ServiceName)
	put("network.peer.address", remote.address())
	putPort("network.peer.port", remote.Port)
	if kind := span.Kind(); kind == ptrace.SpanKindClient || kind == ptrace.SpanKindProducer {
		put("server.address", remote.address())
		putPort("server.port", remote.Port)
	} else {
		put("client.address", remote.address())
	}
}

// addAnnotation makes an event of a. OpenTelemetry writes an event with attributes as
// "name": {attributes}.
func addAnnotation(event ptrace.SpanEvent, a zipkinAnnotation) {
	event.SetTimestamp(pcommon.Timestamp(min(a.Timestamp, 1<<63/1000) * 1000))
	event.SetName(a.Value)
	if !strings.HasPrefix(a.Value, `"`) || !strings.HasSuffix(a.Value, "}") {
		return
	}
	var named map[string]map[string]any
	if err := json.Unmarshal([]byte("{"+a.Value+"}"), &named); err != nil || len(named) != 1 {
		return
	}
	for name, attributes := range named {
		if event.Attributes().FromRaw(attributes) == nil {
			event.SetName(name)
		}
	}
}
