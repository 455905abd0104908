package otlpapi

import (
	"mime"
	"net/http"
	"strconv"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/radiograph/radiograph/internal/httpbody"
)

// The encodings of OTLP by HTTP. An answer has that of its request.
const (
	typeProtobuf = "application/x-protobuf"
	typeJSON     = "application/json"
)

// serveTraces answers a request of OTLP by HTTP.
func (a *API) serveTraces(w http.ResponseWriter, r *http.Request) {
	encoding, f := encodingOf(r)
	if f == nil {
		f = a.exportHTTP(w, r, encoding)
	}
	if f != nil {
		a.metrics.answered(protocolHTTP, f.result)
		writeFault(w, encoding, f)
	}
}

// encodingOf returns the encoding in which r is to be answered, and what is wrong
// with r before its body is read.
func encodingOf(r *http.Request) (string, *fault) {
	encoding, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	known := err == nil && (encoding == typeProtobuf || encoding == typeJSON)
	if !known {
		encoding = typeJSON // people can read it
	}
	switch {
	case r.Method != http.MethodPost:
		return encoding, &fault{
			status: http.StatusMethodNotAllowed, code: codes.Unimplemented, result: resultInvalid,
			message: "traces are sent with POST",
		}
	case !known:
		return encoding, &fault{
			status: http.StatusUnsupportedMediaType, code: codes.InvalidArgument, result: resultInvalid,
			message: "the content type is neither " + typeProtobuf + " nor " + typeJSON,
		}
	}
	return encoding, nil
}

// exportHTTP stores the spans of r and answers, unless it returns a fault.
func (a *API) exportHTTP(w http.ResponseWriter, r *http.Request, encoding string) *fault {
	req, f := a.readExport(w, r, encoding)
	if f != nil {
		return f
	}
	o, err := a.take(r.Context(), protocolHTTP, req.Traces(), refusals{})
	if err != nil {
		f := faultOf(err)
		a.logFault(r.Context(), protocolHTTP, f, err)
		return f
	}
	a.metrics.answered(protocolHTTP, o.result())
	write(w, http.StatusOK, encoding, o.response(encoding))
	return nil
}

// readExport reads the body of r.
func (a *API) readExport(w http.ResponseWriter, r *http.Request, encoding string) (ptraceotlp.ExportRequest, *fault) {
	req := ptraceotlp.NewExportRequest()
	body, err := httpbody.Read(w, r, a.maxBodyBytes)
	if err != nil {
		return req, bodyFault(err, a.maxBodyBytes)
	}
	defer body.Release()
	decode := decodeProtobuf
	if encoding == typeJSON {
		decode = decodeJSON
	}
	if err := decode(req, body.Bytes); err != nil {
		return req, malformed("the body is no ExportTraceServiceRequest in %s: %v", encoding, err)
	}
	return req, nil
}

// takesTraces is what senders of anything else are told.
const takesTraces = "radiograph takes traces only, not metrics, logs or profiles: send those elsewhere"

// serveNothing answers requests for what is not here.
func (a *API) serveNothing(w http.ResponseWriter, r *http.Request) {
	encoding, _ := encodingOf(r)
	a.metrics.answered(protocolHTTP, resultInvalid)
	writeFault(w, encoding, &fault{
		status: http.StatusNotFound, code: codes.NotFound,
		message: r.URL.Path + ": " + takesTraces + "; traces go to " + TracesPath + " (OTLP) or " + ZipkinPath + " (Zipkin)",
	})
}

// writeFault answers with f as google.rpc.Status.
func writeFault(w http.ResponseWriter, encoding string, f *fault) {
	marshal := proto.Marshal
	if encoding == typeJSON {
		marshal = protojson.Marshal
	}
	body, err := marshal(f.proto())
	if err != nil {
		body = nil // the status says enough
	}
	setFaultHeaders(w, f)
	write(w, f.status, encoding, body)
}

func setFaultHeaders(w http.ResponseWriter, f *fault) {
	if f.retry {
		w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
	}
	if f.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // never HTML: see nosniff in ServeHTTP; the client has gone when this fails
}
