package block

import (
	"strings"

	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// linkIndex remembers which traces link to which, as far as they were settled
// lately, so that a link is resolved again when the trace it leads to changes.
type linkIndex struct {
	links map[traceid.ID]map[linkKey]resolvedLink // by the trace that is linked to
	n     int
}

// linkKey names a link by the trace it is in and the entity that it leads to.
type linkKey struct {
	from  traceid.ID
	to    traceid.EntityID
	start int64
}

// resolvedLink is what a link's row says.
type resolvedLink struct {
	node trace.Node
	age  int64
}

// maxLinks bounds the index. Beyond it links stay as they were first resolved.
const maxLinks = 100_000

func (x *linkIndex) put(to traceid.ID, k linkKey, r resolvedLink) {
	if x.n >= maxLinks {
		x.links, x.n = nil, 0
	}
	if x.links == nil {
		x.links = map[traceid.ID]map[linkKey]resolvedLink{}
	}
	if x.links[to] == nil {
		x.links[to] = map[linkKey]resolvedLink{}
	}
	if _, ok := x.links[to][k]; !ok {
		x.n++
	}
	x.links[to][k] = r
}

// resolveLinks fills in where the links of sum come from.
func (s *Store) resolveLinks(sum *trace.Summary) {
	for i := range sum.Links {
		l := &sum.Links[i]
		var r resolvedLink
		if tr, err := s.load(l.TraceID); err != nil {
			s.log.Error("linked trace unreadable", "trace_id", l.TraceID.String(), "err", err)
		} else if tr != nil {
			r = resolveLink(tr, l.ID, l.Start)
		}
		l.From, l.Age = r.node, r.age
		s.settler.links.put(l.TraceID, linkKey{sum.ID, l.ID, l.Start}, r)
	}
}

func resolveLink(tr *trace.Trace, id traceid.EntityID, start int64) resolvedLink {
	n, end, ok := tr.NodeOf(id)
	if !ok {
		return resolvedLink{}
	}
	// The node's strings may be those of documents that will not stay.
	n = trace.Node{Name: strings.Clone(n.Name), Type: strings.Clone(n.Type), AccountID: strings.Clone(n.AccountID)}
	r := resolvedLink{node: n}
	if end != trace.Unknown {
		r.age = max(0, start-end)
	}
	return r
}

// recheckLinks makes the traces dirty whose links to tr lead elsewhere now.
func (s *Store) recheckLinks(tr *trace.Trace) {
	for k, was := range s.settler.links.links[tr.ID] {
		if k.from == tr.ID || resolveLink(tr, k.to, k.start) == was {
			continue
		}
		s.mu.Lock()
		t := s.head.trace(k.from)
		t.changed = true
		s.head.touch(t, s.now())
		s.mu.Unlock()
	}
}
