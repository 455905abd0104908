package otlp

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
)

// awsParts is the object "aws" taken apart. The parts share its memory.
type awsParts struct {
	process []rawMember // see processMembers
	call    []rawMember
}

type rawMember struct {
	name  string
	value segment.Raw
}

// take takes the object "aws" of s apart.
func (p *awsParts) take(r *segment.Reader, s *segment.Segment, b []byte) []byte {
	p.process, p.call = p.process[:0], p.call[:0]
	if s.AWS == nil {
		return b
	}
	raw := s.AWS.Raw
	if raw == nil {
		b = s.AWS.AppendObject(b[:0])
		raw = b
	}
	r.Reset(raw)
	for ok := r.Object(); ok; ok = r.Member() {
		name := r.Key()
		m := rawMember{name, r.Raw()}
		if s.Kind == segment.KindSegment && processMembers[name] {
			p.process = append(p.process, m)
		} else {
			p.call = append(p.call, m)
		}
	}
	return b
}

// native adds the span of a segment that comes from X-Ray, and returns where what
// is embedded in it belongs.
func (b *Builder) native(s *segment.Segment, outer *place) place {
	b.awsText = b.aws.take(&b.parts, s, b.awsText)
	at := place{scope: []byte(nativeScope)}
	if outer != nil {
		at.process = outer.process
	}
	if b.env.scope != nil {
		at.scope = b.env.scope
	}
	switch {
	case s.Kind == segment.KindSegment:
		at.process = b.nativeProcess(s)
	case outer == nil:
		at.process = b.resourceIn(nil, nil)
	}
	span := b.span(at)
	span.SetTraceID(pcommon.TraceID(s.TraceID))
	span.SetSpanID(pcommon.SpanID(s.ID))
	span.SetParentSpanID(pcommon.SpanID(s.ParentID))
	span.SetName(b.copy(s.Name))
	span.SetKind(kindIn(b.env.kind, s))
	code, message := statusOf(s)
	span.Status().SetCode(code)
	span.Status().SetMessage(b.copy(message))
	b.put.begin()
	b.lists.Reset()
	b.nativeTimes(span, s)
	b.nativeFlags(s)
	b.nativeHTTP(s)
	b.nativeSQL(s)
	b.nativeCall(s)
	b.nativeCause(span, s)
	b.nativeMetadata(s)
	b.nativeAnnotations(s)
	b.put.end(span.Attributes())
	if b.env.there {
		b.restoreRest(span, s, false)
	} else if len(s.Links) > 0 {
		b.restoreLinks(span.Links(), s.Links, nil, false)
	}
	return at
}

// name returns the name of the attribute in the conventions of the Builder.
func (b *Builder) name(current, old key) string {
	if b.conventions == OldConventions {
		return names[old]
	}
	return names[current]
}

// str adds a string that is not empty.
func (b *Builder) str(name, value string) {
	if value != "" {
		b.put.str(name, b.copy(value))
	}
}

// nativeTimes sets the times. Those before 1970 have no timestamp.
func (b *Builder) nativeTimes(span ptrace.Span, s *segment.Segment) {
	span.SetStartTimestamp(pcommon.Timestamp(max(0, s.StartTime)))
	if s.StartTime < 0 {
		b.put.integer(names[xrayStartTime], s.StartTime)
	}
	if s.InProgress {
		b.put.flag(names[xrayInProgress], true)
		return
	}
	span.SetEndTimestamp(pcommon.Timestamp(max(0, s.EndTime)))
	if s.EndTime < 0 {
		b.put.integer(names[xrayEndTime], s.EndTime)
	}
}

func (b *Builder) tri(k key, v segment.Tri) {
	if v != segment.Unset {
		b.put.flag(names[k], v == segment.True)
	}
}

// nativeFlags adds the flags and what is one string.
func (b *Builder) nativeFlags(s *segment.Segment) {
	b.tri(xrayError, s.Error)
	b.tri(xrayFault, s.Fault)
	b.tri(xrayThrottle, s.Throttle)
	if s.Traced {
		b.put.flag(names[xrayTraced], true)
	}
	b.str(names[enduserID], s.User)
	if s.Kind == segment.KindSubsegment {
		b.str(names[xrayOrigin], s.Origin)
		b.str(names[xrayResourceARN], s.ResourceARN)
		if s.Service != nil {
			b.put.str(names[xrayService], b.text(s.Service))
		}
	}
	switch {
	case s.Namespace == "":
	case !s.IsCall():
		b.str(names[xrayNamespace], s.Namespace)
	case s.Namespace == segment.NamespaceAWS && b.conventions == OldConventions:
		b.str(names[awsService], s.Name)
	case s.Namespace == segment.NamespaceAWS:
		b.put.str(names[rpcSystem], systemAWS)
		b.str(names[rpcService], s.Name)
	}
	if len(s.Precursors) > 0 {
		begin := b.lists.Begin()
		for _, id := range s.Precursors {
			b.lists.Add(b.texts.CloseString(id.AppendText(b.texts.Open(2 * len(id)))))
		}
		b.put.strings(names[xrayPrecursors], b.lists.End(begin))
	}
}

