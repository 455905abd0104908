package otlp

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

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
