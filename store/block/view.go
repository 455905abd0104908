package block

import (
	"context"

	"github.com/radiograph/radiograph/trace"
)

// view is the store at one moment. It must be released.
type view struct {
	parts []viewPart // oldest first
	head  []stripeSource
}

// viewPart is a part and the rows of it that were dead at the moment.
type viewPart struct {
	*part
	dead deadSet
}

// view settles what has been appended and returns what is there.
func (s *Store) view(ctx context.Context) (*view, error) {
	if err := s.settleAll(ctx); err != nil {
		return nil, err
	}
	return s.viewWith(func() {}), nil
}

// viewWith returns what has been settled. It calls f at the moment of the view,
// under the lock.
func (s *Store) viewWith(f func()) *view {
	var head []stripeSource
	v := s.viewParts(func() {
		for _, b := range s.head.builders {
			if len(b.payloads) > 0 {
				head = append(head, newMemoryStripe(b.snapshot()))
			}
		}
		f()
	})
	v.head = head
	return v
}

// viewParts is viewWith without the head.
func (s *Store) viewParts(f func()) *view {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	v := &view{parts: make([]viewPart, 0, len(s.parts))}
	for _, p := range s.parts {
		p.acquire()
		v.parts = append(v.parts, viewPart{p, p.dead})
	}
	return v
}

func (v *view) release() {
	for _, p := range v.parts {
		p.release()
	}
}

// liveStripe is a stripe of a view with what is dead in it.
type liveStripe struct {
	stripeSource
	dead deadSet
	base int // row of the part that is the stripe's first
}

func (l *liveStripe) isDead(i int) bool { return l.dead.n > 0 && l.dead.has(l.base+i) }

// stripes lists all stripes, newest last.
func (v *view) stripes() []liveStripe {
	var all []liveStripe
	for _, p := range v.parts {
		base := 0
		for _, src := range p.stripes() {
			all = append(all, liveStripe{src, p.dead, base})
			base += src.rows()
		}
	}
	for _, src := range v.head {
		all = append(all, liveStripe{stripeSource: src})
	}
	return all
}

// summaries calls visit with every live summary that was possibly received in [from,
// to) and passes the filter.
func (v *view) summaries(ctx context.Context, from, to int64, f *rowFilter, visit func(*trace.Summary)) error {
	return eachSummary(ctx, v.stripes(), from, to, f, visit)
}

// eachSummary is summaries for some stripes.
func eachSummary(
	ctx context.Context, stripes []liveStripe, from, to int64, f *rowFilter, visit func(*trace.Summary),
) error {
	for _, src := range stripes {
		z := src.zone()
		if z.minFirst >= to || z.maxLast < from || !f.zone(z) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		st, err := src.load(summaryColumns)
		if err != nil {
			return err
		}
		match := f.bind(st)
		for i := range st.n {
			if st.first[i] >= to || st.last[i] < from || src.isDead(i) || !match(i) {
				continue
			}
			sum, err := st.summary(i)
			if err != nil {
				return err
			}
			visit(sum)
		}
	}
	return nil
}
