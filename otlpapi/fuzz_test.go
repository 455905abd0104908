package otlpapi_test

import (
	"net/http"
	"testing"

	"github.com/radiograph/radiograph/otlpapi"
)

// fuzzBody sends anything to a path: it is taken or refused, and what is stored are
// documents (shelf looks).
func fuzzBody(f *testing.F, path, contentType string) {
	f.Helper()
	f.Fuzz(func(t *testing.T, body []byte) {
		api, sh := newAPI(t, nil)
		w := post(t, api, path, contentType, "", body)
		switch w.Code {
		case http.StatusOK, http.StatusAccepted:
		case http.StatusBadRequest:
			if len(sh.stored()) != 0 {
				t.Errorf("refused and stored: %q", w.Body)
			}
		default:
			t.Errorf("%d %q", w.Code, w.Body)
		}
	})
}

func FuzzTracesProtobuf(f *testing.F) {
	f.Add(protobufOf(f, oneSpan()))
	f.Add(deep(1000))
	fuzzBody(f, otlpapi.TracesPath, typeProtobuf)
}

func FuzzTracesJSON(f *testing.F) {
	f.Add(jsonOf(f, oneSpan()))
	f.Add([]byte(`{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":{"kvlistValue":{"values":[{"key":"","value":{"doubleValue":"NaN"}}]}}}]}}]}`))
	fuzzBody(f, otlpapi.TracesPath, typeJSON)
}

func FuzzZipkinJSON(f *testing.F) {
	f.Add([]byte(zipkinSpans))
	f.Add([]byte(`[{"traceId":"1","id":"1","timestamp":1,"annotations":[{"timestamp":2,"value":"\"a\": {\"b\":[1]}"}]}]`))
	fuzzBody(f, otlpapi.ZipkinPath, typeJSON)
}

func FuzzZipkinProtobuf(f *testing.F) {
	f.Add(zipkinProtobuf())
	fuzzBody(f, otlpapi.ZipkinPath, typeProtobuf)
}
