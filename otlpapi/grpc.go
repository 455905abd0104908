package otlpapi

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
)

// exportMethod is OTLP's method for traces. Everything else is answered with what
// radiograph takes.
const (
	traceService = "opentelemetry.proto.collector.trace.v1.TraceService"
	exportMethod = "Export"
)

// maxConcurrentStreams bounds the requests that a connection can have under way, and so
// the memory that it can hold.
const maxConcurrentStreams = 100

// NewGRPCServer returns a server of OTLP's trace service, with more options such as
// grpc.Creds. The caller serves and stops it.
func (a *API) NewGRPCServer(more ...grpc.ServerOption) *grpc.Server {
	options := []grpc.ServerOption{
		grpc.ForceServerCodecV2(codec{}),
		grpc.MaxRecvMsgSize(int(a.maxBodyBytes)),
		grpc.MaxConcurrentStreams(maxConcurrentStreams),
		// Collectors look every few seconds whether the connection still stands. gRPC takes
		// that for an attack unless told otherwise.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
		grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			method, _ := grpc.MethodFromServerStream(stream)
			return status.Errorf(codes.Unimplemented, "%s: %s", method, takesTraces)
		}),
	}
	if a.gate != nil {
		options = append(options, grpc.InTapHandle(a.admitCall))
	}
	s := grpc.NewServer(append(options, more...)...)
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: traceService,
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: exportMethod, Handler: a.export}},
	}, a)
	return s
}

// export answers one request.
func (a *API) export(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (_ any, err error) { //nolint:revive // gRPC has the context there
	defer func() {
		// As net/http does: one request must not take the others down.
		if p := recover(); p != nil {
			a.log.ErrorContext(ctx, "request panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			a.metrics.answered(protocolGRPC, resultFailed)
			err = status.Error(codes.Internal, "internal error")
		}
	}()
	req := request{ptraceotlp.NewExportRequest(), nil}
	if err := decode(&req); err != nil {
		if req.err == nil {
			return nil, err // not about the message
		}
		f := malformed("the message is no ExportTraceServiceRequest: %v", req.err)
		a.metrics.answered(protocolGRPC, f.result)
		return nil, status.ErrorProto(f.proto())
	}
	o, err := a.take(ctx, protocolGRPC, req.Traces(), refusals{})
	if err != nil {
		f := faultOf(err)
		a.logFault(ctx, protocolGRPC, f, err)
		a.metrics.answered(protocolGRPC, f.result)
		return nil, status.ErrorProto(f.proto())
	}
	a.metrics.answered(protocolGRPC, o.result())
	return &o, nil
}

// result says in metrics' words how the request went.
func (o *outcome) result() string {
	if o.refused.count() > 0 {
		return resultPartial
	}
	return resultOK
}

// response returns the OTLP answer in protobuf or JSON. When all went well there must
// be no partial success in it, not even an empty one.
func (o *outcome) response(encoding string) []byte {
	n := o.refused.count()
	switch {
	case n == 0 && encoding == typeJSON:
		return []byte("{}")
	case n == 0:
		return nil
	}
	resp := ptraceotlp.NewExportResponse()
	resp.PartialSuccess().SetRejectedSpans(int64(n))
	resp.PartialSuccess().SetErrorMessage(o.refused.String())
	marshal := resp.MarshalProto
	if encoding == typeJSON {
		marshal = resp.MarshalJSON
	}
	b, err := marshal()
	if err != nil {
		panic(err) // a number and a text can always be encoded
	}
	return b
}

// request is a request being decoded.
type request struct {
	ptraceotlp.ExportRequest
	err error // what is wrong with the message
}

// codec reads requests and writes responses as protobuf.
type codec struct{}

var _ encoding.CodecV2 = codec{}

// Name implements encoding.CodecV2.
func (codec) Name() string { return "proto" }

// Unmarshal implements encoding.CodecV2. It copies what it keeps of data.
func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	req, ok := v.(*request)
	if !ok {
		return fmt.Errorf("otlpapi: cannot decode a %T", v)
	}
	if len(data) == 1 {
		req.err = decodeProtobuf(req.ExportRequest, data[0].ReadOnlyData())
		return req.err
	}
	// gRPC's own buffers are cleared before each use, which costs as much as reading a
	// tenth of the message.
	buf := messages.Get().(*[]byte)
	defer func() {
		if cap(*buf) <= maxPooledBytes {
			messages.Put(buf)
		}
	}()
	*buf = slices.Grow((*buf)[:0], data.Len())[:data.Len()]
	data.CopyTo(*buf)
	req.err = decodeProtobuf(req.ExportRequest, *buf)
	return req.err
}

// messages are buffers for requests that came in several frames.
var messages = sync.Pool{New: func() any { return new([]byte) }}

// maxPooledBytes keeps one large request from occupying memory for ever.
const maxPooledBytes = 4 << 20

// decodeProtobuf reads a request. It copies what it keeps of b.
func decodeProtobuf(req ptraceotlp.ExportRequest, b []byte) error {
	if err := checkNesting(b); err != nil {
		return err
	}
	return req.UnmarshalProto(b)
}

// Marshal implements encoding.CodecV2.
func (codec) Marshal(v any) (mem.BufferSlice, error) {
	o, ok := v.(*outcome)
	if !ok {
		return nil, fmt.Errorf("otlpapi: cannot encode a %T", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(o.response(typeProtobuf))}, nil
}
