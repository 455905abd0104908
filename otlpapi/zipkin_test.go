package otlpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/radiograph/radiograph/otlpapi"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/segment"
)

const zipkinSpans = `[
{"traceId":"5af7183fb1d4cf5f","id":"352bff9a74ca9ad2","name":"get /orders","kind":"SERVER","timestamp":1700000000000000,"duration":250000,
 "localEndpoint":{"serviceName":"shop","ipv4":"10.0.0.1","port":8080},"remoteEndpoint":{"ipv4":"10.0.0.9"},
 "tags":{"http.method":"GET","http.path":"/orders","http.status_code":"500","error":"out of stock"},
 "annotations":[{"timestamp":1700000000100000,"value":"looked"}]},
{"traceId":"5af7183fb1d4cf5f","id":"1","parentId":"352bff9a74ca9ad2","name":"select","kind":"CLIENT","timestamp":1700000000050000,"duration":1000,
 "localEndpoint":{"serviceName":"shop"},"remoteEndpoint":{"serviceName":"mysql","ipv4":"10.0.0.2","port":3306}}
]`

func TestZipkinSpansAreStored(t *testing.T) {
	for _, contentType := range []string{typeJSON, ""} {
		api, sh := newAPI(t, nil)
		w := post(t, api, otlpapi.ZipkinPath, contentType, "gzip", gzipped(t, []byte(zipkinSpans)))
		if w.Code != http.StatusAccepted || w.Body.Len() != 0 {
			t.Fatalf("got %d %q", w.Code, w.Body)
		}
		shop := sh.stored()["shop"]
		if shop == nil || len(shop.Subsegments) != 1 {
			t.Fatalf("stored %v", sh.stored())
		}
		if got := shop.TraceID.String(); got != "1-00000000-000000005af7183fb1d4cf5f" {
			t.Errorf("trace %s", got)
		}
		if shop.StartTime != 1_700_000_000_000_000_000 || shop.EndTime != 1_700_000_000_250_000_000 {
			t.Errorf("from %d to %d", shop.StartTime, shop.EndTime)
		}
		if shop.Flags()&segment.FlagFault == 0 {
			t.Error("an error is no fault")
		}
		if call := shop.Subsegments[0]; call.Name != "mysql" || !call.IsCall() {
			t.Errorf("the call is %q, namespace %q", call.Name, call.Namespace)
		}
		want := map[string]float64{"requests_total{ok,zipkin}": 1, "spans_total{zipkin}": 2}
		if diff := cmp.Diff(want, counts(t, api)); diff != "" {
			t.Errorf("counted (-want +got):\n%s", diff)
		}
	}
}

// TestZipkinSharedSpansAreTwo sends a span that client and server share, in either
// order and in one request or two.
func TestZipkinSharedSpansAreTwo(t *testing.T) {
	span := func(id, parent, kind, service, more string) string {
		return fmt.Sprintf(`{"traceId":"1","id":"%s","parentId":"%s","kind":%q,"name":"x","timestamp":1700000000000000,"duration":10,"localEndpoint":{"serviceName":%q}%s}`, id, parent, kind, service, more)
	}
	root := span("a", "0", "SERVER", "front", "")
	client := span("b", "a", "CLIENT", "front", `,"remoteEndpoint":{"serviceName":"back"}`)
	server := span("b", "a", "SERVER", "back", `,"shared":true`)
	below := span("c", "b", "CLIENT", "back", `,"remoteEndpoint":{"serviceName":"cache"}`)
	for _, requests := range [][]string{
		{root + "," + client + "," + server + "," + below},
		{below + "," + server + "," + client + "," + root},
		{server + "," + below, root + "," + client},
		{root + "," + client, server + "," + below},
	} {
		api, sh := newAPI(t, nil)
		for _, list := range requests {
			if w := post(t, api, otlpapi.ZipkinPath, typeJSON, "", []byte("["+list+"]")); w.Code != http.StatusAccepted {
				t.Fatalf("got %d %q", w.Code, w.Body)
			}
		}
		ids := map[string]bool{}
		var front, back *segment.Segment
		for _, s := range sh.segments {
			ids[s.ID.String()] = true
			switch s.Name {
			case "front":
				front = s
			case "back":
				back = s
			}
		}
		if len(sh.segments) != 2 || len(ids) != 2 || front == nil || back == nil {
			t.Fatalf("%q: stored %v", requests, sh.segments)
		}
		if back.ParentID.String() != "000000000000000b" || back.ID.String() == "000000000000000b" {
			t.Errorf("the server's half is %s below %s", back.ID, back.ParentID)
		}
		if len(front.Subsegments) != 1 || front.Subsegments[0].ID.String() != "000000000000000b" {
			t.Errorf("the client's half is not below its service: %v", front.Subsegments)
		}
		if len(back.Subsegments) != 1 || back.Subsegments[0].Name != "cache" {
			t.Errorf("the server's call is not below it: %v", back.Subsegments)
		}
	}
}

