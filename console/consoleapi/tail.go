package consoleapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/xrayapi"
)

const (
	tailEvery     = 500 * time.Millisecond // how often the store is asked
	tailPerSecond = 20                     // traces that are sent at most
	heartbeat     = 5 * time.Second
	writeTimeout  = 10 * time.Second // a client that takes nothing for so long is cut off
)

// tail streams summaries as server-sent events until the client goes or the API
// is closed.
func (a *API) tail(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	predicate, err := a.predicateOf(q)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	select {
	case a.tails <- struct{}{}:
		defer func() { <-a.tails }()
	default:
		a.fail(w, r, problem.New(problem.Throttled, "there are %d streams already", maxTails))
		return
	}
	s := &stream{w: w, control: http.NewResponseController(w)}
	if err := s.begin(); err != nil {
		a.fail(w, r, err)
		return
	}
	if r.Method == http.MethodHead {
		return
	}
	f := follower{store: a.opts.Store, predicate: predicate, now: a.opts.Now}
	gap := f.begin(r.Header.Get("Last-Event-ID"))
	// Errors of writing end the stream: the client has gone.
	if err := a.follow(r.Context(), s, &f, gap); err != nil && r.Context().Err() == nil {
		a.opts.Logger.DebugContext(r.Context(), "live tail ended", "err", err)
	}
}

// follow sends what f finds.
func (a *API) follow(ctx context.Context, s *stream, f *follower, gap *gapEvent) error {
	if err := s.send("hello", f.id(), helloEvent{seconds(a.opts.Now().UnixNano()), tailPerSecond}); err != nil {
		return err
	}
	if gap != nil {
		if err := s.send("gap", f.id(), gap); err != nil {
			return err
		}
	}
	ask, beat := time.NewTicker(tailEvery), time.NewTicker(heartbeat)
	defer ask.Stop()
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.closing:
			return s.send("end", f.id(), endEvent{"shutdown"})
		case <-beat.C:
			if err := s.send("heartbeat", f.id(), f.heartbeat()); err != nil {
				return err
			}
		case <-ask.C:
			found, err := f.poll(ctx)
			switch {
			case ctx.Err() != nil:
				return nil
			case errors.Is(err, store.ErrClosed):
				return s.send("end", f.id(), endEvent{"shutdown"})
			case err != nil:
				a.opts.Logger.ErrorContext(ctx, "live tail could not read", "err", err)
				return s.send("end", f.id(), endEvent{"error"})
			}
			if err := s.sendFound(f, found); err != nil {
				return err
			}
		}
	}
}

// Events.
type (
	helloEvent struct {
		Now       seconds `json:"now"`
		PerSecond int     `json:"perSecond"`
	}
	sampledEvent struct {
		Matched int     `json:"matched"`
		Sent    int     `json:"sent"`
		From    seconds `json:"from"`
		To      seconds `json:"to"`
	}
	gapEvent struct {
		From   seconds `json:"from"`
		To     seconds `json:"to"`
		Reason string  `json:"reason"`
	}
	heartbeatEvent struct {
		Now     seconds `json:"now"`
		Scanned int64   `json:"scanned"`
		Matched int64   `json:"matched"`
		Sent    int64   `json:"sent"`
	}
	endEvent struct {
		Reason string `json:"reason"`
	}
)

// stream writes server-sent events.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// begin sends the header. The bound of the time that a request may take to be read
// would end a stream, too: it is lifted.
func (s *stream) begin() error {
	if err := s.control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("lift the deadline of a stream: %w", err)
	}
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // proxies shall pass events on at once
	s.w.WriteHeader(http.StatusOK)
	return nil
}

// send writes one event.
func (s *stream) send(event, id string, data any) error {
	b, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	if err := s.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := fmt.Fprintf(s.w, "event: %s\nid: %s\ndata: %s\n\n", event, id, b); err != nil {
		return err
	}
	return s.control.Flush()
}

// sendFound writes the events of one poll.
func (s *stream) sendFound(f *follower, found found) error {
	for _, sum := range found.traces {
		if err := s.send("trace", f.id(), xrayapi.RenderSummary(sum, store.ByReceipt)); err != nil {
			return err
		}
	}
	if n := len(found.traces); n < found.matched {
		out := sampledEvent{found.matched, n, seconds(found.from), seconds(found.to)}
		if err := s.send("sampled", f.id(), out); err != nil {
			return err
		}
	}
	if found.gap != nil {
		return s.send("gap", f.id(), found.gap)
	}
	return nil
}

// idOf and momentOf make and read ids of events: receipt times in ns.
func idOf(ns int64) string { return strconv.FormatInt(ns, 10) }

func momentOf(id string) (ns int64, ok bool) {
	ns, err := strconv.ParseInt(id, 10, 64)
	return ns, err == nil && ns > 0
}

// isComplete reports whether a trace is as it will be shown: its root has ended.
func isComplete(s *trace.Summary) bool { return s.ResponseTime != trace.Unknown }
