package insight

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/radiograph/radiograph/group"
)

// State is where a Watcher keeps insights; store.Store is one.
type State interface {
	LoadState(ctx context.Context, kind string) (map[string][]byte, error)
	PutState(ctx context.Context, kind, key string, value []byte) error
	DeleteState(ctx context.Context, kind, key string) error
}

// The kinds of state. Closed insights have an entry each, by id; what is active is
// in one entry by group, so that it is never half written.
const (
	kindClosed = "insight"
	kindGroup  = "insight-group"
)

// saveMinutes is how often the progress of a group without active insights is
// written. A restart judges what came after it again.
const saveMinutes = 15

// stateKey is the key of a group's entry: keys must not be empty, as the id of
// Default is.
func stateKey(groupID string) string { return cmp.Or(groupID, group.DefaultName) }

func (w *Watcher) load(ctx context.Context) error {
	entries, err := w.opts.State.LoadState(ctx, kindClosed)
	if err != nil {
		return fmt.Errorf("load insights: %w", err)
	}
	for id, value := range entries {
		i := new(Insight)
		if err := json.Unmarshal(value, i); err != nil {
			return fmt.Errorf("read insight %q: %w", id, err)
		}
		w.all[id] = i
	}
	entries, err = w.opts.State.LoadState(ctx, kindGroup)
	if err != nil {
		return fmt.Errorf("load active insights: %w", err)
	}
	for key, value := range entries {
		x := &watched{}
		if err := json.Unmarshal(value, &x.state); err != nil {
			return fmt.Errorf("read active insights of %q: %w", key, err)
		}
		x.saved = x.state.Through
		if key == group.DefaultName {
			key = ""
		}
		w.groups[key] = x
		for _, i := range x.state.Active {
			w.all[i.ID] = i.clone()
		}
	}
	return nil
}

// save writes what has changed: what has closed first, so that it is never lost. If
// only that is written, judging the same minutes again closes the same insights.
func (w *Watcher) save(ctx context.Context, x *watched) error {
	for len(x.closed) > 0 {
		i := x.closed[0]
		if err := w.put(ctx, kindClosed, i.ID, i); err != nil {
			return err
		}
		x.closed = x.closed[1:]
	}
	if !x.dirty && x.state.Through < x.saved+saveMinutes {
		return nil
	}
	if err := w.put(ctx, kindGroup, stateKey(x.group.ID), &x.state); err != nil {
		return err
	}
	x.saved, x.dirty = x.state.Through, false
	return nil
}

func (w *Watcher) put(ctx context.Context, kind, key string, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s %s: %w", kind, key, err)
	}
	return w.opts.State.PutState(ctx, kind, key, value)
}

// forget removes the insights of groups that are no more, and those that are too old
// or too many.
func (w *Watcher) forget(ctx context.Context, known map[string]bool, now time.Time) error {
	var errs []error
	for id := range w.groups {
		if known[id] {
			continue
		}
		if err := w.opts.State.DeleteState(ctx, kindGroup, stateKey(id)); err != nil {
			errs = append(errs, err)
			continue
		}
		delete(w.groups, id)
	}
	for _, i := range w.outdated(known, now) {
		if err := w.opts.State.DeleteState(ctx, kindClosed, i.ID); err != nil {
			errs = append(errs, err)
			continue
		}
		w.mu.Lock()
		delete(w.all, i.ID)
		w.mu.Unlock()
	}
	return errors.Join(errs...)
}

func (w *Watcher) outdated(known map[string]bool, now time.Time) []*Insight {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []*Insight
	closed := map[string][]*Insight{}
	for _, i := range w.all {
		switch {
		case !known[i.GroupID], i.Closed && now.Sub(i.End) > w.opts.Retention:
			out = append(out, i)
		case i.Closed:
			closed[i.GroupID] = append(closed[i.GroupID], i)
		}
	}
	for _, all := range closed {
		if len(all) > maxKept {
			slices.SortFunc(all, func(a, b *Insight) int { return compareAge(b, a) })
			out = append(out, all[maxKept:]...)
		}
	}
	return out
}
