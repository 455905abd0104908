package insight

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/servicegraph"
)

// Source returns what was received of a group's traces in a minute since the epoch.
type Source func(ctx context.Context, g group.Group, minute int64) (*servicegraph.Graph, error)

// Options are what a [Watcher] is made of.
type Options struct {
	State     State
	Groups    func() []group.Group // all of them, at any time
	Graph     Source
	Retention time.Duration // of closed insights; at most, and by default, 30 days
}

const (
	// maxRetention is how far back X-Ray tells of insights.
	maxRetention = 30 * 24 * time.Hour

	// maxKept is how many closed insights of a group are kept, the latest.
	maxKept = 1000

	// lookBack is how many minutes that were received before a group was watched are
	// judged, too.
	lookBack = 2 * 60

	// maxCatchUp is how many minutes are judged after a time without a service. What
	// lies before them is not judged at all.
	maxCatchUp = 6 * 60

	// grace is how long a minute is over before it is read: the store needs some time
	// until it has seen what was received last.
	grace = 5 * time.Second
)

// Watcher follows the groups that have insights enabled. Its methods are safe for
// concurrent use, but for Advance, which one goroutine calls.
type Watcher struct {
	opts   Options
	groups map[string]*watched // by id; Advance's alone

	mu   sync.RWMutex
	all  map[string]*Insight // by id, closed ones too; never changed once they are here
	news []Notice            // not yet taken
}

// watched is a group that is or was followed.
type watched struct {
	group   group.Group
	history *history // nil while it is not followed
	state   groupState
	saved   int64      // state.Through when it was written
	dirty   bool       // state has insights that are not written
	closed  []*Insight // that are not written

	// What the last minutes have changed and nobody has been told yet.
	changed map[string]*Insight
	news    []Notice
}

// Notice is an event of an insight in a group that wants notifications.
type Notice struct {
	Insight *Insight // as it was then; read only
	Event   Event
}

// New returns a watcher that knows the insights in the state.
func New(ctx context.Context, opts Options) (*Watcher, error) {
	switch {
	case opts.State == nil:
		return nil, errors.New("insight: no state")
	case opts.Groups == nil:
		return nil, errors.New("insight: no groups")
	case opts.Graph == nil:
		return nil, errors.New("insight: no source")
	}
	if opts.Retention <= 0 || opts.Retention > maxRetention {
		opts.Retention = maxRetention
	}
	w := &Watcher{opts: opts, groups: map[string]*watched{}, all: map[string]*Insight{}}
	if err := w.load(ctx); err != nil {
		return nil, err
	}
	return w, nil
}

// Find returns the insight with that id, or nil. It must not be changed.
func (w *Watcher) Find(id string) *Insight {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.all[id]
}

// List returns the insights of a group that were active at some time in [from, to),
// latest start first. They must not be changed.
func (w *Watcher) List(groupID string, from, to time.Time) []*Insight {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var found []*Insight
	for _, i := range w.all {
		if i.GroupID == groupID && i.Start.Before(to) && (!i.Closed || i.End.After(from)) {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b *Insight) int { return cmp.Or(b.Start.Compare(a.Start), cmp.Compare(a.ID, b.ID)) })
	return found
}

// Advance judges all minutes that are over by now, group by group. It does nothing
// when no group has insights enabled and no insights are kept. What one group fails
// with does not keep the others from being judged; it is tried again next time.
func (w *Watcher) Advance(ctx context.Context, now time.Time) error {
	due := minuteOf(now.Add(-grace)) - 1
	var errs []error
	known := map[string]bool{}
	for _, g := range w.opts.Groups() {
		known[g.ID] = true
		if err := w.advance(ctx, g, due); err != nil {
			errs = append(errs, fmt.Errorf("insights of group %s: %w", g.Name, err))
		}
	}
	errs = append(errs, w.forget(ctx, known, now))
	return errors.Join(errs...)
}

