package otlpapi

import (
	"mime"
	"net/http"

	"google.golang.org/grpc/codes"

	"github.com/radiograph/radiograph/internal/httpbody"
)

// serveZipkin answers a request of Zipkin's API, version 2. Zipkin knows no partial
// success: what was refused of a request stands in the text of the answer.
func (a *API) serveZipkin(w http.ResponseWriter, r *http.Request) {
	o, f := a.exportZipkin(w, r)
	switch {
	case f != nil:
		a.metrics.answered(protocolZipkin, f.result)
		writeText(w, f)
	case o.refused.count() > 0 && o.refused.count() == o.spans:
		a.metrics.answered(protocolZipkin, resultPartial)
		writeText(w, malformed("%v", &o.refused))
	default:
		a.metrics.answered(protocolZipkin, o.result())
		write(w, http.StatusAccepted, "text/plain; charset=utf-8", []byte(o.refused.String()))
	}
}

func (a *API) exportZipkin(w http.ResponseWriter, r *http.Request) (outcome, *fault) {
	if r.Method != http.MethodPost {
		return outcome{}, &fault{
			status: http.StatusMethodNotAllowed, code: codes.Unimplemented, result: resultInvalid,
			message: "spans are sent with POST; questions are asked with the X-Ray API",
		}
	}
	spans, refused, f := a.readZipkin(w, r)
	if f != nil {
		return outcome{}, f
	}
	td := zipkinTraces(spans, &refused)
	o, err := a.take(r.Context(), protocolZipkin, td, refused)
	if err != nil {
		f := faultOf(err)
		a.logFault(r.Context(), protocolZipkin, f, err)
		return outcome{}, f
	}
	return o, nil
}

// readZipkin reads the spans of r, and refuses those that cannot be read.
func (a *API) readZipkin(w http.ResponseWriter, r *http.Request) (spans []zipkinSpan, refused refusals, _ *fault) {
	// Some senders leave the type away; they mean JSON.
	decode := decodeZipkinJSON
	if encoding, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil {
		switch encoding {
		case typeJSON:
		case typeProtobuf:
			decode = decodeZipkinProtobuf
		default:
			return nil, refused, &fault{
				status: http.StatusUnsupportedMediaType, code: codes.InvalidArgument, result: resultInvalid,
				message: "the content type is neither " + typeJSON + " nor " + typeProtobuf,
			}
		}
	}
	body, err := httpbody.Read(w, r, a.maxBodyBytes)
	if err != nil {
		return nil, refused, bodyFault(err, a.maxBodyBytes)
	}
	defer body.Release()
	if spans, err = decode(body.Bytes, &refused); err != nil {
		return nil, refused, malformed("the body is no list of Zipkin spans: %v", err)
	}
	return spans, refused, nil
}

// writeText answers with f as text.
func writeText(w http.ResponseWriter, f *fault) {
	setFaultHeaders(w, f)
	write(w, f.status, "text/plain; charset=utf-8", []byte(f.message+"\n"))
}
