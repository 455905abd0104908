package consoleapi

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

const (
	catchUp    = time.Minute     // how far back a client that comes again is served
	late       = 2 * time.Second // receipt times become visible so long afterwards at most
	patience   = 5 * time.Second // how long a trace without the end of its root is held back
	maxPolled  = 5000            // traces that one poll looks at
	maxPending = 1000            // traces that are held back
	remembered = 30_000          // how many traces are known to have been sent, at least
)

// follower finds traces as they become known.
//
// Each poll asks for what was received since the one before, and a little more:
// receipt times are given out before what they stamp becomes visible. Every update
// of a trace shows it again, so it is remembered which were sent.
type follower struct {
	store     Reader
	predicate *filter.Predicate
	now       func() time.Time

	next    int64 // receipt times from here on are to be looked at
	sent    recent
	pending map[traceid.ID]heldBack // found, but not complete
	credit  float64                 // how many traces may be sent
	granted int64                   // when credit was given last

	totalScanned, totalMatched, totalSent int64
}

type heldBack struct {
	since   int64
	summary *trace.Summary
}

// found is the result of one poll.
type found struct {
	from, to int64
	matched  int
	traces   []*trace.Summary // at most as many as may be sent, the oldest first
	gap      *gapEvent
}

// begin says where to begin: now, or where a client that was there before left off.
// It returns what that client has missed for good.
func (f *follower) begin(lastID string) *gapEvent {
	now := f.now().UnixNano()
	f.next, f.granted, f.credit = now, now, tailPerSecond
	f.pending = map[traceid.ID]heldBack{}
	last, ok := momentOf(lastID)
	if !ok || last >= now {
		return nil
	}
	f.next = max(last, now-int64(catchUp))
	if f.next == last {
		return nil
	}
	return &gapEvent{seconds(last), seconds(f.next), "reconnect"}
}

// id is the id of an event that is sent now.
func (f *follower) id() string { return idOf(f.next) }

func (f *follower) heartbeat() heartbeatEvent {
	return heartbeatEvent{seconds(f.now().UnixNano()), f.totalScanned, f.totalMatched, f.totalSent}
}

// poll looks at what was received since the poll before, which it does not forget
// when the store fails.
func (f *follower) poll(ctx context.Context) (found, error) {
	now := f.now().UnixNano()
	out := found{from: f.next, to: now}
	page, err := f.store.Scan(ctx, store.Scan{
		Clock: store.ByReceipt, Start: time.Unix(0, f.next-int64(late)), End: time.Unix(0, now), Predicate: f.predicate,
		Limit: maxPolled, MaxScanned: maxPolled,
	})
	if err != nil {
		return out, err
	}
	if to := page.ScannedTo.UnixNano(); page.Cursor != "" && to > f.next {
		out.gap = &gapEvent{seconds(f.next), seconds(to), "busy"}
	}
	f.next = now
	f.totalScanned += int64(page.Scanned)
	matched := f.sort(page.Summaries, now)
	out.matched = len(matched)
	f.totalMatched += int64(len(matched))
	out.traces = spread(matched, f.allowance(now))
	f.credit -= float64(len(out.traces))
	f.totalSent += int64(len(out.traces))
	return out, nil
}

// sort returns the traces that are to be shown now, the oldest first, and holds back
// those that are not complete.
func (f *follower) sort(summaries []*trace.Summary, now int64) []*trace.Summary {
	var ready []*trace.Summary
	for _, s := range summaries {
		if f.sent.has(s.ID) {
			continue
		}
		held, known := f.pending[s.ID]
		switch {
		case isComplete(s):
			delete(f.pending, s.ID)
			ready = append(ready, s)
		case known:
			f.pending[s.ID] = heldBack{held.since, s}
		case len(f.pending) < maxPending:
			f.pending[s.ID] = heldBack{now, s}
		default:
			ready = append(ready, s)
		}
	}
	for _, h := range f.pending {
		if now-h.since >= int64(patience) {
			ready = append(ready, h.summary)
		}
	}
	for _, s := range ready {
		f.sent.add(s.ID)
		delete(f.pending, s.ID)
	}
	slices.SortFunc(ready, func(a, b *trace.Summary) int {
		return cmp.Or(cmp.Compare(a.LastReceived, b.LastReceived), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return ready
}

// recent remembers the latest ids in two generations, so that memory is bounded.
type recent struct{ young, old map[traceid.ID]struct{} }

func (r *recent) has(id traceid.ID) bool {
	_, young := r.young[id]
	_, old := r.old[id]
	return young || old
}

func (r *recent) add(id traceid.ID) {
	if r.young == nil || len(r.young) >= remembered {
		r.young, r.old = map[traceid.ID]struct{}{}, r.young
	}
	r.young[id] = struct{}{}
}

// allowance is how many traces may be sent now.
func (f *follower) allowance(now int64) int {
	f.credit = min(tailPerSecond, f.credit+time.Duration(now-f.granted).Seconds()*tailPerSecond)
	f.granted = now
	return int(f.credit)
}

// spread returns n of the traces, or all, at even distances.
func spread(traces []*trace.Summary, n int) []*trace.Summary {
	if len(traces) <= n {
		return traces
	}
	out := make([]*trace.Summary, 0, n)
	for i := range n {
		out = append(out, traces[i*len(traces)/n])
	}
	return out
}
