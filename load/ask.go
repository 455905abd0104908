package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"
)

// Asked is the latency of one kind of question after the load.
type Asked struct {
	Times   int     `json:"times"`
	Latency Latency `json:"latency_ms"` // from the request to the last byte of the answer
	Bytes   int     `json:"bytes"`      // of the last answer
}

// question is something that people and programs ask a tracing service.
type question struct {
	name, path string
	body       func(n int) map[string]any
}

// askedWindow is the time that questions are about, up to now.
const askedWindow = 6 * time.Hour

// questions about the load. What has "rare" in its name matches next to nothing, so
// that the whole time is looked at.
func (r *runner) questions() []question {
	within := func(window time.Duration, more map[string]any) func(int) map[string]any {
		return func(int) map[string]any {
			end := time.Now()
			body := map[string]any{"StartTime": float64(end.Add(-window).UnixMilli()) / 1000, "EndTime": float64(end.UnixMilli()) / 1000}
			maps.Copy(body, more)
			return body
		}
	}
	page := func(filter string) func(int) map[string]any {
		return within(time.Hour, map[string]any{"FilterExpression": filter})
	}
	return []question{
		{"trace by id", "/Traces", func(n int) map[string]any {
			return map[string]any{"TraceIds": []string{r.sample.traces[n%len(r.sample.traces)].ID.String()}}
		}},
		{"page of all, 1 h", "/TraceSummaries", within(time.Hour, nil)},
		{"page of faults, 1 h", "/TraceSummaries", page("fault")},
		{"page of a rare URL, 1 h", "/TraceSummaries", page(`http.url ENDSWITH "/orders/none"`)},
		{"page of a rare annotation, 1 h", "/TraceSummaries", page(`annotation.order = "none"`)},
		{"page of slow faults of a service (rare), 1 h", "/TraceSummaries", page(`service("payments") { fault AND responsetime > 3600 }`)},
		{"service graph, 6 h", "/ServiceGraph", within(askedWindow, nil)},
		{"time series, 6 h", "/TimeSeriesServiceStatistics", within(askedWindow, map[string]any{"EntitySelectorExpression": `service("payments")`})},
	}
}

// ask asks each question several times, one after the other, and adds the
// latencies to res.
func (r *runner) ask(ctx context.Context, res *Result) error {
	if r.opts.Ask <= 0 || len(r.sample.traces) == 0 {
		return nil
	}
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	res.Asked = map[string]Asked{}
	for _, q := range r.questions() {
		var h histogram
		size := 0
		for n := range r.opts.Ask {
			began := time.Now()
			answer, err := post(ctx, client, strings.TrimSuffix(r.opts.API, "/")+q.path, q.body(n))
			if err != nil {
				return fmt.Errorf("ask for %s: %w", q.name, err)
			}
			h.add(time.Since(began))
			size = len(answer)
		}
		res.Asked[q.name] = Asked{Times: r.opts.Ask, Latency: latencyOf(&h), Bytes: size}
	}
	return nil
}

// post returns the answer to a request of the X-Ray API.
func post(ctx context.Context, client *http.Client, url string, body map[string]any) ([]byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %s: %.200s", resp.Status, answer)
	}
	return answer, err
}
