package otlp

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
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

func (e *Encoder) nativeHTTP() {
	a := &e.attributes
	var h segment.HTTP
	h.Method = a.take(httpRequestMethod, httpMethod)
	h.URL = a.take(urlFull, httpURL)
	h.UserAgent = a.take(userAgentOriginal, httpUserAgent)
	h.ClientIP = a.take(clientAddress, httpClientIP)
	h.XForwardedFor = a.tri(xrayXForwardedFor)
	h.HasRequest = h.Method != "" || h.URL != "" || h.UserAgent != "" || h.ClientIP != "" || h.XForwardedFor != segment.Unset
	if n, ok := a.takeInteger(httpResponseStatusCode, httpStatusCode); ok {
		h.Status = count(n)
	}
	h.ContentLength, h.HasContentLength = a.takeInteger(httpResponseBodySize, httpResponseContentLength)
	h.HasResponse = h.Status != 0 || h.HasContentLength
	there := h.HasRequest || h.HasResponse
	if empty := a.take(xrayHTTP); empty != "" {
		there = true
		e.reader.Reset([]byte(empty))
		for ok := e.reader.Object(); ok; ok = e.reader.Member() {
			switch e.reader.Key() {
			case "request":
				h.HasRequest = true
			case "response":
				h.HasResponse = true
			}
			e.reader.Skip()
		}
	}
	if there {
		e.out.HTTP = e.https.One()
		*e.out.HTTP = h
	}
}

func (e *Encoder) nativeSQL() {
	a := &e.attributes
	var q segment.SQL
	q.DatabaseType = a.take(dbSystemName, dbSystem)
	q.User = a.take(dbUser)
	q.SanitizedQuery = a.take(dbQueryText, dbStatement)
	q.ConnectionString = a.take(xraySQLConnectionString)
	q.DatabaseVersion = a.take(xraySQLDatabaseVersion)
	q.DriverVersion = a.take(xraySQLDriverVersion)
	q.Preparation = a.take(xraySQLPreparation)
	q.URL = a.take(dbConnectionString)
	if name := a.take(dbNamespace, dbName); name != "" {
		if whole := a.take(xraySQLURL); whole != "" {
			if c, n := splitDatabaseURL(whole); c == q.URL && n == name {
				q.URL = whole
				name = ""
			}
		}
		if name != "" {
			b := append(e.texts.Open(len(q.URL)+len(name)+1), q.URL...)
			if len(b) > 0 {
				b = append(b, '/')
			}
			q.URL = e.texts.CloseString(append(b, name...))
		}
	}
	if a.take(xraySQL) != "" || q != (segment.SQL{}) {
		e.out.SQL = e.sqls.One()
		*e.out.SQL = q
	}
}

// splitDatabaseURL splits the URL of a database into what to connect to and the
// name of the database, "" if it has none.
func splitDatabaseURL(url string) (connection, name string) {
	rest := url
	for i := range len(url) {
		if url[i] == '?' {
			rest = url[:i]
			break
		}
	}
	slashes := -1
	for i := len(rest) - 1; i > 0; i-- {
		if rest[i] == '/' {
			slashes = i
			break
		}
	}
	if slashes <= 0 || slashes == len(rest)-1 || rest[slashes-1] == '/' {
		return url, ""
	}
	return rest[:slashes], rest[slashes+1:]
}

// awsHomes are the members of "aws" that are attributes of their own, with the
// current and the old name.
var awsHomes = [...]struct {
	member  string
	current key
	old     key
}{
	{"operation", rpcMethod, awsOperation},
	{"account_id", awsAccountID, awsAccountID},
	{"region", cloudRegion, awsRegion},
	{"request_id", awsRequestID, awsRequestID},
	{"id_2", awsExtendedRequestID, awsExtendedRequestID},
	{"queue_url", awsSQSQueueURL, awsQueueURL},
	{"table_name", awsTableName, awsTableName},
	{"bucket_name", awsS3Bucket, awsS3Bucket},
	{"key", awsS3Key, awsS3Key},
	{"topic_arn", awsSNSTopicARN, awsSNSTopicARN},
	{"function_name", faasInvokedName, faasInvokedName},
}

