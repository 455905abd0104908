package otlp

import (
	"bytes"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
)

// metadata returns the metadata of a span of OpenTelemetry, and gives that of the
// process to the segment around it if there is one.
func (e *Encoder) metadata(outer *node, around *segment.Segment) segment.Raw {
	complete := e.hasDefault()
	segmentOfSpan := e.out.Kind == segment.KindSegment
	if around != nil {
		e.process(around)
	}
	var w values
	b := append(e.texts.Open(1024), '{')
	b = append(append(b, `"`+namespaceDefault+`":`...), '{')
	start := len(b)
	if segmentOfSpan {
		b = append(b, e.resource.members...)
	}
	b = e.appendUnused(&w, b)
	if complete {
		b = e.appendDefault(b)
	}
	if len(b) == start {
		b = b[:1]
	} else {
		b = append(b, '}')
	}
	b = e.appendNamespaces(b)
	b = append(appendName(b, namespaceOTLP), envelopeVersion...)
	at := len(b)
	b = e.appendIdentity(&w, b, around)
	b = e.appendUsed(&w, b, complete)
	b = e.appendEvents(&w, b, false)
	b = e.appendStatus(&w, b)
	b = e.appendLinkDetails(&w, b, around)
	b = e.appendContext(b, outer, around, complete)
	b = e.appendRest(&w, b)
	if w.inexact || e.linksInexact || e.attributes.repeated || e.resource.inexact || e.scopes[e.scope].inexact {
		b = e.appendSpan(b[:at])
	}
	return segment.Raw(e.texts.Close(append(b, '}', '}')))
}

// process fills in the segment around a call: the service as far as it is known.
func (e *Encoder) process(around *segment.Segment) {
	r := e.resource
	call := e.out
	e.out = around
	around.Name = e.clean(e.serviceName())
	around.StartTime, around.EndTime, around.InProgress = call.StartTime, call.EndTime, call.InProgress
	around.Error, around.Fault, around.Throttle = call.Error, call.Fault, call.Throttle
	around.Origin, around.Service, around.ResourceARN, around.User = r.origin, r.service, r.arn, call.User
	e.addProcess(r.account, r.aws)
	around.Annotations = r.annotations
	if e.kind == ptrace.SpanKindConsumer {
		around.Links, call.Links = call.Links, nil
	}
	e.out = call
	b := append(e.texts.Open(len(r.members)+64), '{')
	if len(r.members) > 0 {
		b = append(append(append(b, `"`+namespaceDefault+`":{`...), r.members...), '}')
	}
	b = append(appendName(b, namespaceOTLP), envelopeVersion+`,"`+memberSynthetic+`":true`...)
	if r.about != nil {
		b = append(appendName(b, memberResource), r.about...)
	}
	around.Metadata = segment.Raw(e.texts.Close(append(b, '}', '}')))
}

// hasDefault reports whether the span brings members of the namespace "default"
// from elsewhere, so that it cannot say which attributes it has. It also tells which
// aws.xray.metadata.<namespace> become namespaces.
func (e *Encoder) hasDefault() bool {
	if !e.attributes.has(xrayMetadata) {
		return false
	}
	found := false
	for i := range e.attributes.list {
		x := &e.attributes.list[i]
		if x.key != xrayMetadata || x.name == prefixMetadata+namespaceOTLP || x.value.Type() != pcommon.ValueTypeStr {
			continue
		}
		if x.used = isObject(x.value.Str()); x.used && x.name == prefixMetadata+namespaceDefault {
			found = true
		}
	}
	return found
}

// maxMetadataDepth bounds the nesting of metadata that came as text.
const maxMetadataDepth = 700

// isObject reports whether text is a JSON object.
func isObject(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	return strings.HasPrefix(text, "{") && segment.IsJSON([]byte(text), maxMetadataDepth)
}

// appendNamespaces appends the namespaces that aws.xray.metadata.<namespace> hold.
func (e *Encoder) appendNamespaces(b []byte) []byte {
	if !e.attributes.has(xrayMetadata) {
		return b
	}
	var w values // the attribute itself is kept where it must read as it was
	for i := range e.attributes.list {
		x := &e.attributes.list[i]
		if x.key != xrayMetadata || !x.used || x.name == prefixMetadata+namespaceDefault {
			continue
		}
		b = w.key(b, x.name[len(prefixMetadata):])
		b, _ = segment.AppendCompact(b, []byte(x.value.Str()), maxMetadataDepth)
	}
	return b
}

// appendDefault appends the members of aws.xray.metadata.default.
func (e *Encoder) appendDefault(b []byte) []byte {
	for i := range e.attributes.list {
		x := &e.attributes.list[i]
		if x.key != xrayMetadata || !x.used || x.name != prefixMetadata+namespaceDefault {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		at := len(b)
		b, _ = segment.AppendCompact(b, []byte(x.value.Str()), maxMetadataDepth)
		b = append(b[:at], b[at+1:len(b)-1]...)
		b = bytes.TrimSuffix(b, []byte{','})
	}
	return b
}

// shown reports whether x is in the namespace "default" under its own key.
func (x *attribute) shown() bool {
	return !x.used && !x.annotated && !strings.HasPrefix(x.name, prefixResource)
}

// appendUnused appends the attributes that no native field took.
func (e *Encoder) appendUnused(w *values, b []byte) []byte {
	for i := range e.attributes.list {
		if x := &e.attributes.list[i]; x.shown() {
			if b[len(b)-1] != '{' {
				b = append(b, ',')
			}
			b = append(w.text(b, x.name), ':')
			b = w.value(b, x.value)
		}
	}
	return b
}

// appendUsed appends the other attributes, or all.
func (e *Encoder) appendUsed(w *values, b []byte, all bool) []byte {
	if all {
		b = append(appendName(b, memberComplete), "true"...)
	}
	open := false
	for i := range e.attributes.list {
		x := &e.attributes.list[i]
		if !all && x.shown() {
			continue
		}
		if !open {
			b = append(appendName(b, memberAttributes), '{')
			open = true
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(w.text(b, x.name), ':')
		b = w.value(b, x.value)
	}
	if open {
		b = append(b, '}')
	}
	return b
}
