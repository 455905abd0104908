package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
)

// readExport counts what an OTLP server says about the spans of a request.
func readExport(answer []byte, traces int) (sent, error) {
	resp := ptraceotlp.NewExportResponse()
	if err := resp.UnmarshalProto(answer); err != nil {
		return sent{}, fmt.Errorf("decode answer: %w", err)
	}
	return sent{documents: int64(traces * DocumentsPerTrace), rejected: resp.PartialSuccess().RejectedSpans()}, nil
}

// otlpGRPC sends batches by OTLP over gRPC, on a connection of its own.
type otlpGRPC struct {
	gen  *Generator
	conn *grpc.ClientConn
	body []byte
}

func dialOTLP(gen *Generator, addr string) (*otlpGRPC, error) {
	conn, err := grpc.NewClient(addr,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodecV2(rawCodec{})))
	if err != nil {
		return nil, fmt.Errorf("dial OTLP: %w", err)
	}
	return &otlpGRPC{gen: gen, conn: conn}, nil
}

func (o *otlpGRPC) close() error { return o.conn.Close() }

func (o *otlpGRPC) send(ctx context.Context, traces []Trace) (sent, error) {
	o.body = o.gen.AppendSpans(o.body[:0], traces)
	var answer []byte
	err := o.conn.Invoke(ctx, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", o.body, &answer)
	if err != nil {
		if retryable(err) {
			return sent{}, errThrottled
		}
		return sent{}, fmt.Errorf("export: %w", err)
	}
	return readExport(answer, len(traces))
}

// retryable reports whether the server asks to come again. That a server is not there
// looks alike, but for when to come again.
func retryable(err error) bool {
	s := status.Convert(err)
	if s.Code() != codes.ResourceExhausted && s.Code() != codes.Unavailable {
		return false
	}
	for _, d := range s.Details() {
		if _, ok := d.(*errdetails.RetryInfo); ok {
			return true
		}
	}
	return false
}

// rawCodec sends and receives bytes as they are.
type rawCodec struct{}

// Name implements encoding.CodecV2.
func (rawCodec) Name() string { return "proto" }

// Marshal implements encoding.CodecV2.
func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	b, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("load: cannot send a %T", v)
	}
	// A copy: a call that is given up may still be sending it when the next begins.
	return mem.BufferSlice{mem.SliceBuffer(bytes.Clone(b))}, nil
}

// Unmarshal implements encoding.CodecV2.
func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return errors.New("load: an answer is bytes")
	}
	*b = data.Materialize()
	return nil
}

// otlpHTTP sends batches by OTLP over HTTP, in protobuf.
type otlpHTTP struct {
	gen    *Generator
	url    string
	client *http.Client
	body   []byte
}

func newOTLPHTTP(gen *Generator, endpoint string) *otlpHTTP {
	return &otlpHTTP{
		gen: gen,
		url: strings.TrimSuffix(endpoint, "/") + "/v1/traces",
		client: &http.Client{
			Timeout:   time.Minute,
			Transport: &http.Transport{MaxIdleConnsPerHost: 1, MaxConnsPerHost: 1, DisableCompression: true},
		},
	}
}

func (o *otlpHTTP) close() error {
	o.client.CloseIdleConnections()
	return nil
}

func (o *otlpHTTP) send(ctx context.Context, traces []Trace) (sent, error) {
	o.body = o.gen.AppendSpans(o.body[:0], traces)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url, bytes.NewReader(o.body))
	if err != nil {
		return sent{}, err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	resp, err := o.client.Do(req)
	if err != nil {
		return sent{}, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return sent{}, fmt.Errorf("read answer: %w", err)
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return readExport(answer, len(traces))
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return sent{}, errThrottled
	}
	return sent{}, fmt.Errorf("export: %s: %.200q", resp.Status, answer)
}
