package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// api sends batches as PutTraceSegments requests over one kept connection.
type api struct {
	gen    *Generator
	url    string
	client *http.Client
	body   []byte
	answer bytes.Buffer
}

func newAPI(gen *Generator, endpoint string) *api {
	return &api{
		gen: gen,
		url: strings.TrimSuffix(endpoint, "/") + "/TraceSegments",
		client: &http.Client{
			Timeout:   time.Minute,
			Transport: &http.Transport{MaxIdleConnsPerHost: 1, MaxConnsPerHost: 1, DisableCompression: true},
		},
	}
}

func (a *api) close() error {
	a.client.CloseIdleConnections()
	return nil
}

func (a *api) send(ctx context.Context, traces []Trace) (sent, error) {
	a.render(traces)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(a.body))
	if err != nil {
		return sent{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.client.Do(req)
	if err != nil {
		return sent{}, err
	}
	defer resp.Body.Close()
	a.answer.Reset()
	if _, err := a.answer.ReadFrom(io.LimitReader(resp.Body, 16<<20)); err != nil {
		return sent{}, fmt.Errorf("read answer: %w", err)
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return a.read(len(traces) * DocumentsPerTrace)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return sent{}, errThrottled
	}
	return sent{}, fmt.Errorf("PutTraceSegments: %s: %.200s", resp.Status, a.answer.String())
}

// render writes the request of the traces to a.body.
func (a *api) render(traces []Trace) {
	a.body = append(a.body[:0], `{"TraceSegmentDocuments":[`...)
	for i := range traces {
		for doc := range DocumentsPerTrace {
			if i+doc > 0 {
				a.body = append(a.body, ',')
			}
			a.body = a.gen.AppendQuoted(a.body, &traces[i], doc)
		}
	}
	a.body = append(a.body, "]}"...)
}

// read counts the refused documents.
func (a *api) read(documents int) (sent, error) {
	var out struct {
		UnprocessedTraceSegments []json.RawMessage
	}
	if err := json.Unmarshal(a.answer.Bytes(), &out); err != nil {
		return sent{}, fmt.Errorf("decode answer: %w", err)
	}
	return sent{int64(documents), int64(len(out.UnprocessedTraceSegments))}, nil
}