func TestZipkinRefusals(t *testing.T) {
	good := `{"traceId":"1","id":"1","timestamp":1700000000000000}`
	for _, tc := range []struct {
		name, contentType, body string
		status                  int
		want                    string
	}{
		{"no list", typeJSON, `{"traceId":"1"}`, 400, "no list of Zipkin spans"},
		{"no JSON", typeJSON, "zipkin", 400, "invalid character"},
		{"no body", typeJSON, "", 400, "unexpected end"},
		{"other type", "application/x-thrift", "[]", 415, "neither application/json nor application/x-protobuf"},
		{"no protobuf", typeProtobuf, "\xff", 400, "malformed protobuf"},
		{"empty list", typeJSON, "[]", 202, ""},
		{"id too long", typeJSON, `[{"traceId":"1","id":"12345678901234567","timestamp":1}]`, 400, "1 to 16 hex digits, not 17"},
		{"id not hexadecimal", typeJSON, `[{"traceId":"xyz","id":"1","timestamp":1}]`, 400, "not hexadecimal"},
		{"no timestamp", typeJSON, `[{"traceId":"1","id":"1"}]`, 400, "no timestamp"},
		{"late timestamp", typeJSON, `[{"traceId":"1","id":"1","timestamp":18446744073709551615}]`, 400, "out of range"},
		{"long duration", typeJSON, `[{"traceId":"1","id":"1","timestamp":1700000000000000,"duration":18446744073709551615}]`, 400, "out of range"},
		{"number for a text", typeJSON, `[{"traceId":"1","id":"1","name":3,"timestamp":1}]`, 400, "member name cannot be a number"},
		{"text for a span", typeJSON, `["span"]`, 400, "a span is no object"},
		{"some good", typeJSON, `[` + good + `,{"traceId":"1"}]`, 202, "1 spans refused: 1 × a span has no timestamp"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			api, _ := newAPI(t, nil)
			w := post(t, api, otlpapi.ZipkinPath, tc.contentType, "", []byte(tc.body))
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.want) {
				t.Errorf("got %d %q, want %d and %q", w.Code, w.Body, tc.status, tc.want)
			}
		})
	}
	t.Run("not a POST", func(t *testing.T) {
		api, _ := newAPI(t, nil)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, otlpapi.ZipkinPath, http.NoBody))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodPost {
			t.Errorf("got %d", w.Code)
		}
	})
	t.Run("busy", func(t *testing.T) {
		api, sh := newAPI(t, nil)
		sh.refuse(problem.New(problem.Throttled, "the store cannot keep up"))
		w := post(t, api, otlpapi.ZipkinPath, typeJSON, "", []byte("["+good+"]"))
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
			t.Errorf("got %d %q", w.Code, w.Body)
		}
	})
}

// zipkinProtobuf is the server's span of zipkinSpans.
func zipkinProtobuf() []byte {
	bytesField := func(b []byte, n protowire.Number, v string) []byte {
		return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), v)
	}
	endpoint := bytesField(bytesField(nil, 1, "shop"), 2, "\x0a\x00\x00\x01")
	endpoint = protowire.AppendVarint(protowire.AppendTag(endpoint, 4, protowire.VarintType), 8080)
	annotation := protowire.AppendFixed64(protowire.AppendTag(nil, 1, protowire.Fixed64Type), 1_700_000_000_100_000)
	annotation = bytesField(annotation, 2, "looked")
	tag := bytesField(bytesField(nil, 1, "http.method"), 2, "GET")
	span := bytesField(nil, 1, "\x5a\xf7\x18\x3f\xb1\xd4\xcf\x5f")
	span = bytesField(span, 3, "\x35\x2b\xff\x9a\x74\xca\x9a\xd2")
	span = protowire.AppendVarint(protowire.AppendTag(span, 4, protowire.VarintType), 2)
	span = bytesField(span, 5, "get /orders")
	span = protowire.AppendFixed64(protowire.AppendTag(span, 6, protowire.Fixed64Type), 1_700_000_000_000_000)
	span = protowire.AppendVarint(protowire.AppendTag(span, 7, protowire.VarintType), 250_000)
	span = bytesField(span, 8, string(endpoint))
	span = bytesField(span, 10, string(annotation))
	span = bytesField(span, 11, string(tag))
	return bytesField(nil, 1, string(span))
}

func TestZipkinProtobuf(t *testing.T) {
	api, sh := newAPI(t, nil)
	w := post(t, api, otlpapi.ZipkinPath, typeProtobuf, "", zipkinProtobuf())
	if w.Code != http.StatusAccepted {
		t.Fatalf("got %d %q", w.Code, w.Body)
	}
	shop := sh.stored()["shop"]
	if shop == nil || shop.ID.String() != "352bff9a74ca9ad2" || shop.TraceID.String() != "1-00000000-000000005af7183fb1d4cf5f" ||
		shop.EndTime-shop.StartTime != 250_000_000 || shop.HTTP == nil || shop.HTTP.Method != "GET" {
		t.Errorf("stored %+v", shop)
	}
}
