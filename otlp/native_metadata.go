package otlp

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
)

// nativeAnnotations sets the annotations: those of the segment in their order,
// then those that the options ask for.
func (e *Encoder) nativeAnnotations(outer *node) {
	a := &e.attributes
	begin := e.annotations.Begin()
	if x := a.get(xrayAnnotations); x != nil {
		x.used = true
		e.listed = stringsOf(x.value, e.listed[:0])
		e.findListed()
	}
	if e.opts.IndexAllAttributes || len(e.indexed) > 0 {
		for i := range a.list {
			x := &a.list[i]
			if x.used || x.annotated || x.key == xrayMetadata || !e.indexes("", x.name) {
				continue
			}
			if v, ok := annotationValue(x.value); ok {
				x.annotated = true
				e.addAnnotation(begin, segment.Annotation{Key: e.annotationKey("", x.name), Value: v})
			}
		}
		if outer == nil {
			for _, x := range e.nativeOf().annotations {
				e.addAnnotation(begin, x)
			}
		}
	}
	e.out.Annotations = e.annotations.End(begin)
}

// findListed adds the annotations that the segment had.
func (e *Encoder) findListed() {
	a := &e.attributes
	var at map[string]int
	if len(e.listed)*len(a.list) > 4096 {
		at = make(map[string]int, len(a.list))
		for i := range a.list {
			at[a.list[i].name] = i
		}
	}
	for _, key := range e.listed {
		i := e.findAnnotation(at, key)
		if i < 0 {
			continue
		}
		if v, ok := annotationValue(a.list[i].value); ok {
			a.list[i].annotated = true
			e.annotations.Add(segment.Annotation{Key: key, Value: v})
		}
	}
}

// findAnnotation returns the index of the attribute that is the annotation key, -1
// if there is none.
func (e *Encoder) findAnnotation(at map[string]int, key string) int {
	list := e.attributes.list
	own := !reservedKey(key)
	if at != nil {
		name := key
		if !own {
			name = prefixAnnotation + key
		}
		if i, ok := at[name]; ok {
			return i
		}
		return -1
	}
	for i := range list {
		x := &list[i]
		if own && x.name == key {
			return i
		}
		if !own && x.key == xrayAnnotation && x.name[len(prefixAnnotation):] == key {
			return i
		}
	}
	return -1
}

// reservedKey reports whether an attribute named key would be taken for something
// else than an annotation.
func reservedKey(key string) bool {
	return keyNamed(key) != unknown || len(key) >= len(prefixXRay) && key[:len(prefixXRay)] == prefixXRay
}

// nativeMetadata returns the metadata of the segment, with what was added since.
func (e *Encoder) nativeMetadata(outer *node) segment.Raw {
	var w values
	var extra []byte
	if e.out.Kind == segment.KindSegment || outer == nil {
		n := e.nativeOf()
		extra, w.inexact = n.members, n.inexact
	}
	added := len(extra) > 0
	for i := range e.attributes.list {
		x := &e.attributes.list[i]
		if x.key == xrayMetadata && x.value.Type() == pcommon.ValueTypeStr {
			x.used = isObject(x.value.Str())
		}
		added = added || !x.used && !x.annotated
	}
	b := append(e.texts.Open(256), '{')
	b = e.appendNativeNamespaces(b, added)
	if added {
		b = e.appendNativeDefault(&w, b, extra)
	}
	b = e.appendNativeEnvelope(&w, b)
	if len(b) == 1 {
		return nil
	}
	return segment.Raw(e.texts.Close(append(b, '}')))
}

// appendNativeNamespaces appends the namespaces of the segment, but for "otlp" and,
// if something was added to it, "default".
func (e *Encoder) appendNativeNamespaces(b []byte, added bool) []byte {
	if !e.attributes.has(xrayMetadata) {
		return b
	}
	for i := range e.attributes.list {
		x := &e.attributes.list[i]
		if x.key != xrayMetadata || !x.used {
			continue
		}
		ns := x.name[len(prefixMetadata):]
		if ns == namespaceOTLP || added && ns == namespaceDefault {
			continue
		}
		b = append(segment.AppendString(separate(b), ns), ':')
		b, _ = segment.AppendCompact(b, []byte(x.value.Str()), maxMetadataDepth)
	}
	return b
}

