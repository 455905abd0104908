package storetest

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// Memory is the reference store: every answer is computed from all documents,
// nothing is kept on disk. It is for tests.
type Memory struct {
	classify store.Classify // may be nil

	mu     sync.Mutex // guards the fields below
	traces map[traceid.ID]*memTrace
	state  map[string]map[string][]byte
	closed bool
}

// memTrace is one trace of a Memory. The computed parts are nil when documents
// have come since they were computed.
type memTrace struct {
	docs    []trace.Document
	groups  []trace.Membership
	trace   *trace.Trace
	summary *trace.Summary
}

// NewMemory returns an empty Memory. classify may be nil.
func NewMemory(classify store.Classify) *Memory {
	return &Memory{
		classify: classify,
		traces:   map[traceid.ID]*memTrace{},
		state:    map[string]map[string][]byte{},
	}
}

var _ store.Store = (*Memory)(nil)

// Append implements [store.Store].
func (m *Memory) Append(_ context.Context, b store.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return store.ErrClosed
	}
	decoded := make([]*segment.Segment, len(b.Documents))
	for i, d := range b.Documents {
		s, err := segment.Decode(slices.Clone(d.Raw))
		if err != nil {
			return fmt.Errorf("decode document %d of batch: %w", i, err)
		}
		decoded[i] = s
	}
	touched := map[*memTrace]bool{}
	for i, d := range b.Documents {
		t := m.traces[d.TraceID]
		if t == nil {
			t = &memTrace{}
			m.traces[d.TraceID] = t
		}
		t.docs = append(t.docs, trace.Document{Segment: decoded[i], Received: b.Received, Index: uint32(i)})
		touched[t] = true
	}
	for t := range touched {
		t.trace, t.summary = nil, nil
		m.settle(t)
	}
	return nil
}

// settle computes what t is missing.
func (m *Memory) settle(t *memTrace) {
	if t.summary != nil {
		return
	}
	t.trace = trace.Assemble(t.docs[0].Segment.TraceID, t.docs)
	t.summary = t.trace.Summary()
	for i := range t.summary.Links {
		l := &t.summary.Links[i]
		other := m.traces[l.TraceID]
		if other == nil || other.trace == nil {
			continue
		}
		if n, end, ok := other.trace.NodeOf(l.ID); ok {
			l.From = n
			if end != trace.Unknown {
				l.Age = max(0, l.Start-end)
			}
		}
	}
	if m.classify != nil {
		t.groups = m.classify(t.summary, t.groups)
	}
	t.summary.Groups = t.groups
}

// Traces implements [store.Store].
func (m *Memory) Traces(ctx context.Context, ids []traceid.ID) iter.Seq2[*trace.Trace, error] {
	return func(yield func(*trace.Trace, error) bool) {
		for _, id := range ids {
			t, err := m.trace(ctx, id)
			if err != nil {
				yield(nil, err)
				return
			}
			if t != nil && !yield(t, nil) {
				return
			}
		}
	}
}

func (m *Memory) trace(ctx context.Context, id traceid.ID) (*trace.Trace, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, store.ErrClosed
	}
	if t := m.traces[id]; t != nil {
		return t.trace, nil
	}
	return nil, ctx.Err()
}

// summaries returns all summaries, in no order.
func (m *Memory) summaries() ([]*trace.Summary, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, store.ErrClosed
	}
	all := make([]*trace.Summary, 0, len(m.traces))
	for _, t := range m.traces {
		all = append(all, t.summary)
	}
	return all, nil
}

// Scan implements [store.Store].
func (m *Memory) Scan(_ context.Context, q store.Scan) (store.Page, error) {
	all, err := m.summaries()
	if err != nil {
		return store.Page{}, err
	}
	after, err := parseCursor(q.Cursor)
	if err != nil {
		return store.Page{}, err
	}
	from, to := q.Start.UnixNano(), q.End.UnixNano()
	all = slices.DeleteFunc(all, func(s *trace.Summary) bool {
		return !selects(q, s, from, to) || q.Cursor != "" && compareCursor(cursorOf(q.Clock, s), after) <= 0
	})
	slices.SortFunc(all, func(a, b *trace.Summary) int {
		return compareCursor(cursorOf(q.Clock, a), cursorOf(q.Clock, b))
	})
	limit, bound := cmp.Or(q.Limit, 1000), cmp.Or(q.MaxScanned, len(all))
	var page store.Page
	for _, s := range all {
		if len(page.Summaries) == limit || page.Scanned == bound {
			page.ScannedTo = time.Unix(0, after.clock)
			page.Cursor = after.String()
			return page, nil
		}
		page.Scanned++
		after = cursorOf(q.Clock, s)
		if matches(q, s, from, to) {
			page.Summaries = append(page.Summaries, s)
		}
	}
	page.ScannedTo = q.Start
	return page, nil
}

// selects reports whether s is in the time range of q, the first question about
// every trace; matches asks the rest.
func selects(q store.Scan, s *trace.Summary, from, to int64) bool {
	switch q.Clock {
	case store.ByReceipt:
		return from <= s.LastReceived && s.LastReceived < to
	case store.ByService:
		ended := func(o trace.Observation) bool { return from <= o.EndTime && o.EndTime < to }
		return slices.ContainsFunc(s.NodeObservations, func(o trace.NodeObservation) bool { return ended(o.Observation) }) ||
			slices.ContainsFunc(s.EdgeObservations, func(o trace.EdgeObservation) bool { return ended(o.Observation) })
	case store.ByStart:
	}
	return from <= s.StartTime && s.StartTime < to
}