const (
	memberRetries    = "retries"
	memberTableNames = "table_names"
)

// nativeAWS sets "aws": the members with attributes of their own, and the rest,
// which is an object in aws.xray.aws.
func (e *Encoder) nativeAWS() {
	a := &e.attributes
	b := append(e.texts.Open(256), '{')
	for i := range awsHomes {
		h := &awsHomes[i]
		k := h.current
		if v := a.get(k); v == nil || v.value.Type() != pcommon.ValueTypeStr {
			k = h.old
		}
		if v := a.get(k); v != nil && v.value.Type() == pcommon.ValueTypeStr {
			v.used = true
			b = segment.AppendString(appendName(b, h.member), v.value.Str())
		}
	}
	if v := a.get(xrayRetries); v != nil && v.value.Type() == pcommon.ValueTypeInt {
		v.used = true
		b = appendInteger(appendName(b, memberRetries), v.value.Int())
	}
	if v := a.get(awsDynamoDBTableNames); v != nil && v.value.Type() == pcommon.ValueTypeSlice {
		v.used = true
		w := values{plain: true}
		b = w.value(appendName(b, memberTableNames), v.value)
	}
	b = e.appendResidual(b)
	if len(b) == 1 {
		return
	}
	x := e.awses.One()
	x.Raw = e.texts.Close(append(b, '}'))
	e.out.AWS = x
}

// appendResidual appends the members in aws.xray.aws, except those that are there.
func (e *Encoder) appendResidual(b []byte) []byte {
	a := &e.attributes
	text := a.str(xrayAWS)
	if text == "" || !isObject(text) {
		return b
	}
	a.use(xrayAWS)
	e.compact, _ = segment.AppendCompact(e.compact[:0], []byte(text), maxMetadataDepth)
	e.reader.Reset(e.compact)
	for ok := e.reader.Object(); ok; ok = e.reader.Member() {
		k := e.reader.Key()
		homed := e.hasHome(k)
		at := len(b)
		b = append(segment.AppendString(separate(b), k), ':')
		raw := e.reader.Raw()
		if b = append(b, raw...); homed {
			b = b[:at]
		}
	}
	return b
}

// hasHome reports whether the member of "aws" was taken from an attribute.
func (e *Encoder) hasHome(member string) bool {
	a := &e.attributes
	used := func(k key) bool { x := a.get(k); return x != nil && x.used }
	switch member {
	case memberRetries:
		return used(xrayRetries)
	case memberTableNames:
		return used(awsDynamoDBTableNames)
	}
	for i := range awsHomes {
		if awsHomes[i].member == member {
			return used(awsHomes[i].current) || used(awsHomes[i].old)
		}
	}
	return false
}

// objectIn returns the object in the string k, nil if there is none.
func (e *Encoder) objectIn(k key) segment.Raw {
	text := e.attributes.str(k)
	if text == "" || !isObject(text) {
		return nil
	}
	e.attributes.use(k)
	b, _ := segment.AppendCompact(e.texts.Open(len(text)), []byte(text), maxMetadataDepth)
	return segment.Raw(e.texts.Close(b))
}

func (e *Encoder) nativePrecursors() {
	x := e.attributes.get(xrayPrecursors)
	if x == nil || x.value.Type() != pcommon.ValueTypeSlice {
		return
	}
	x.used = true
	begin := e.precursors.Begin()
	for _, v := range x.value.Slice().All() {
		if id, ok := traceid.ParseEntityBytes([]byte(v.Str())); ok {
			e.precursors.Add(id)
		}
	}
	e.out.Precursors = e.precursors.End(begin)
}