// appendNativeDefault appends the namespace "default": that of the segment and
// what was added. An attribute replaces a member of its name.
func (e *Encoder) appendNativeDefault(w *values, b, extra []byte) []byte {
	b = append(appendName(b, namespaceDefault), '{')
	b = append(b, extra...)
	for i := range e.attributes.list {
		x := &e.attributes.list[i]
		if x.used || x.annotated {
			continue
		}
		b = append(w.text(separate(b), x.name), ':')
		b = w.value(b, x.value)
	}
	added := e.addedNames()
	for i := range e.attributes.list {
		x := &e.attributes.list[i]
		if x.key != xrayMetadata || !x.used || x.name[len(prefixMetadata):] != namespaceDefault {
			continue
		}
		e.compact, _ = segment.AppendCompact(e.compact[:0], []byte(x.value.Str()), maxMetadataDepth)
		e.reader.Reset(e.compact)
		for ok := e.reader.Object(); ok; ok = e.reader.Member() {
			k := e.reader.Key()
			at := len(b)
			b = append(segment.AppendString(separate(b), k), ':')
			replaced := e.replaces(added, k)
			if b = append(b, e.reader.Raw()...); replaced {
				b = b[:at]
			}
		}
	}
	return append(b, '}')
}

// addedNames returns the names of the attributes that were added if they are many.
func (e *Encoder) addedNames() map[string]bool {
	if len(e.attributes.list) <= fewListed {
		return nil
	}
	m := map[string]bool{}
	for i := range e.attributes.list {
		if x := &e.attributes.list[i]; !x.used && !x.annotated {
			m[x.name] = true
		}
	}
	return m
}

// replaces reports whether an attribute that was added has the name.
func (e *Encoder) replaces(added map[string]bool, name string) bool {
	if added != nil {
		return added[name]
	}
	for i := range e.attributes.list {
		if x := &e.attributes.list[i]; !x.used && !x.annotated && x.name == name {
			return true
		}
	}
	return false
}

// appendNativeEnvelope appends the namespace "otlp" if the span has what a segment
// has not, or the segment had a namespace of that name.
func (e *Encoder) appendNativeEnvelope(w *values, b []byte) []byte {
	start := len(b)
	b = append(appendName(b, namespaceOTLP), envelopeVersion+`,"`+memberNative+`":true`...)
	empty := len(b)
	s := e.out
	if e.kind != kindOf(s) && e.kind >= 0 && int(e.kind) < len(kinds) {
		b = append(append(append(appendName(b, memberKind), '"'), kinds[e.kind]...), '"')
	}
	b = e.appendEvents(w, b, true)
	if code, message := statusOf(s); code != e.span.Status().Code() || message != e.span.Status().Message() {
		b = e.appendStatusAlways(w, b)
	}
	b = e.appendLinkDetails(w, b, nil)
	if own := e.scopes[e.scope].object; string(own) != nativeScope {
		b = append(appendName(b, memberScope), own...)
	}
	b = e.appendRest(w, b)
	if w.inexact || e.linksInexact || e.attributes.repeated {
		return append(e.appendSpan(append(appendName(b[:start], namespaceOTLP), envelopeVersion...)), '}')
	}
	own, has := e.ownNamespace()
	if len(b) == empty && (!has || !isEnvelope([]byte(own))) {
		b = b[:start]
		if has {
			b, _ = segment.AppendCompact(appendName(b, namespaceOTLP), []byte(own), maxMetadataDepth)
		}
		return b
	}
	if has {
		b, _ = segment.AppendCompact(appendName(b, memberMetadata), []byte(own), maxMetadataDepth)
	}
	return append(b, '}')
}

// memberMetadata is the namespace "otlp" that the segment had.
const memberMetadata = "metadata"

// ownNamespace returns the namespace "otlp" that the segment had.
func (e *Encoder) ownNamespace() (string, bool) {
	if !e.attributes.has(xrayMetadata) {
		return "", false
	}
	for i := range e.attributes.list {
		x := &e.attributes.list[i]
		if x.key == xrayMetadata && x.name[len(prefixMetadata):] == namespaceOTLP {
			return x.value.Str(), x.used
		}
	}
	return "", false
}

// isEnvelope reports whether raw is what this package writes as the namespace
// "otlp".
func isEnvelope(raw []byte) bool {
	n := len(envelopeVersion)
	return len(raw) > n && string(raw[:n]) == envelopeVersion && (raw[n] == ',' || raw[n] == '}')
}

// appendStatusAlways appends the status although it is the default.
func (e *Encoder) appendStatusAlways(w *values, b []byte) []byte {
	if e.span.Status().Code() == ptrace.StatusCodeUnset {
		b = append(appendName(b, memberStatus), `"unset"`...)
	}
	if e.span.Status().Message() == "" {
		b = append(appendName(b, memberMessage), `""`...)
	}
	return e.appendStatus(w, b)
}
