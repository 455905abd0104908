package filter

import "github.com/radiograph/radiograph/trace"

// causePart is what the body of rootcause.* sees: a service, an entity or an
// exception of a root cause, and its place among its siblings.
type causePart struct {
	index, count int
	service      *trace.CauseService // always; the service around entities and exceptions
	entity       *trace.CauseEntity  // with entities and exceptions
	exception    *trace.CauseException
}

func compileCause(n *cause) test[traceView] {
	body := compile(n.body, func(leaf node) test[causePart] {
		c, ok := leaf.(*comparison)
		if !ok {
			panic("filter: no such node in the body of rootcause")
		}
		return compileCauseComparison(c, n.selector.level)
	})
	causes := causesOf(n.selector.category)
	level := n.selector.level
	return func(t traceView) bool {
		for _, c := range causes(t.Summary) {
			if anyService(c.Services, level, body) {
				return true
			}
		}
		return false
	}
}

func causesOf(c causeCategory) func(*trace.Summary) []trace.RootCause {
	switch c {
	case categoryFault:
		return func(s *trace.Summary) []trace.RootCause { return s.FaultCauses }
	case categoryError:
		return func(s *trace.Summary) []trace.RootCause { return s.ErrorCauses }
	}
	return func(s *trace.Summary) []trace.RootCause { return s.ResponseTimeCauses }
}

// anyService reports whether body holds for some part of services on that level.
func anyService(services []trace.CauseService, level causeLevel, body test[causePart]) bool {
	for i := range services {
		s := &services[i]
		found := false
		if level == levelService {
			found = body(causePart{index: i, count: len(services), service: s})
		} else {
			found = anyEntity(s, level, body)
		}
		if found {
			return true
		}
	}
	return false
}

func anyEntity(s *trace.CauseService, level causeLevel, body test[causePart]) bool {
	for i := range s.Entities {
		e := &s.Entities[i]
		if level == levelEntity {
			if body(causePart{index: i, count: len(s.Entities), service: s, entity: e}) {
				return true
			}
			continue
		}
		for j := range e.Exceptions {
			if body(causePart{index: j, count: len(e.Exceptions), service: s, entity: e, exception: &e.Exceptions[j]}) {
				return true
			}
		}
	}
	return false
}

func compileCauseComparison(c *comparison, level causeLevel) test[causePart] {
	switch keywords[c.field].kind {
	case kindBool:
		return boolTest(c, causeBool(c.field))
	case kindNumber:
		fits := numberTest(c.op, c.value.Number)
		if c.field == fieldCoverage {
			return func(p causePart) bool { return fits(p.entity.Coverage) }
		}
		return func(p causePart) bool { return fits(float64(p.index)) }
	}
	fits := stringTest(c.op, c.value.String)
	get := causeString(c.field, level)
	return func(p causePart) bool { return fits(get(p)) }
}

func causeBool(f field) test[causePart] {
	switch f {
	case fieldFirst:
		return func(p causePart) bool { return p.index == 0 }
	case fieldLast:
		return func(p causePart) bool { return p.index == p.count-1 }
	case fieldRemote:
		return func(p causePart) bool { return p.entity.Remote }
	case fieldInferred:
		return func(p causePart) bool { return p.service.Inferred }
	}
	panic("filter: no such keyword in the body of rootcause")
}

func causeString(f field, level causeLevel) func(causePart) string {
	switch {
	case f == fieldType:
		return func(p causePart) string { return p.service.Type }
	case f == fieldMessage:
		return func(p causePart) string { return p.exception.Message }
	case level == levelService:
		return func(p causePart) string { return p.service.Name }
	case level == levelEntity:
		return func(p causePart) string { return p.entity.Name }
	}
	return func(p causePart) string { return p.exception.Name }
}
