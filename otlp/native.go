package otlp

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/radiograph/radiograph/segment"
)

// ScopeName is the name of the scope of spans that were made from segments of
// X-Ray. An [Encoder] takes from their attributes what the segments said, and
// derives nothing.
const ScopeName = "github.com/radiograph/radiograph/otlp"

// nativeScope is the scope as an object; see scope.
const nativeScope = `{"` + memberName + `":"` + ScopeName + `"}`

// nativeResource is a resource as segments of X-Ray said it.
type nativeResource struct {
	origin      string
	aws         segment.Raw
	service     segment.Raw
	members     []byte // what was added since, as resource.members
	annotations []segment.Annotation
	inexact     bool
}

// nativeOf returns the resource of the node at hand as segments said it.
func (e *Encoder) nativeOf() *nativeResource {
	r := e.resource
	if r.native == nil {
		r.native = e.newNative(e.traces.ResourceSpans().At(e.index.Resource).Resource().Attributes())
	}
	return r.native
}

func (e *Encoder) newNative(attrs pcommon.Map) *nativeResource {
	attrs = copyOf(attrs)
	d := describe(attrs)
	n := &nativeResource{origin: d.str(names[xrayOrigin])}
	if n.origin == "" {
		n.origin = d.origin()
	}
	n.aws = patched(d.whole(e.opts.LogGroups), segment.Raw(d.str(names[xrayAWS])))
	n.service = patched(d.service(), segment.Raw(d.str(names[xrayService])))
	var w values
	for k, v := range attrs.All() {
		if nativeNames[k] {
			continue
		}
		if e.indexes(prefixResource, k) {
			if value, ok := annotationValue(v); ok {
				n.annotations = putAnnotation(n.annotations, string(appendAnnotationKey(nil, prefixResource, k)), value)
				continue
			}
		}
		if len(n.members) > 0 {
			n.members = append(n.members, ',')
		}
		n.members = append(w.text(n.members, prefixResource+k), ':')
		n.members = w.value(n.members, v)
	}
	n.inexact = w.inexact
	return n
}

// whole returns the object "aws" with the account.
func (d description) whole(logGroups []string) segment.Raw {
	account, rest := d.account(), d.aws(logGroups)
	if account == "" {
		return rest
	}
	return object(func(b []byte) []byte {
		b = appendMember(b, "account_id", account)
		if rest != nil {
			b = append(append(b, ','), rest[1:len(rest)-1]...)
		}
		return b
	})
}

// fromSegment fills in what a span that was made from a segment says.
func (e *Encoder) fromSegment(outer *node) {
	s, a := e.out, &e.attributes
	if s.Name = e.span.Name(); s.Name == "" {
		s.Name = unnamed
	}
	e.nativeTimes()
	e.nativeNamespace()
	e.flags()
	e.user()
	s.Traced, _ = a.flag(xrayTraced)
	a.use(xrayTraced)
	e.nativeHTTP()
	e.nativeSQL()
	e.nativeAWS()
	e.nativeCause()
	e.linked()
	e.nativePrecursors()
	s.Origin, s.ResourceARN = a.take(xrayOrigin), a.take(xrayResourceARN)
	s.Service = e.objectIn(xrayService)
	if s.Kind == segment.KindSegment {
		e.nativeProcess()
	}
	e.nativeAnnotations(outer)
	s.Metadata = e.nativeMetadata(outer)
}

// nativeProcess adds what the segment says of its process.
func (e *Encoder) nativeProcess() {
	s, n := e.out, e.nativeOf()
	if s.Origin == "" {
		s.Origin = n.origin
	}
	if s.ResourceARN == "" {
		s.ResourceARN = e.resource.arn
	}
	if s.Service == nil {
		s.Service = n.service
	}
	e.addProcess("", n.aws)
}

// nativeTimes sets the times. Those before 1970 have no timestamp.
func (e *Encoder) nativeTimes() {
	s, a := e.out, &e.attributes
	e.times()
	s.InProgress, _ = a.flag(xrayInProgress)
	if !s.InProgress {
		s.EndTime = int64(min(uint64(e.span.EndTimestamp()), maxTime))
	}
	if t, ok := a.takeInteger(xrayStartTime); ok {
		s.StartTime = max(t, -maxTime)
	}
	if t, ok := a.takeInteger(xrayEndTime); ok && !s.InProgress {
		s.EndTime = max(t, -maxTime)
	}
}

func (e *Encoder) nativeNamespace() {
	s, a := e.out, &e.attributes
	if ns := a.take(xrayNamespace); ns != "" {
		s.Namespace = ns
		return
	}
	system, k := a.either(rpcSystem, rpcSystemName)
	service := a.take(awsService)
	if s.Kind == segment.KindSegment || !e.called() {
		return
	}
	if s.Namespace = segment.NamespaceRemote; service != "" || system == systemAWS {
		s.Namespace = segment.NamespaceAWS
		a.use(k)
		if service != "" || a.str(rpcService) == s.Name {
			a.use(rpcService)
		}
	}
}
