package otlpapi_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/radiograph/radiograph/otlpapi"
	"github.com/radiograph/radiograph/problem"
)

// serveGRPC serves api until the end of the test and returns a connection to it.
func serveGRPC(t *testing.T, api *otlpapi.API) *grpc.ClientConn {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := api.NewGRPCServer()
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		s.GracefulStop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return conn
}

func TestGRPCTakesSpans(t *testing.T) {
	for _, coding := range []string{"identity", "gzip", "zstd"} {
		t.Run(coding, func(t *testing.T) {
			api, sh := newAPI(t, nil)
			client := ptraceotlp.NewGRPCClient(serveGRPC(t, api))
			for range 3 { // the later ones with used decoders
				resp, err := client.Export(t.Context(), oneSpan(), grpc.UseCompressor(coding))
				if err != nil {
					t.Fatal(err)
				}
				if n := resp.PartialSuccess().RejectedSpans(); n != 0 {
					t.Errorf("%d spans refused", n)
				}
			}
			if sh.stored()["shop"] == nil {
				t.Errorf("stored %v", sh.stored())
			}
			want := map[string]float64{"requests_total{grpc,ok}": 3, "spans_total{grpc}": 3}
			if diff := cmp.Diff(want, counts(t, api)); diff != "" {
				t.Errorf("counted (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGRPCReportsPartialSuccess(t *testing.T) {
	api, _ := newAPI(t, nil)
	req := oneSpan()
	addSpan(req.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans(), 0)
	resp, err := ptraceotlp.NewGRPCClient(serveGRPC(t, api)).Export(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.PartialSuccess(); got.RejectedSpans() != 1 || !strings.HasPrefix(got.ErrorMessage(), "1 spans refused: 1 × ") {
		t.Errorf("%d refused: %s", got.RejectedSpans(), got.ErrorMessage())
	}
	want := map[string]float64{"requests_total{grpc,partial}": 1, "spans_total{grpc}": 1, "spans_refused_total{grpc,invalid}": 1}
	if diff := cmp.Diff(want, counts(t, api)); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}

func TestGRPCWhenNothingCanBeStored(t *testing.T) {
	for _, tc := range []struct {
		name  string
		err   error
		code  codes.Code
		retry bool
	}{
		{"busy", problem.New(problem.Throttled, "the store cannot keep up"), codes.ResourceExhausted, true},
		{"stopping", problem.New(problem.Unavailable, "shutting down"), codes.Unavailable, true},
		{"broken", errors.New("disk on fire"), codes.Unavailable, true},
		{"refused", problem.New(problem.Invalid, "no"), codes.InvalidArgument, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			api, sh := newAPI(t, nil)
			sh.refuse(tc.err)
			_, err := ptraceotlp.NewGRPCClient(serveGRPC(t, api)).Export(t.Context(), oneSpan())
			s := status.Convert(err)
			if s.Code() != tc.code || retries(s) != tc.retry || strings.Contains(s.Message(), "fire") {
				t.Errorf("got %v, told to retry: %v", s, retries(s))
			}
		})
	}
}

// bytesCodec sends what it is given.
type bytesCodec struct{}

func (bytesCodec) Name() string { return "proto" }

func (bytesCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}

func (bytesCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

func exportBytes(ctx context.Context, conn *grpc.ClientConn, body []byte, opts ...grpc.CallOption) error {
	var answer []byte
	opts = append(opts, grpc.ForceCodecV2(bytesCodec{}))
	return conn.Invoke(ctx, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", body, &answer, opts...)
}

func TestGRPCRefusals(t *testing.T) {
	const limit = 4 << 20
	api, sh := newAPI(t, func(o *otlpapi.Options) { o.MaxBodyBytes = limit })
	conn := serveGRPC(t, api)
	zeros := make([]byte, limit+1)
	for _, tc := range []struct {
		name    string
		body    []byte
		opts    []grpc.CallOption
		code    codes.Code
		message string
	}{
		{"not protobuf", []byte("\xff\xff"), nil, codes.InvalidArgument, "no ExportTraceServiceRequest"},
		{"nested too deep", deep(3 << 20), nil, codes.InvalidArgument, "nested too deep"},
		{"too large", zeros, nil, codes.ResourceExhausted, "larger than max"},
		{"too large after gzip", zeros, []grpc.CallOption{grpc.UseCompressor("gzip")}, codes.ResourceExhausted, "larger than max"},
		{"too large after zstd", zeros, []grpc.CallOption{grpc.UseCompressor("zstd")}, codes.ResourceExhausted, "larger than max"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := status.Convert(exportBytes(t.Context(), conn, tc.body, tc.opts...))
			if s.Code() != tc.code || !strings.Contains(s.Message(), tc.message) || retries(s) {
				t.Errorf("got %v", s)
			}
		})
	}
	if len(sh.stored()) != 0 {
		t.Error("something was stored")
	}

	_, err := pmetricotlp.NewGRPCClient(conn).Export(t.Context(), pmetricotlp.NewExportRequest())
	if s := status.Convert(err); s.Code() != codes.Unimplemented || !strings.Contains(s.Message(), "radiograph takes traces only") {
		t.Errorf("metrics: got %v", s)
	}
}

// deep is a request of at least so many bytes with an attribute that is a list of
// lists of lists …
func deep(size int) []byte {
	var reversed []byte
	wrap := func(fields ...protowire.Number) {
		for _, f := range fields {
			header := protowire.AppendVarint(protowire.AppendTag(nil, f, protowire.BytesType), uint64(len(reversed)))
			for i := range header {
				reversed = append(reversed, header[len(header)-1-i])
			}
		}
	}
	for len(reversed) < size {
		wrap(1, 5) // ArrayValue.values, AnyValue.array_value
	}
	wrap(2, 1, 1, 1) // KeyValue.value, Resource.attributes, ResourceSpans.resource, the request's
	for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	return reversed
}

// TestGRPCCountsClientsThatDoNotWait gives a request up while it is stored.
func TestGRPCCountsClientsThatDoNotWait(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	api, sh := newAPI(t, nil)
	client := ptraceotlp.NewGRPCClient(serveGRPC(t, api))
	sh.block = func(stored context.Context) { cancel(); <-stored.Done() }
	if _, err := client.Export(ctx, oneSpan()); status.Code(err) != codes.Canceled {
		t.Errorf("got %v", err)
	}
	want := map[string]float64{"requests_total{canceled,grpc}": 1, "spans_refused_total{canceled,grpc}": 1}
	for {
		got := counts(t, api)
		if len(got) < len(want) { // the server is not done yet
			runtime.Gosched()
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("counted (-want +got):\n%s", diff)
		}
		return
	}
}
