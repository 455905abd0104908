package servicegraph

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/trace"
)

// The encoding of a graph, all numbers varints:
//
//	version            one byte
//	strings            number, then length and bytes of each; string 0 is empty and left out
//	keys               number, then name, type and account of each as numbers of strings
//	base               time that bounds are relative to
//	nodes              number, then of each: key, statistics, root, inferred, bounds,
//	                   response times, whether the durations differ, and if so they
//	edges              number, then of each: key from, key to, statistics, response times,
//	                   aliases (number, then key and count of each), bounds, links, event ages
//
// Strings, keys, nodes and edges are sorted, so equal graphs have equal encodings.
const graphVersion = 1

// Sizes (bytes) that the parts take at least.
const (
	minKeySize   = 3
	minNodeSize  = 12
	minEdgeSize  = 13
	minAliasSize = 2
)

// AppendBinary appends an encoding that [Graph.DecodeBinary] reads.
func (g *Graph) AppendBinary(dst []byte) []byte {
	w := graphWriter{dst: append(dst, graphVersion), base: g.first()}
	w.table(g)
	w.varint(w.base)
	w.count(len(g.Nodes))
	for _, key := range w.sorted {
		if n := g.Nodes[key]; n != nil {
			w.node(key, n)
		}
	}
	w.count(len(g.Edges))
	for _, key := range slices.SortedFunc(maps.Keys(g.Edges), EdgeKey.Compare) {
		w.edge(key, g.Edges[key])
	}
	return w.dst
}

// first is the earliest of all bounds.
func (g *Graph) first() int64 {
	if g.Empty() {
		return 0
	}
	first := int64(math.MaxInt64)
	for _, n := range g.Nodes {
		first = min(first, n.Bounds.First)
	}
	for _, e := range g.Edges {
		first = min(first, e.Bounds.First)
	}
	return first
}

type graphWriter struct {
	dst    []byte
	base   int64
	sorted []trace.Node
	keys   map[trace.Node]int
}

func (w *graphWriter) uvarint(v uint64) { w.dst = binary.AppendUvarint(w.dst, v) }
func (w *graphWriter) varint(v int64)   { w.dst = binary.AppendVarint(w.dst, v) }
func (w *graphWriter) key(n trace.Node) { w.count(w.keys[n]) }

func (w *graphWriter) count(n int) { w.uvarint(uint64(n)) }

// table writes the strings and the keys.
func (w *graphWriter) table(g *Graph) {
	w.keys = map[trace.Node]int{}
	for key := range g.Nodes {
		w.keys[key] = 0
	}
	for key, e := range g.Edges {
		w.keys[key.From], w.keys[key.To] = 0, 0
		for alias := range e.Aliases {
			w.keys[alias] = 0
		}
	}
	w.sorted = slices.SortedFunc(maps.Keys(w.keys), trace.Node.Compare)

	words := []string{""}
	for i, key := range w.sorted {
		w.keys[key] = i
		words = append(words, key.Name, key.Type, key.AccountID)
	}
	slices.Sort(words)
	words = slices.Compact(words)
	index := make(map[string]int, len(words))
	w.count(len(words) - 1)
	for i, word := range words {
		index[word] = i
		if i > 0 {
			w.count(len(word))
			w.dst = append(w.dst, word...)
		}
	}
	w.count(len(w.sorted))
	for _, key := range w.sorted {
		w.count(index[key.Name])
		w.count(index[key.Type])
		w.count(index[key.AccountID])
	}
}

func (w *graphWriter) node(key trace.Node, n *Node) {
	w.key(key)
	w.stats(n.Stats)
	w.varint(n.Root)
	w.varint(n.Inferred)
	w.bounds(n.Bounds)
	w.dst = n.ResponseTimes.AppendBinary(w.dst)
	if n.Durations.same(&n.ResponseTimes) {
		w.dst = append(w.dst, 0)
		return
	}
	w.dst = append(w.dst, 1)
	w.dst = n.Durations.AppendBinary(w.dst)
}

func (w *graphWriter) edge(key EdgeKey, e *Edge) {
	w.key(key.From)
	w.key(key.To)
	w.stats(e.Stats)
	w.dst = e.ResponseTimes.AppendBinary(w.dst)
	w.count(len(e.Aliases))
	for _, alias := range slices.SortedFunc(maps.Keys(e.Aliases), trace.Node.Compare) {
		w.key(alias)
		w.varint(e.Aliases[alias])
	}
	w.bounds(e.Bounds)
	w.varint(e.Links)
	w.dst = e.EventAges.AppendBinary(w.dst)
}