// nativeCause sets the cause: exceptions from events, what else it says from
// attributes.
func (e *Encoder) nativeCause() {
	a := &e.attributes
	begin := e.exceptions.Begin()
	for _, ev := range e.span.Events().All() {
		if nativeException(ev) {
			e.exceptions.Add(e.nativeOne(ev.Attributes()))
		}
	}
	var c segment.Cause
	c.Exceptions = e.exceptions.End(begin)
	c.WorkingDirectory = a.take(xrayCauseWorkingDirectory)
	if x := a.get(xrayCausePaths); x != nil && x.value.Type() == pcommon.ValueTypeSlice {
		x.used = true
		begin := e.paths.Begin()
		for _, v := range x.value.Slice().All() {
			e.paths.Add(v.Str())
		}
		c.Paths = e.paths.End(begin)
	}
	text := a.take(xrayCause)
	if c.Exceptions == nil && c.WorkingDirectory == "" && c.Paths == nil {
		switch {
		case text == "":
			return
		case text[0] == '{':
			c.ReferenceObject = true
			e.reader.Reset([]byte(text))
			for ok := e.reader.Object(); ok; ok = e.reader.Member() {
				if e.reader.Key() == memberID {
					c.Reference = e.texts.CloseString(append(e.texts.Open(16), e.reader.String()...))
				} else {
					e.reader.Skip()
				}
			}
		default:
			c.Reference = text
		}
		if _, ok := traceid.ParseEntityBytes([]byte(c.Reference)); !ok {
			c.Reference, c.ReferenceObject = "", false
		}
	}
	e.out.Cause = e.causes.One()
	*e.out.Cause = c
}

// nativeException reports whether ev is an exception that a segment had.
func nativeException(ev ptrace.SpanEvent) bool {
	if ev.Name() != eventException {
		return false
	}
	_, ok := ev.Attributes().Get(exceptionID)
	return ok
}

func (e *Encoder) nativeOne(attrs pcommon.Map) (x segment.Exception) {
	trace, stack := "", ""
	for k, v := range attrs.All() {
		switch k {
		case exceptionType:
			x.Type = v.Str()
		case exceptionMessage:
			x.Message = v.Str()
		case exceptionStacktrace:
			trace = v.Str()
		case exceptionStack:
			stack = v.Str()
		case exceptionID:
			x.ID = v.Str()
		case exceptionRemote:
			x.Remote = v.Bool()
		case exceptionTruncated:
			n, _ := integerOf(v)
			x.Truncated = count(n)
		case exceptionSkipped:
			n, _ := integerOf(v)
			x.Skipped = count(n)
		case exceptionCause:
			x.Cause = v.Str()
		}
	}
	if stack != "" {
		x.Stack = e.stackIn(stack)
	} else {
		x.Stack = e.xrayStack(x.Type, x.Message, trace)
	}
	return x
}

// stackIn reads the frames that are an array of objects, for those that no text
// can hold.
func (e *Encoder) stackIn(text string) []segment.Frame {
	begin := e.frames.Begin()
	r := &e.reader
	r.Reset([]byte(text))
	keep := func(s string) string { return e.texts.CloseString(append(e.texts.Open(len(s)), s...)) }
	for ok := r.Array(); ok; ok = r.Element() {
		var f segment.Frame
		for ok := r.Object(); ok; ok = r.Member() {
			switch r.Key() {
			case "path":
				f.Path = keep(r.String())
			case "line":
				n, _ := r.Integer()
				f.Line = count(n)
			case "label":
				f.Label = keep(r.String())
			default:
				r.Skip()
			}
		}
		e.frames.Add(f)
	}
	return e.frames.End(begin)
}

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

// statusOf returns the status of a span that is made from s.
func statusOf(s *segment.Segment) (ptrace.StatusCode, string) {
	failed := s.Error == segment.True || s.Fault == segment.True || s.Throttle == segment.True || s.Cause != nil ||
		s.HTTP != nil && s.HTTP.Status >= 400
	switch {
	case !failed:
		return ptrace.StatusCodeUnset, ""
	case s.Cause == nil:
		return ptrace.StatusCodeError, ""
	case len(s.Cause.Exceptions) > 0:
		return ptrace.StatusCodeError, s.Cause.Exceptions[0].Message
	}
	return ptrace.StatusCodeError, s.Cause.Reference
}
