package trace

import (
	"slices"

	"github.com/radiograph/radiograph/segment"
)

// RootCause is one path through the services of a trace that explains a fault, an
// error or the response time.
type RootCause struct {
	ClientImpacting bool // the path starts at the trace's root
	Services        []CauseService
}

// CauseService is one service of the path.
type CauseService struct {
	Node     // Type is never a problem for clients: empty when unknown
	Inferred bool
	Entities []CauseEntity // never empty; the segment itself first
}

// CauseEntity is one entity of a service's part of the path.
type CauseEntity struct {
	Name       string
	Remote     bool
	Coverage   float64          // response time causes: share of the root's response time, 0 to 1
	Exceptions []CauseException // fault and error causes
}

// CauseException is an exception in a root cause.
type CauseException struct {
	Name    string // the exception's type; never nil on the wire
	Message string
}

// causeServices groups a path, which starts with a segment, by service. describe
// fills in what depends on the category.
func (t *Trace) causeServices(path []*Entity, describe func(*Entity, *CauseEntity)) []CauseService {
	n := 0
	for _, e := range path {
		if e.Kind == segment.KindSegment {
			n++
		}
	}
	services := make([]CauseService, 0, n)
	entities := make([]CauseEntity, len(path))
	for i, e := range path {
		if e.Kind == segment.KindSegment {
			services = append(services, CauseService{Node: t.node(e), Inferred: e.Inferred, Entities: entities[i:i]})
		}
		x := CauseEntity{Name: e.Name, Remote: e.IsCall()}
		describe(e, &x)
		s := &services[len(services)-1]
		s.Entities = append(s.Entities, x)
	}
	for i := range services {
		services[i].Entities = slices.Clip(services[i].Entities)
	}
	return services
}

// responseTimeCauses follows from the root the longest work that takes more than
// half of the root's response time, and not longer than it.
func (t *Trace) responseTimeCauses() []RootCause {
	if t.Root == nil || t.Root.InProgress {
		return nil
	}
	total := elapsed(t.Root.StartTime, t.Root.EndTime)
	path := append(make([]*Entity, 0, 16), t.Root)
	for e := t.Root; !e.Inferred; {
		e = dominant(e, total)
		if e == nil {
			break
		}
		path = append(path, e)
	}
	if len(path) == 1 {
		return nil
	}
	services := t.causeServices(path, func(e *Entity, x *CauseEntity) {
		x.Coverage = float64(elapsed(e.StartTime, e.EndTime)) / float64(total)
	})
	return []RootCause{{ClientImpacting: true, Services: services}}
}

// dominant returns the longest completed child or callee of e that takes more than
// half of total, and not more than total; nil if there is none. Of equals it is the first.
func dominant(e *Entity, total int64) *Entity {
	var longest *Entity
	var most int64
	for _, below := range [...][]*Entity{e.Children, e.Callees} {
		for _, x := range below {
			if x.InProgress {
				continue
			}
			d := elapsed(x.StartTime, x.EndTime)
			if d > most && d > total-d && d <= total {
				longest, most = x, d
			}
		}
	}
	return longest
}
