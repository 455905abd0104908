package trace

import (
	"slices"

	"github.com/radiograph/radiograph/segment"
)

// maxReraised bounds through how many entities the owner of an exception is
// looked for when another entity refers to it.
const maxReraised = 100

// failures finds the root causes of one category. Entities with the flag that
// hang together form a chain; every chain has one path, from its top to what
// explains it best.
type failures struct {
	t       *Trace
	flag    segment.Flags
	steps   []step             // by Entity.index
	thrower map[string]*Entity // exception id → the entity that recorded it; nil until needed
}

// step says how the path goes on from an entity.
type step struct {
	next   *Entity // nil: the path ends here
	length int     // entities from here to the end; 0 when nothing here explains the failure
}

// failureCauses returns the root causes for flag, which is FlagFault or FlagError.
func (t *Trace) failureCauses(flag segment.Flags) []RootCause {
	f := failures{t: t, flag: flag}
	if !slices.ContainsFunc(t.entities, f.failed) {
		return nil
	}
	f.steps = make([]step, len(t.entities)+len(t.inferred))
	for _, e := range t.inferred {
		f.steps[e.index].length = 1
	}
	for _, e := range slices.Backward(t.entities) {
		if f.failed(e) {
			f.explain(e)
		}
	}
	var causes []RootCause
	for _, e := range t.entities {
		if f.starts(e) {
			causes = append(causes, RootCause{
				ClientImpacting: e == t.Root,
				Services:        t.causeServices(f.path(e), describeFailure),
			})
		}
	}
	return causes
}

func (f *failures) failed(e *Entity) bool { return e.Flags()&f.flag != 0 }

// starts reports whether a path starts at e: at the top of a chain that something
// explains. Local subsegments start none.
func (f *failures) starts(e *Entity) bool {
	return e.Owner != nil && (e.Kind == segment.KindSegment || e.IsCall()) &&
		f.failed(e) && (e.Parent == nil || !f.failed(e.Parent)) && f.steps[e.index].length > 0
}

// explain chooses the step from e, when those below are chosen: a call to an
// inferred node, otherwise the longest way to an entity with exceptions, of equals
// the first.
func (f *failures) explain(e *Entity) {
	s := &f.steps[e.index]
	preferred := false
	for _, below := range [...][]*Entity{e.Children, e.Callees} {
		for _, x := range below {
			n := f.steps[x.index].length
			if n == 0 || preferred || !f.failed(x) {
				continue
			}
			preferred = x.Inferred || len(x.Callees) > 0 && x.Callees[0].Inferred
			if preferred || n >= s.length {
				s.next, s.length = x, n+1
			}
		}
	}
	if s.next == nil && hasExceptions(e) {
		s.length = 1
	}
}

func hasExceptions(e *Entity) bool { return e.Cause != nil && len(e.Cause.Exceptions) > 0 }

// path returns the entities of the path that starts at e. A path begins with a
// segment: for a call that a failed segment answered it is that segment, for other
// calls the caller's with what leads from there to the call.
func (f *failures) path(e *Entity) []*Entity {
	var path []*Entity
	if e.IsCall() {
		if next := f.steps[e.index].next; next != nil && next.Kind == segment.KindSegment && !next.Inferred {
			e = next
		} else {
			for x := e.Parent; x != nil; x = x.Parent {
				path = append(path, x)
				if x.Kind == segment.KindSegment {
					break
				}
			}
			slices.Reverse(path)
		}
	}
	for e != nil {
		path = append(path, e)
		if way := f.reraised(e); way != nil {
			path = append(path, way...)
			e = way[len(way)-1]
		}
		e = f.steps[e.index].next
	}
	return path
}

// reraised returns the way from e, which is left out, down to the entity that
// recorded the exception that e refers to. It is nil when e refers to none, or to
// one outside its chain.
func (f *failures) reraised(e *Entity) []*Entity {
	if e.Cause == nil || e.Cause.Reference == "" {
		return nil
	}
	if f.thrower == nil {
		f.indexThrowers()
	}
	var way []*Entity
	for x := f.thrower[e.Cause.Reference]; x != nil && x != e; x = x.Parent {
		if !f.failed(x) || len(way) == maxReraised {
			return nil
		}
		way = append(way, x)
		if x.Parent == nil {
			return nil
		}
	}
	slices.Reverse(way)
	return way
}

func (f *failures) indexThrowers() {
	f.thrower = map[string]*Entity{}
	for _, e := range f.t.entities {
		if e.Cause == nil {
			continue
		}
		for i := range e.Cause.Exceptions {
			id := e.Cause.Exceptions[i].ID
			if _, known := f.thrower[id]; !known && id != "" {
				f.thrower[id] = e
			}
		}
	}
}

func describeFailure(e *Entity, x *CauseEntity) {
	if e.Cause == nil {
		return
	}
	for i := range e.Cause.Exceptions {
		x.Exceptions = append(x.Exceptions, CauseException{
			Name: e.Cause.Exceptions[i].Type, Message: e.Cause.Exceptions[i].Message,
		})
	}
}
