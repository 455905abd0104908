package otlpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"

	"github.com/radiograph/radiograph/auth"
)

// putSpans is the action of whoever sends spans, as AWS's OTLP endpoint has it.
const putSpans = "xray:PutSpans"

// requestIDHeader has the id under which a refusal is in the log.
const requestIDHeader = "X-Amzn-Requestid"

// admit finds out who sends r, by signature or bearer token, and whether they may
// send spans. A signature may need the body, of which r then has a copy.
func (a *API) admit(r *http.Request) (*http.Request, error) {
	if values := r.Header.Values("Authorization"); len(values) == 1 {
		if _, ok := auth.CutBearer(values[0]); ok {
			ctx, err := a.gate.IdentifyBearer(r.Context(), values[0], r.RemoteAddr, r.TLS != nil)
			if err != nil {
				return nil, err
			}
			return r.WithContext(ctx), a.gate.Allow(ctx, putSpans, "*", nil)
		}
	}
	signed, err := a.gate.Identify(r)
	if err != nil {
		return nil, err
	}
	return signed, a.gate.Allow(signed.Context(), putSpans, "*", nil)
}

// refuse answers a request that was not admitted.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := protocolHTTP
	if r.URL.Path == ZipkinPath {
		p = protocolZipkin
	}
	id := uuid.NewString()
	f := a.refusal(r.Context(), p, r.RemoteAddr, id, err)
	w.Header().Set(requestIDHeader, id)
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if p == protocolZipkin {
		writeText(w, f)
		return
	}
	encoding, _ := encodingOf(r)
	writeFault(w, encoding, f)
}

// admitCall is admit for gRPC, whose clients send bearer tokens as metadata. It is
// called before the message is read.
func (a *API) admitCall(ctx context.Context, info *tap.Info) (context.Context, error) {
	authorization := ""
	if values := info.Header.Get("authorization"); len(values) == 1 {
		authorization = values[0]
	}
	remote, secure := "", false
	if p, ok := peer.FromContext(ctx); ok {
		remote, secure = p.Addr.String(), p.AuthInfo != nil && p.AuthInfo.AuthType() == "tls"
	}
	identified, err := a.gate.IdentifyBearer(ctx, authorization, remote, secure)
	if err == nil {
		if err = a.gate.Allow(identified, putSpans, "*", nil); err == nil {
			return identified, nil
		}
	}
	id := uuid.NewString()
	f := a.refusal(ctx, protocolGRPC, remote, id, err)
	f.message += " (request id " + id + ")"
	return nil, status.ErrorProto(f.proto())
}

// refusal counts and logs a refusal and returns the answer. Exporters give up what
// is refused, and try again when keys could not be looked up.
func (a *API) refusal(ctx context.Context, p protocol, client, requestID string, err error) *fault {
	e, ok := errors.AsType[*auth.Error](err)
	if !ok {
		e = &auth.Error{Kind: auth.Failure, Message: "The request could not be authenticated", Err: err}
	}
	f := &fault{status: http.StatusUnauthorized, code: codes.Unauthenticated, result: resultRefused, message: e.Message}
	log := a.log.WarnContext
	switch e.Kind { //nolint:exhaustive // the others are about who asks
	case auth.Denied:
		f.status, f.code = http.StatusForbidden, codes.PermissionDenied
	case auth.BodyTooLarge:
		f.status, f.code, f.result = http.StatusRequestEntityTooLarge, codes.ResourceExhausted, resultInvalid
	case auth.BadBody:
		f.status, f.code, f.result = http.StatusBadRequest, codes.InvalidArgument, resultInvalid
	case auth.Failure:
		f.status, f.code, f.result, f.retry = http.StatusServiceUnavailable, codes.Unavailable, resultFailed, true
		log = a.log.ErrorContext
	}
	a.metrics.answered(p, f.result)
	log(ctx, "request refused", "operation", "PutSpans", "protocol", string(p), "request_id", requestID,
		"client", client, "access_key_id", e.AccessKeyID, "err", e)
	return f
}