func (b *Builder) nativeHTTP(s *segment.Segment) {
	h := s.HTTP
	if h == nil {
		return
	}
	b.str(b.name(httpRequestMethod, httpMethod), h.Method)
	b.str(b.name(urlFull, httpURL), h.URL)
	b.str(b.name(userAgentOriginal, httpUserAgent), h.UserAgent)
	b.str(b.name(clientAddress, httpClientIP), h.ClientIP)
	b.tri(xrayXForwardedFor, h.XForwardedFor)
	if h.Status != 0 {
		b.put.integer(b.name(httpResponseStatusCode, httpStatusCode), int64(h.Status))
	}
	if h.HasContentLength {
		b.put.integer(b.name(httpResponseBodySize, httpResponseContentLength), h.ContentLength)
	}
	request := h.Method != "" || h.URL != "" || h.UserAgent != "" || h.ClientIP != "" || h.XForwardedFor != segment.Unset
	response := h.Status != 0 || h.HasContentLength
	switch lacksRequest, lacksResponse := h.HasRequest && !request, h.HasResponse && !response; {
	case lacksRequest && lacksResponse:
		b.put.str(names[xrayHTTP], `{"request":{},"response":{}}`)
	case lacksRequest:
		b.put.str(names[xrayHTTP], `{"request":{}}`)
	case lacksResponse:
		b.put.str(names[xrayHTTP], `{"response":{}}`)
	case !request && !response:
		b.put.str(names[xrayHTTP], `{}`)
	}
}

func (b *Builder) nativeSQL(s *segment.Segment) {
	q := s.SQL
	if q == nil {
		return
	}
	if *q == (segment.SQL{}) {
		b.put.str(names[xraySQL], "{}")
		return
	}
	connection, name := splitDatabaseURL(q.URL)
	b.str(names[dbConnectionString], connection)
	b.str(b.name(dbNamespace, dbName), name)
	if name != "" && len(connection)+1+len(name) != len(q.URL) {
		b.str(names[xraySQLURL], q.URL)
	}
	b.str(b.name(dbSystemName, dbSystem), q.DatabaseType)
	b.str(b.name(dbQueryText, dbStatement), q.SanitizedQuery)
	b.str(names[dbUser], q.User)
	b.str(names[xraySQLConnectionString], q.ConnectionString)
	b.str(names[xraySQLDatabaseVersion], q.DatabaseVersion)
	b.str(names[xraySQLDriverVersion], q.DriverVersion)
	b.str(names[xraySQLPreparation], q.Preparation)
}

// nativeCall adds what "aws" says of one request.
func (b *Builder) nativeCall(s *segment.Segment) {
	if s.AWS == nil {
		return
	}
	rest := append(b.scratch[:0], '{')
	for i := range b.aws.call {
		m := &b.aws.call[i]
		if b.homed(m) {
			continue
		}
		rest = append(append(segment.AppendString(separate(rest), m.name), ':'), m.value...)
	}
	b.scratch = rest
	if len(rest) > 1 {
		b.put.str(names[xrayAWS], b.text(append(rest, '}')))
	}
}

// homed adds a member of "aws" as an attribute of its own, if it has one.
func (b *Builder) homed(m *rawMember) bool {
	switch c := m.value[0]; {
	case c == '"':
		for i := range awsHomes {
			if h := &awsHomes[i]; h.member == m.name {
				b.inner.Reset(m.value)
				b.put.str(b.name(h.current, h.old), b.copy(b.inner.String()))
				return true
			}
		}
	case m.name == memberRetries:
		if n, err := strconv.ParseInt(string(m.value), 10, 64); err == nil {
			b.put.integer(names[xrayRetries], n)
			return true
		}
	case m.name == memberTableNames && c == '[':
		b.inner.Reset(m.value)
		begin, plain := b.lists.Begin(), true
		for ok := b.inner.Array(); ok; ok = b.inner.Element() {
			s, isText := b.inner.Text()
			plain = plain && isText
			b.lists.Add(b.copy(s))
		}
		if list := b.lists.End(begin); plain && len(list) > 0 {
			b.put.strings(names[awsDynamoDBTableNames], list)
			return true
		}
	}
	return false
}