func (w *graphWriter) stats(s Stats) {
	for _, n := range s.Count {
		w.varint(n)
	}
	w.varint(s.TotalTime)
}

// bounds relies on wrap-around where the distance exceeds the range of int64.
func (w *graphWriter) bounds(b Bounds) {
	w.uvarint(uint64(b.First - w.base))
	w.uvarint(uint64(b.Last - b.First))
}

// DecodeBinary reads one encoded graph from the front of b and returns the rest. It
// replaces what g held. The graph shares no memory with b. It is empty after an
// error.
func (g *Graph) DecodeBinary(b []byte) (rest []byte, err error) {
	*g = Graph{}
	r := graphReader{reader: reader{b: b}}
	if r.byte() != graphVersion {
		r.fail("unknown version")
	}
	r.table()
	r.base = r.varint()
	r.nodes(g)
	r.edges(g)
	if r.err != nil {
		*g = Graph{}
	}
	return r.b, r.err
}

type graphReader struct {
	reader
	base int64
	keys []trace.Node
}

func (r *graphReader) key() trace.Node {
	i := r.index(len(r.keys))
	if r.err != nil {
		return trace.Node{}
	}
	return r.keys[i]
}

// table reads the strings and the keys.
func (r *graphReader) table() {
	words := r.words()
	n := r.count(minKeySize)
	r.keys = make([]trace.Node, n)
	for i := range r.keys {
		r.keys[i] = trace.Node{
			Name:      words[r.index(len(words))],
			Type:      words[r.index(len(words))],
			AccountID: words[r.index(len(words))],
		}
		if i > 0 && r.keys[i-1].Compare(r.keys[i]) >= 0 {
			r.fail("keys out of order")
		}
	}
}

// words reads the strings. They share one allocation.
func (r *graphReader) words() []string {
	n := r.count(1)
	words := make([]string, 1, n+1)
	var all strings.Builder
	ends := make([]int, 0, n)
	for range n {
		size := r.count(1)
		if r.err != nil {
			return words
		}
		all.Write(r.b[:size])
		r.b = r.b[size:]
		ends = append(ends, all.Len())
	}
	start := 0
	for _, end := range ends {
		words = append(words, all.String()[start:end])
		start = end
	}
	return words
}

func (r *graphReader) nodes(g *Graph) {
	n := r.count(minNodeSize)
	if n == 0 {
		return
	}
	nodes := make([]Node, n)
	g.Nodes = make(map[trace.Node]*Node, n)
	for i := range nodes {
		g.Nodes[r.key()] = &nodes[i]
		r.node(&nodes[i])
		if r.err != nil {
			return
		}
	}
	if len(g.Nodes) != n {
		r.fail("repeated node")
	}
}

func (r *graphReader) node(n *Node) {
	n.Stats = r.stats()
	n.Root = r.varint()
	n.Inferred = r.varint()
	n.Bounds = r.bounds()
	r.histogram(&n.ResponseTimes)
	switch r.byte() {
	case 0:
		n.Durations = n.ResponseTimes.clone()
	case 1:
		r.histogram(&n.Durations)
	default:
		r.fail("unknown form of durations")
	}
}

func (r *graphReader) edges(g *Graph) {
	n := r.count(minEdgeSize)
	if n == 0 {
		return
	}
	edges := make([]Edge, n)
	g.Edges = make(map[EdgeKey]*Edge, n)
	for i := range edges {
		key := EdgeKey{From: r.key(), To: r.key()}
		g.Edges[key] = &edges[i]
		r.edge(&edges[i])
		if r.err != nil {
			return
		}
	}
	if len(g.Edges) != n {
		r.fail("repeated edge")
	}
}

func (r *graphReader) edge(e *Edge) {
	e.Stats = r.stats()
	r.histogram(&e.ResponseTimes)
	if n := r.count(minAliasSize); n > 0 {
		e.Aliases = make(map[trace.Node]int64, n)
		for range n {
			alias := r.key()
			e.Aliases[alias] = r.varint()
		}
	}
	e.Bounds = r.bounds()
	e.Links = r.varint()
	r.histogram(&e.EventAges)
}

func (r *graphReader) stats() Stats {
	var s Stats
	for i := range s.Count {
		s.Count[i] = r.varint()
	}
	s.TotalTime = r.varint()
	return s
}

func (r *graphReader) bounds() Bounds {
	first := r.base + int64(r.uvarint())
	return Bounds{First: first, Last: first + int64(r.uvarint())}
}
