//go:build e2e

package story

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

// segment is a segment document and the trace that it is of.
type segment struct{ trace, document string }

// newSegment is one that ends now.
func newSegment(name string) segment {
	now := float64(time.Now().UnixMilli()) / 1000
	trace := fmt.Sprintf("1-%08x-%s", time.Now().Unix(), random(12))
	document, err := json.Marshal(map[string]any{
		"name": name, "id": random(8), "trace_id": trace, "start_time": now - 0.2, "end_time": now,
	})
	if err != nil {
		panic(err) // a map of strings and numbers can be written
	}
	return segment{trace, string(document)}
}

// random is n random bytes as hexadecimal digits.
func random(n int) string {
	data := make([]byte, n)
	_, _ = rand.Read(data) // never fails
	return hex.EncodeToString(data)
}

// span is an OTLP request with one span.
func span(name string) segment {
	now := time.Now()
	high, low := fmt.Sprintf("%08x", now.Unix()), random(12)
	body := fmt.Sprintf(`{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":%q}}]},`+
		`"scopeSpans":[{"spans":[{"traceId":%q,"spanId":%q,"name":"/","kind":2,"startTimeUnixNano":"%d","endTimeUnixNano":"%d"}]}]}]}`,
		name, high+low, random(8), now.Add(-time.Second).UnixNano(), now.UnixNano())
	return segment{"1-" + high + "-" + low, body}
}

// sender sends traces steadily and keeps which of them were acknowledged.
type sender struct {
	mu           sync.Mutex
	acknowledged []string
	refused      int
	stop         context.CancelFunc
	done         chan struct{}
}

// startSender sends what next makes until the sender is ended, each over a connection of its own.
func startSender(t testing.TB, url string, next func() (trace, body string)) *sender {
	ctx, cancel := context.WithCancel(t.Context())
	s := &sender{stop: cancel, done: make(chan struct{})}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	go func() {
		defer close(s.done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			trace, body := next()
			// A request that has begun is let end, so that it is known what became of it.
			err := post(context.WithoutCancel(ctx), client, url, body)
			s.mu.Lock()
			if err == nil {
				s.acknowledged = append(s.acknowledged, trace)
			} else {
				s.refused++
			}
			s.mu.Unlock()
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	t.Cleanup(func() { s.end() })
	return s
}

// count is how many were acknowledged.
func (s *sender) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.acknowledged)
}

// more waits until as many more are acknowledged.
func (s *sender) more(t testing.TB, n int) {
	t.Helper()
	want := s.count() + n
	eventually(t, "segments are acknowledged", func() error {
		if have := s.count(); have < want {
			return fmt.Errorf("%d of %d, %d were refused", have, want, s.refusals())
		}
		return nil
	})
}

func (s *sender) refusals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// end stops the sender and returns what was acknowledged.
func (s *sender) end() []string {
	s.stop()
	<-s.done
	return s.acknowledged
}

// post posts JSON, which must be accepted.
func post(ctx context.Context, client *http.Client, url, body string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, answer)
	}
	var partly struct {
		UnprocessedTraceSegments []json.RawMessage
	}
	if err := json.Unmarshal(answer, &partly); err != nil {
		return err
	}
	if len(partly.UnprocessedTraceSegments) > 0 {
		return errors.New(string(answer))
	}
	return nil
}

// startSenders sends to a collector on the two ways that acknowledge: PutTraceSegments through
// its proxy, which answers when radiograph does, and OTLP, where the collector itself does.
func startSenders(t testing.TB, ns, service string) []*sender {
	t.Helper()
	proxy := "http://" + address(t, ns, service, "awsxray-proxy") + "/TraceSegments"
	otlp := "http://" + address(t, ns, service, "otlp-http") + "/v1/traces"
	return []*sender{
		startSender(t, proxy, func() (string, string) {
			s := newSegment("steady")
			body, err := json.Marshal(map[string]any{"TraceSegmentDocuments": []string{s.document}})
			if err != nil {
				panic(err) // a list of strings can be written
			}
			return s.trace, string(body)
		}),
		startSender(t, otlp, func() (string, string) { s := span("steady"); return s.trace, s.document }),
	}
}

// complete ends the senders, and waits until radiograph has all that was acknowledged.
func complete(t testing.TB, senders []*sender) {
	t.Helper()
	for _, s := range senders {
		pending := s.end()
		t.Logf("%d segments were acknowledged, %d refused", len(pending), s.refusals())
		eventually(t, "everything acknowledged is there", func() error {
			missing, err := lost(t, pending)
			if err != nil {
				return err
			}
			if pending = missing; len(missing) > 0 {
				return fmt.Errorf("%d traces are not, the first is %s", len(missing), missing[0])
			}
			return nil
		})
	}
}