func matches(q store.Scan, s *trace.Summary, from, to int64) bool {
	if q.Fraction > 0 && !store.Sampled(s.ID, q.Fraction) {
		return false
	}
	if q.Predicate == nil {
		return true
	}
	if q.Clock == store.ByService {
		return q.Predicate.MatchWithin(s, from, to)
	}
	return q.Predicate.Match(s)
}

// cursor is a place in a scan: newest first, ties by trace id.
type cursor struct {
	clock int64
	id    traceid.ID
}

func cursorOf(c store.Clock, s *trace.Summary) cursor {
	if c == store.ByReceipt {
		return cursor{s.LastReceived, s.ID}
	}
	return cursor{s.StartTime, s.ID}
}

func compareCursor(a, b cursor) int {
	return cmp.Or(cmp.Compare(b.clock, a.clock), slices.Compare(a.id[:], b.id[:]))
}

// String returns the form that parseCursor reads: 48 hex digits.
func (c cursor) String() string {
	return hex.EncodeToString(append(binary.BigEndian.AppendUint64(nil, uint64(c.clock)), c.id[:]...))
}

func parseCursor(s string) (c cursor, err error) {
	if s == "" {
		return cursor{}, nil
	}
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 24 {
		return cursor{}, problem.New(problem.Invalid, "Invalid token %s", s)
	}
	copy(c.id[:], b[8:])
	c.clock = int64(binary.BigEndian.Uint64(b))
	return c, nil
}

// Graph implements [store.Store].
func (m *Memory) Graph(_ context.Context, q store.GraphQuery) (store.Graph, error) {
	all, err := m.summaries()
	if err != nil {
		return store.Graph{}, err
	}
	out := store.Graph{Graph: &servicegraph.Graph{}}
	for _, s := range all {
		if version, ok := member(q, s); ok {
			seen := out.Graph.Observe(s, q.Start.UnixNano(), q.End.UnixNano(), 1)
			out.OldVersions = out.OldVersions || seen && q.Group != "" && version < q.Version
		}
	}
	return out, nil
}

// member reports whether q asks for s, and with which version of the group's filter
// s joined.
func member(q store.GraphQuery, s *trace.Summary) (version int, ok bool) {
	if q.Predicate != nil && !q.Predicate.Match(s) {
		return 0, false
	}
	if q.Group == "" {
		return 0, true
	}
	i := slices.IndexFunc(s.Groups, func(g trace.Membership) bool { return g.GroupID == q.Group })
	if i < 0 {
		return 0, false
	}
	return s.Groups[i].Version, true
}

// Series implements [store.Store].
func (m *Memory) Series(_ context.Context, q store.SeriesQuery) (store.Series, error) {
	all, err := m.summaries()
	if err != nil {
		return store.Series{}, err
	}
	var out store.Series
	buckets := map[int64]*servicegraph.Graph{} // by end of period, ns
	period := max(q.Period, time.Minute).Nanoseconds()
	for _, s := range all {
		version, ok := member(q.GraphQuery, s)
		if !ok {
			continue
		}
		for minute := range servicegraph.Minutes(s) {
			from, to := minute*int64(time.Minute), (minute+1)*int64(time.Minute)
			if to < q.Start.UnixNano() || to >= q.End.UnixNano() {
				continue
			}
			end := (to + period - 1) / period * period
			if buckets[end] == nil {
				buckets[end] = &servicegraph.Graph{}
			}
			seen := buckets[end].Observe(s, from, to, 1)
			out.OldVersions = out.OldVersions || seen && q.Group != "" && version < q.Version
		}
	}
	for _, end := range slices.Backward(slices.Sorted(maps.Keys(buckets))) {
		stats, times := buckets[end].Select(q.Selector)
		out.Buckets = append(out.Buckets, servicegraph.Bucket{End: end, Stats: stats, ResponseTimes: times})
	}
	return out, nil
}

// Values implements [store.Store].
func (m *Memory) Values(_ context.Context, q store.ValuesQuery) ([]string, error) {
	all, err := m.summaries()
	if err != nil {
		return nil, err
	}
	set := map[string]bool{}
	for _, s := range all {
		for v := range store.ValuesOf(q, s) {
			if v != "" && strings.HasPrefix(v, q.Prefix) {
				set[v] = true
			}
		}
	}
	values := slices.Sorted(maps.Keys(set))
	return values[:min(len(values), cmp.Or(q.Limit, 100))], nil
}

// LoadState implements [store.Store].
func (m *Memory) LoadState(_ context.Context, kind string) (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, store.ErrClosed
	}
	out := make(map[string][]byte, len(m.state[kind]))
	for k, v := range m.state[kind] {
		out[k] = slices.Clone(v)
	}
	return out, nil
}

// PutState implements [store.Store].
func (m *Memory) PutState(_ context.Context, kind, key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return store.ErrClosed
	}
	if m.state[kind] == nil {
		m.state[kind] = map[string][]byte{}
	}
	m.state[kind][key] = slices.Clone(value)
	return nil
}

// DeleteState implements [store.Store].
func (m *Memory) DeleteState(_ context.Context, kind, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return store.ErrClosed
	}
	delete(m.state[kind], key)
	return nil
}

// Stats implements [store.Store].
func (m *Memory) Stats() store.Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	var st store.Stats
	for _, t := range m.traces {
		st.Traces++
		st.Documents += int64(len(t.docs))
	}
	return st
}

// Close implements [store.Store].
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
