package xrayapi

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func TestRenderSpan(t *testing.T) {
	rs := ptrace.NewResourceSpans()
	rs.Resource().Attributes().PutStr("service.name", "orders")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("jdbc")
	ss.Scope().SetVersion("1")
	s := ss.Spans().AppendEmpty()
	s.SetTraceID(pcommon.TraceID{0: 1, 15: 2})
	s.SetSpanID(pcommon.SpanID{7: 3})
	s.SetParentSpanID(pcommon.SpanID{7: 4})
	s.TraceState().FromRaw("a=b")
	s.SetFlags(0x101)
	s.SetName("SELECT <x>")
	s.SetKind(ptrace.SpanKindClient)
	s.SetStartTimestamp(1_700_000_000_000_000_001)
	s.SetEndTimestamp(1_700_000_000_000_000_004)
	s.Status().SetCode(ptrace.StatusCodeError)
	s.Status().SetMessage("broken")
	a := s.Attributes()
	a.PutStr("text", "t")
	a.PutInt("integer", 1<<62)
	a.PutDouble("double", 1.5)
	a.PutDouble("nan", math.NaN())
	a.PutDouble("infinity", math.Inf(-1))
	a.PutBool("boolean", true)
	a.PutEmptyBytes("bytes").FromRaw([]byte{1, 2})
	a.PutEmpty("empty")
	list := a.PutEmptySlice("list")
	list.AppendEmpty().SetInt(1)
	list.AppendEmpty().SetDouble(math.Inf(1))
	a.PutEmptyMap("map").PutStr("k", "v")
	e := s.Events().AppendEmpty()
	e.SetName("retry")
	e.SetTimestamp(1_700_000_000_000_000_002)
	e.Attributes().PutInt("attempt", 2)
	l := s.Links().AppendEmpty()
	l.SetTraceID(pcommon.TraceID{15: 9})
	l.SetSpanID(pcommon.SpanID{7: 9})
	s.SetDroppedEventsCount(5)

	part, err := renderSpan(rs.Resource(), ss.Scope(), s)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
		"resource":{"attributes":{"service.name":"orders"}},"scope":{"name":"jdbc","version":"1"},
		"traceId":"01000000000000000000000000000002","spanId":"0000000000000003","parentSpanId":"0000000000000004",
		"traceState":"a=b","flags":257,"name":"SELECT <x>","kind":"CLIENT",
		"startTimeUnixNano":1700000000000000001,"endTimeUnixNano":1700000000000000004,"durationNano":3,
		"attributes":{"text":"t","integer":4611686018427387904,"double":1.5,"nan":"NaN","infinity":"-Infinity","boolean":true,
			"bytes":"AQI=","empty":null,"list":[1,"Infinity"],"map":{"k":"v"}},
		"events":[{"timeUnixNano":1700000000000000002,"name":"retry","attributes":{"attempt":2}}],
		"links":[{"traceId":"00000000000000000000000000000009","spanId":"0000000000000009"}],
		"status":{"code":"ERROR","message":"broken"},"droppedEventsCount":5}`
	if diff := cmp.Diff(decoded(t, want), decoded(t, part.Document)); diff != "" || part.ID != "0000000000000003" {
		t.Errorf("span %s (-want +got):\n%s", part.ID, diff)
	}
}

func decoded(t *testing.T, doc string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		t.Fatalf("%v: %s", err, doc)
	}
	return v
}
