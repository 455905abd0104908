package load

import "google.golang.org/protobuf/encoding/protowire"

// AppendSpans appends the spans of traces as an OTLP ExportTraceServiceRequest in
// protobuf: the spans of a service are together, as its SDK or a collector sends them.
func (g *Generator) AppendSpans(dst []byte, traces []Trace) []byte {
	rendered := renderedSpans()
	for service := range DocumentsPerTrace {
		model := &rendered[0][service]
		size := len(model.resource)
		for scope := range model.scopes {
			n := scopeSize(rendered, traces, service, scope)
			size += protowire.SizeTag(2) + protowire.SizeBytes(n)
		}
		dst = protowire.AppendTag(dst, 1, protowire.BytesType) // resource_spans
		dst = protowire.AppendVarint(dst, uint64(size))
		dst = append(dst, model.resource...)
		for scope := range model.scopes {
			dst = protowire.AppendTag(dst, 2, protowire.BytesType) // scope_spans
			dst = protowire.AppendVarint(dst, uint64(scopeSize(rendered, traces, service, scope)))
			dst = append(dst, model.scopes[scope].scope...)
			for i := range traces {
				dst = g.fill(dst, &traces[i], &rendered[traces[i].scenario][service].scopes[scope].spans)
			}
		}
	}
	return dst
}

// scopeSize is the size of a ScopeSpans with the spans of traces. Services have the
// same scopes in every scenario.
func scopeSize(rendered [][]spanRendering, traces []Trace, service, scope int) int {
	size := len(rendered[0][service].scopes[scope].scope)
	for i := range traces {
		size += len(rendered[traces[i].scenario][service].scopes[scope].spans.text)
	}
	return size
}