// nativeCause adds the exceptions as events, and what else a cause says as
// attributes.
func (b *Builder) nativeCause(span ptrace.Span, s *segment.Segment) {
	c := s.Cause
	if c == nil {
		return
	}
	switch {
	case c.ReferenceObject:
		b.put.str(names[xrayCause], `{"`+memberID+`":"`+c.Reference+`"}`)
	case c.Reference != "":
		b.str(names[xrayCause], c.Reference)
	case c.WorkingDirectory == "" && len(c.Paths) == 0 && len(c.Exceptions) == 0:
		b.put.str(names[xrayCause], "{}")
	}
	b.str(names[xrayCauseWorkingDirectory], c.WorkingDirectory)
	if len(c.Paths) > 0 {
		begin := b.lists.Begin()
		for _, p := range c.Paths {
			b.lists.Add(b.copy(p))
		}
		b.put.strings(names[xrayCausePaths], b.lists.End(begin))
	}
	at := s.EndTime
	if s.InProgress {
		at = s.StartTime
	}
	for i := range c.Exceptions {
		b.nativeException(span.Events().AppendEmpty(), &c.Exceptions[i], at)
	}
}

// nativeException fills in the event of an exception.
func (b *Builder) nativeException(ev ptrace.SpanEvent, x *segment.Exception, at int64) {
	ev.SetName(eventException)
	ev.SetTimestamp(pcommon.Timestamp(max(0, at)))
	m := ev.Attributes()
	m.EnsureCapacity(5)
	m.PutStr(exceptionID, b.copy(x.ID))
	put := func(name, value string) {
		if value != "" {
			m.PutStr(name, b.copy(value))
		}
	}
	put(exceptionType, x.Type)
	put(exceptionMessage, x.Message)
	put(exceptionCause, x.Cause)
	if x.Remote {
		m.PutBool(exceptionRemote, true)
	}
	if x.Truncated != 0 {
		m.PutInt(exceptionTruncated, int64(x.Truncated))
	}
	if x.Skipped != 0 {
		m.PutInt(exceptionSkipped, int64(x.Skipped))
	}
	if len(x.Stack) == 0 {
		return
	}
	m.PutStr(exceptionStacktrace, b.text(b.stackText(x)))
	if !readable(x.Stack) {
		m.PutStr(exceptionStack, b.text(b.stackObject(x.Stack)))
	}
}

// stackText returns the stack as Java prints it, which xrayStack reads.
func (b *Builder) stackText(x *segment.Exception) []byte {
	t := append(b.scratch[:0], x.Type...)
	t = append(append(t, ": "...), x.Message...)
	t = append(t, '\n')
	for i := range x.Stack {
		f := &x.Stack[i]
		t = append(append(t, "\tat "...), f.Label...)
		t = append(append(t, '('), f.Path...)
		t = appendInteger(append(t, ": "...), int64(f.Line))
		t = append(t, ')', '\n')
	}
	b.scratch = t
	return t
}

// readable reports whether the frames read from their text as they are.
func readable(stack []segment.Frame) bool {
	for i := range stack {
		if strings.ContainsAny(stack[i].Label, "\r\n") || strings.ContainsAny(stack[i].Path, "(\r\n") {
			return false
		}
	}
	return true
}

// stackObject returns the frames as JSON.
func (b *Builder) stackObject(stack []segment.Frame) []byte {
	t := append(b.scratch[:0], '[')
	for i := range stack {
		if i > 0 {
			t = append(t, ',')
		}
		t = segment.AppendString(appendName(append(t, '{'), "path"), stack[i].Path)
		t = appendInteger(appendName(t, "line"), int64(stack[i].Line))
		t = segment.AppendString(appendName(t, "label"), stack[i].Label)
		t = append(t, '}')
	}
	b.scratch = append(t, ']')
	return b.scratch
}

// nativeMetadata adds each namespace as JSON.
func (b *Builder) nativeMetadata(s *segment.Segment) {
	if s.Metadata == nil {
		return
	}
	r := &b.inner
	r.Reset(s.Metadata)
	for ok := r.Object(); ok; ok = r.Member() {
		ns := r.Key()
		name := b.texts.CloseString(append(append(b.texts.Open(len(prefixMetadata)+len(ns)), prefixMetadata...), ns...))
		raw := r.Raw()
		if ns == namespaceOTLP && b.env.there {
			if raw = b.env.metadata; raw == nil {
				continue
			}
		}
		b.put.str(name, b.text(raw))
	}
}

// nativeAnnotations adds each annotation, and their keys in order.
func (b *Builder) nativeAnnotations(s *segment.Segment) {
	if len(s.Annotations) == 0 {
		return
	}
	begin := b.lists.Begin()
	for i := range s.Annotations {
		x := &s.Annotations[i]
		key := b.copy(x.Key)
		b.lists.Add(key)
		if reservedKey(key) {
			key = b.texts.CloseString(append(append(b.texts.Open(len(prefixAnnotation)+len(key)), prefixAnnotation...), key...))
		}
		switch x.Value.Kind {
		case segment.StringValue:
			b.put.str(key, b.copy(x.Value.String))
		case segment.NumberValue:
			b.put.double(key, x.Value.Number)
		case segment.BooleanValue:
			b.put.flag(key, x.Value.Bool)
		}
	}
	b.put.strings(names[xrayAnnotations], b.lists.End(begin))
}