func (w *Watcher) advance(ctx context.Context, g group.Group, due int64) error {
	x := w.groups[g.ID]
	if x == nil {
		if !g.Insights.Enabled {
			return nil
		}
		x = &watched{}
		w.groups[g.ID] = x
	}
	x.group = g
	if !g.Insights.Enabled {
		return w.end(ctx, x)
	}
	if x.history == nil || due-x.history.last > seriesMinutes {
		if err := w.begin(ctx, x, due); err != nil {
			return err
		}
	}
	// Who asks meanwhile sees what was known before: of many minutes only the last
	// is worth telling.
	defer w.publish(x)
	for x.history.last < due {
		if err := w.read(ctx, x, x.history.last+1); err != nil {
			return err
		}
		w.keep(x, x.state.judge(x.history, g.ID, g.Name))
	}
	return w.save(ctx, x)
}

// begin reads the past of a group up to where it was judged, or some time before.
func (w *Watcher) begin(ctx context.Context, x *watched, due int64) error {
	from := due - lookBack
	if x.state.Through > 0 {
		from = min(due, max(x.state.Through, due-maxCatchUp))
	}
	x.history = newHistory()
	x.history.last = from - seriesMinutes
	for m := from - seriesMinutes + 1; m <= from; m++ {
		if err := w.read(ctx, x, m); err != nil {
			x.history = nil
			return err
		}
	}
	x.state.Through = from
	return nil
}

func (w *Watcher) read(ctx context.Context, x *watched, minute int64) error {
	g, err := w.opts.Graph(ctx, x.group, minute)
	if err != nil {
		return fmt.Errorf("read minute %s: %w", startOf(minute).Format(time.RFC3339), err)
	}
	x.history.add(minute, MinuteOf(g))
	return nil
}

// keep notes the insights of x as they are after a minute.
func (w *Watcher) keep(x *watched, closed []*Insight) {
	if len(closed)+len(x.state.Active) == 0 {
		return
	}
	x.dirty = true
	x.closed = append(x.closed, closed...)
	if x.changed == nil {
		x.changed = map[string]*Insight{}
	}
	for _, i := range slices.Concat(x.state.Active, closed) {
		old := x.changed[i.ID]
		if old == nil {
			old = w.Find(i.ID)
		}
		i = i.clone()
		x.changed[i.ID] = i
		if x.group.Insights.Notifications {
			x.news = append(x.news, newsOf(old, i)...)
		}
	}
}

// newsOf returns the events that i has beyond those of old, which may be nil.
func newsOf(old, i *Insight) (news []Notice) {
	from := 0
	if old != nil {
		from = len(old.Events)
	}
	for k := from; k < len(i.Events); k++ {
		news = append(news, Notice{Insight: i, Event: i.Events[k]})
	}
	return news
}

// maxNotices bounds the notices that nobody has taken; the oldest are dropped.
const maxNotices = 1000

// publish makes visible what has changed in x.
func (w *Watcher) publish(x *watched) {
	w.mu.Lock()
	defer w.mu.Unlock()
	maps.Copy(w.all, x.changed)
	w.news = append(w.news, x.news...)
	w.news = w.news[max(0, len(w.news)-maxNotices):]
	x.changed, x.news = nil, nil
}

// Notices returns what has happened since it was called last in groups that want
// notifications, oldest first.
func (w *Watcher) Notices() []Notice {
	w.mu.Lock()
	defer w.mu.Unlock()
	news := w.news
	w.news = nil
	return news
}

// end stops following a group in which insights have been disabled.
func (w *Watcher) end(ctx context.Context, x *watched) error {
	if x.history == nil && len(x.state.Active) == 0 && x.state.Through == 0 {
		return w.save(ctx, x)
	}
	closed := x.state.Active
	for _, i := range closed {
		i.Closed = true
		i.Summary = i.summarize()
		i.record("The insight was closed: insights have been disabled for the group.")
	}
	x.history, x.state = nil, groupState{}
	x.dirty = true
	w.keep(x, closed)
	w.publish(x)
	return w.save(ctx, x)
}
