package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/radiograph/radiograph/insight"
	"github.com/radiograph/radiograph/internal/backoff"
)

// webhook tells a URL what happens to insights, one notice after the other. What it
// could not tell until the server stops, or for tellFor, is not told: delivery is at
// best effort, as that of X-Ray is.
type webhook struct {
	s      *Server
	client *http.Client
	wake   chan struct{} // has something when there may be notices
}

// Times of one delivery.
const (
	tellTimeout  = 10 * time.Second // of an attempt
	tellFor      = 10 * time.Minute // all attempts
	tellPause    = time.Second      // after the first attempt, then twice as long each time
	tellMaxPause = 30 * time.Second
)

func newWebhook(s *Server) *webhook {
	return &webhook{s: s, client: &http.Client{Timeout: tellTimeout}, wake: make(chan struct{}, 1)}
}

// notify says that there may be notices. It does not block.
func (h *webhook) notify() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// run delivers until ctx ends. Without a URL notices are dropped.
func (h *webhook) run(ctx context.Context) {
	defer h.client.CloseIdleConnections()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		}
		for _, n := range h.s.insights.Notices() {
			if h.s.config.Insights.Webhook == "" {
				break
			}
			if err := h.tell(ctx, n); err != nil {
				h.s.log.WarnContext(ctx, "insight not notified", "insight", n.Insight.ID, "event_time", n.Event.Time, "err", err)
			}
		}
	}
}

// tell delivers one notice.
func (h *webhook) tell(ctx context.Context, n insight.Notice) error {
	body, err := h.s.api.InsightUpdate(n)
	if err != nil {
		return err
	}
	giveUp := time.Now().Add(tellFor)
	for pause := tellPause; ; pause = min(2*pause, tellMaxPause) {
		again, err := h.post(ctx, body)
		if err == nil || !again || time.Now().Add(pause).After(giveUp) || !backoff.Wait(ctx, pause) {
			return err
		}
	}
}

// post makes one attempt. It reports whether another one makes sense.
func (h *webhook) post(ctx context.Context, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.s.config.Insights.Webhook, bytes.NewReader(body))
	if err != nil {
		return false, fmt.Errorf("make request to webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "radiograph/"+h.s.version)
	resp, err := h.client.Do(req)
	if err != nil {
		return true, fmt.Errorf("post to webhook: %w", err)
	}
	defer resp.Body.Close()
	// The connection can be used again when a short answer has been read.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	switch {
	case resp.StatusCode < 300:
		return false, nil
	case resp.StatusCode == http.StatusRequestTimeout, resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode >= 500:
		again = true
	}
	return again, fmt.Errorf("webhook answered %s", resp.Status)
}
