package consoleapi

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/trace"
)

type (
	// pathService is one service of the path of a root cause.
	pathService struct {
		node
		Inferred bool         `json:"inferred"`
		Entities []pathEntity `json:"entities"`
	}
	pathEntity struct {
		Name   string `json:"name"`
		Remote bool   `json:"remote"`
	}
)

// newCauseField returns a field of root causes, nil when there is none of that name.
func newCauseField(name string) field {
	switch name {
	case "responseTimeRootCause":
		return newPathField(name, func(s *trace.Summary) []trace.RootCause { return s.ResponseTimeCauses })
	case "faultRootCause":
		return newPathField(name, func(s *trace.Summary) []trace.RootCause { return s.FaultCauses })
	case "errorRootCause":
		return newPathField(name, func(s *trace.Summary) []trace.RootCause { return s.ErrorCauses })
	case "exception":
		return exceptionField()
	}
	return nil
}

// pathField counts the paths of root causes. The key of a path is its text, with
// types and accounts.
type pathField struct {
	single[string]

	paths   map[string][]pathService
	pending map[string]trace.RootCause // of the trace at hand, by key
}

func newPathField(name string, of func(*trace.Summary) []trace.RootCause) field {
	f := &pathField{paths: map[string][]pathService{}, pending: map[string]trace.RootCause{}}
	f.single = single[string]{
		name:  name,
		table: table[string]{limit: maxPaths, keep: f.keep, show: f.show},
		values: func(s *trace.Summary, out []string) []string {
			clear(f.pending)
			for _, c := range of(s) {
				key := pathKey(c)
				if _, twice := f.pending[key]; !twice {
					f.pending[key] = c
					out = append(out, key)
				}
			}
			return out
		},
	}
	return f
}

// pathKey tells paths apart. Numbers, exceptions and what depends on the trace are
// left out.
func pathKey(c trace.RootCause) string {
	b := make([]byte, 0, 256)
	for i := range c.Services {
		s := &c.Services[i]
		for _, part := range [...]string{s.Name, s.Type, s.AccountID} {
			b = append(append(b, part...), 0)
		}
		b = append(b, truth(s.Inferred))
		for j := range s.Entities {
			b = append(append(b, s.Entities[j].Name...), 0, truth(s.Entities[j].Remote))
		}
		b = append(b, 1)
	}
	return string(b)
}

func truth(b bool) byte {
	if b {
		return '1'
	}
	return '0'
}

// keep remembers the path of a key that is new.
func (f *pathField) keep(key string) string {
	c := f.pending[key]
	path := make([]pathService, len(c.Services))
	for i := range c.Services {
		s := &c.Services[i]
		n := trace.Node{Name: strings.Clone(s.Name), Type: strings.Clone(s.Type), AccountID: strings.Clone(s.AccountID)}
		path[i] = pathService{node: nodeOf(n), Inferred: s.Inferred, Entities: make([]pathEntity, len(s.Entities))}
		for j, e := range s.Entities {
			path[i].Entities[j] = pathEntity{Name: strings.Clone(e.Name), Remote: e.Remote}
		}
	}
	f.paths[key] = path
	return key
}

func (f *pathField) show(key string) valueAnswer {
	path := f.paths[key]
	return valueAnswer{Value: pathText(path), Filter: pathFilter(path), Path: path}
}

// pathText is a path for people: services with arrows between, each with its
// entities but the segment itself.
func pathText(path []pathService) string {
	var b strings.Builder
	for i, s := range path {
		if i > 0 {
			b.WriteString(" → ")
		}
		b.WriteString(s.Name)
		for _, e := range s.Entities[min(1, len(s.Entities)):] {
			b.WriteString(" › " + e.Name)
		}
	}
	return b.String()
}

// pathFilter selects root causes that contain the path; nil when that is longer than
// people would want to see.
func pathFilter(path []pathService) *string {
	type entity struct {
		Name   string
		Remote bool
	}
	type service struct {
		Name       string
		Type       *string `json:",omitempty"`
		EntityPath []entity
	}
	type cause struct{ Services []service }
	c := cause{}
	for _, s := range path {
		one := service{Name: s.Name, Type: s.Type}
		for _, e := range s.Entities {
			one.EntityPath = append(one.EntityPath, entity(e))
		}
		c.Services = append(c.Services, one)
	}
	b, err := json.Marshal([]cause{c})
	const maxFilter = 4 << 10
	if err != nil || len(b) > maxFilter {
		return nil
	}
	return new("rootcause.json = #" + string(b))
}

// exceptionsOf yields the exceptions of root causes.
func exceptionsOf(causes []trace.RootCause) iter.Seq[trace.CauseException] {
	return func(yield func(trace.CauseException) bool) {
		for i := range causes {
			for j := range causes[i].Services {
				for k := range causes[i].Services[j].Entities {
					for _, x := range causes[i].Services[j].Entities[k].Exceptions {
						if !yield(x) {
							return
						}
					}
				}
			}
		}
	}
}

// exception is the key of an exception.
type exception struct{ name, message text }

func exceptionField() field {
	return &single[exception]{
		name: "exception",
		table: table[exception]{
			limit: maxPaths, show: showException,
			keep: func(x exception) exception { return exception{keepText(x.name), keepText(x.message)} },
		},
		values: func(s *trace.Summary, out []exception) []exception {
			for _, causes := range [...][]trace.RootCause{s.FaultCauses, s.ErrorCauses} {
				for x := range exceptionsOf(causes) {
					if key := (exception{textAs(x.Name), textAs(x.Message)}); !slices.Contains(out, key) {
						out = append(out, key)
					}
				}
			}
			return out
		},
	}
}

func showException(x exception) valueAnswer {
	v := valueAnswer{Value: x.name.s, Type: new(x.name.s), Message: new(x.message.s)}
	var terms []string
	if x.name.s != "" {
		terms = append(terms, x.name.compare("name"))
	}
	if x.message.s != "" {
		v.Value = strings.TrimPrefix(v.Value+": ", ": ") + x.message.s
		terms = append(terms, x.message.compare(keywordMessage))
	}
	if len(terms) > 0 {
		body := " { " + strings.Join(terms, " AND ") + " }"
		v.Filter = new("rootcause.fault.exception" + body + " OR rootcause.error.exception" + body)
	}
	return v
}
