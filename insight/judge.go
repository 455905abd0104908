package insight

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/radiograph/radiograph/trace"
)

// Constants of the life of an insight, in minutes.
const (
	quietMinutes  = 10      // without too many faults, after which an insight closes
	frozenMinutes = 24 * 60 // for which a service is held against the past before the insight
	eventMinutes  = 5       // between events that only tell of a greater impact
)

// groupState is what must survive a restart: the insights that are active, and the
// last minute that was judged. Judging on from here gives what judging without a
// restart would have given.
type groupState struct {
	Through int64      `json:"through"`
	Active  []*Insight `json:"active"` // by start, then id
}

// judge decides about the last minute of h, which must be the one after s.Through. It
// returns the insights that have closed.
func (s *groupState) judge(h *history, groupID, groupName string) (closed []*Insight) {
	m := h.last
	s.Through = m
	owner := map[trace.Node]*Insight{}
	for _, i := range s.Active {
		i.follow(h)
		for k := range i.Services {
			owner[i.Services[k].Node] = i
		}
	}
	fresh := h.anomalies(owner)
	if len(fresh) > 0 {
		s.assign(h, owner, fresh, groupID, groupName)
	}
	for _, i := range s.Active {
		i.update(h)
	}
	s.Active = slices.DeleteFunc(s.Active, func(i *Insight) bool {
		if i.Closed {
			closed = append(closed, i)
		}
		return i.Closed
	})
	return closed
}

// anomalies returns the services that have become anomalous with the last minute,
// those that have an owner left out.
func (h *history) anomalies(owner map[trace.Node]*Insight) map[trace.Node]Service {
	found := map[trace.Node]Service{}
	m := h.last
	for node, s := range h.nodes {
		if owner[node] != nil {
			continue
		}
		window := h.sum(s, m-windowMinutes+1, m)
		if window.Fault == 0 || window.Total < minWindow {
			continue
		}
		model, known := modelAt(m, func(first, last int64) Counts { return h.sum(s, first, last) })
		if !known || !model.exceeded(window) {
			continue
		}
		if first, last, n := h.hot(s, model); n >= minHot {
			found[node] = Service{Node: node, Since: startOf(first), Joined: endOf(m), Last: endOf(last), Model: model}
		}
	}
	return found
}

// hot returns the first and the last minute of the window with too many faults, and
// how many there are.
func (h *history) hot(s *series, model Model) (first, last int64, n int) {
	for m := h.last - windowMinutes + 1; m <= h.last; m++ {
		if !model.hot(h.sum(s, m, m)) {
			continue
		}
		if n == 0 {
			first = m
		}
		last = m
		n++
	}
	return first, last, n
}

// assign gives anomalous services to the insights that they hang together with, or
// to new ones.
func (s *groupState) assign(h *history, owner map[trace.Node]*Insight, fresh map[trace.Node]Service, groupID, groupName string) {
	involved := maps.Clone(owner)
	for n := range fresh {
		involved[n] = nil
	}
	nodes := sortedKeys(involved, trace.Node.Compare)
	for _, members := range h.adjacency(nodes).components() {
		var joining []Service
		var oldest *Insight
		for _, k := range members {
			n := nodes[k]
			if service, ok := fresh[n]; ok {
				joining = append(joining, service)
			} else if i := owner[n]; oldest == nil || compareAge(i, oldest) < 0 {
				oldest = i
			}
		}
		switch {
		case len(joining) == 0:
		case oldest == nil:
			s.Active = append(s.Active, open(h, joining, groupID, groupName))
		default:
			for _, service := range joining {
				oldest.admit(h, service)
			}
		}
	}
	slices.SortFunc(s.Active, compareAge)
}

// compareAge orders insights by start, then id.
func compareAge(a, b *Insight) int {
	if c := a.Start.Compare(b.Start); c != 0 {
		return c
	}
	if a.ID < b.ID {
		return -1
	}
	if a.ID > b.ID {
		return 1
	}
	return 0
}

// open returns a new insight of some services, sorted by node.
func open(h *history, services []Service, groupID, groupName string) *Insight {
	i := &Insight{GroupID: groupID, GroupName: groupName}
	for _, s := range services {
		if i.Start.IsZero() || s.Since.Before(i.Start) {
			i.Start = s.Since
		}
		if s.Last.After(i.End) {
			i.End = s.Last
		}
	}
	n := services[0].Node
	i.ID = idOf(groupID, i.Start.Format(time.RFC3339), n.Name, n.Type, n.AccountID)
	first, last := minuteOf(i.Start), minuteOf(i.End)-1
	i.Impact.Clients = h.sum(h.clients, first, last)
	for _, s := range services {
		s.Counts = h.sum(h.nodes[s.Node], first, last)
		i.join(s)
	}
	return i
}

// idOf returns a UUID of a name, like those of version 5, but by SHA-256.
func idOf(name ...string) string {
	h := sha256.Sum256([]byte(strings.Join(name, "\x00")))
	h[6] = h[6]&0x0f | 0x50
	h[8] = h[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// admit adds a service that has become anomalous later. Its requests count from the
// start of the insight, as far as they are remembered.
func (i *Insight) admit(h *history, s Service) {
	last := minuteOf(i.End) - 1
	if s.Last.After(i.End) {
		i.extend(h, minuteOf(s.Last)-1)
		last = minuteOf(s.Last) - 1
	}
	s.Counts = h.sum(h.nodes[s.Node], minuteOf(i.Start), last)
	i.join(s)
}

// follow looks at the last minute of the services that i has already.
func (i *Insight) follow(h *history) {
	last := int64(0)
	for k := range i.Services {
		s := &i.Services[k]
		if model, known := s.refreshed(h); known {
			s.Model = model
		}
		node := h.nodes[s.Node]
		if node == nil || !s.Model.exceeded(h.sum(node, h.last-windowMinutes+1, h.last)) {
			continue
		}
		if _, l, n := h.hot(node, s.Model); n > 0 && endOf(l).After(s.Last) {
			s.Last = endOf(l)
			last = max(last, l)
		}
	}
	if last > 0 && endOf(last).After(i.End) {
		i.extend(h, last)
	}
}

// refreshed returns a new model for a service that has been anomalous for so long
// that this may be what is usual now.
func (s *Service) refreshed(h *history) (Model, bool) {
	node := h.nodes[s.Node]
	if node == nil || h.last-minuteOf(s.Since) < frozenMinutes {
		return Model{}, false
	}
	return modelAt(h.last, func(first, last int64) Counts { return h.sum(node, first, last) })
}

// extend moves the end to a minute, and counts what came until then.
func (i *Insight) extend(h *history, minute int64) {
	first := minuteOf(i.End)
	i.Impact.Clients.add(h.sum(h.clients, first, minute))
	for k := range i.Services {
		s := &i.Services[k]
		s.Counts.add(h.sum(h.nodes[s.Node], first, minute))
	}
	i.End = endOf(minute)
}

// update settles root cause, summary and events after the last minute.
func (i *Insight) update(h *history) {
	before := i.RootCause
	if cause := h.rootCause(i.Services); cause >= 0 {
		i.RootCause = i.Services[cause].Node
		i.Impact.RootCause = i.Services[cause].Counts
	}
	i.Updated = endOf(h.last)
	i.Closed = h.last >= minuteOf(i.End)+quietMinutes-1
	i.Summary = i.summarize()
	i.note(before)
}
