package servicegraph

import "github.com/radiograph/radiograph/segment"

// Stats are the counts of outcomes and the sum of the response times.
type Stats struct {
	Count     [4]int64 // by segment.Outcome
	TotalTime int64    // ns
}

// Total is the number of all observations.
func (s Stats) Total() int64 {
	return s.Count[segment.OK] + s.Count[segment.Error] + s.Count[segment.Throttle] + s.Count[segment.Fault]
}

// add adds n observations with that outcome and response time (ns).
func (s *Stats) add(o segment.Outcome, ns, n int64) {
	s.Count[o] += n
	s.TotalTime += n * ns
}

// merge adds sign times o.
func (s *Stats) merge(o Stats, sign int64) {
	for i, n := range o.Count {
		s.Count[i] += sign * n
	}
	s.TotalTime += sign * o.TotalTime
}

// Bounds are the earliest and the latest start (ns since the epoch) of the
// contributing traces. They only widen: subtracting does not narrow them.
type Bounds struct{ First, Last int64 }

func (b *Bounds) widen(o Bounds) {
	b.First = min(b.First, o.First)
	b.Last = max(b.Last, o.Last)
}
