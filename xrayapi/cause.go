package xrayapi

import "github.com/radiograph/radiograph/trace"

type exceptionShape struct {
	Name, Message string
}

type failureEntity struct {
	Name       string
	Exceptions []exceptionShape
	Remote     bool
}

type responseTimeEntity struct {
	Name     string
	Coverage float64
	Remote   bool
}

// causeService is a service on the path of a root cause. Type is not null even
// when unknown: clients read it without looking.
type causeService[Entity any] struct {
	Name       string
	Names      []string
	Type       string
	AccountID  *string `json:"AccountId"`
	EntityPath []Entity
	Inferred   bool
}

type rootCause[Entity any] struct {
	Services        []causeService[Entity]
	ClientImpacting bool
}

type (
	failureCause      = rootCause[failureEntity]
	responseTimeCause = rootCause[responseTimeEntity]
)

func renderFailureCauses(causes []trace.RootCause) []failureCause {
	return renderCauses(causes, func(e trace.CauseEntity) failureEntity {
		out := failureEntity{Name: e.Name, Remote: e.Remote, Exceptions: make([]exceptionShape, len(e.Exceptions))}
		for i, x := range e.Exceptions {
			out.Exceptions[i] = exceptionShape(x)
		}
		return out
	})
}

func renderResponseTimeCauses(causes []trace.RootCause) []responseTimeCause {
	return renderCauses(causes, func(e trace.CauseEntity) responseTimeEntity {
		return responseTimeEntity{Name: e.Name, Remote: e.Remote, Coverage: e.Coverage}
	})
}

func renderCauses[Entity any](causes []trace.RootCause, render func(trace.CauseEntity) Entity) []rootCause[Entity] {
	out := make([]rootCause[Entity], len(causes))
	for i, c := range causes {
		services := make([]causeService[Entity], len(c.Services))
		for j, s := range c.Services {
			path := make([]Entity, len(s.Entities))
			for k, e := range s.Entities {
				path[k] = render(e)
			}
			services[j] = causeService[Entity]{
				Name:       s.Name,
				Names:      []string{s.Name},
				Type:       s.Type,
				AccountID:  orNull(s.AccountID),
				EntityPath: path,
				Inferred:   s.Inferred,
			}
		}
		out[i] = rootCause[Entity]{Services: services, ClientImpacting: c.ClientImpacting}
	}
	return out
}
