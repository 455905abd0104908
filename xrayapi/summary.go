package xrayapi

import (
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

type serviceID struct {
	Name      string
	Names     []string
	AccountID *string `json:"AccountId"`
	Type      *string
}

type annotationValue struct {
	NumberValue  *float64
	BooleanValue *bool
	StringValue  *string
}

type valueWithServices struct {
	AnnotationValue annotationValue
	ServiceIds      []serviceID
}

type traceUser struct {
	UserName   string
	ServiceIds []serviceID
}

type httpShape struct {
	URL       *string `json:"HttpURL"`
	Method    *string `json:"HttpMethod"`
	UserAgent *string
	ClientIP  *string `json:"ClientIp"`
	Status    *int    `json:"HttpStatus"`
}

type (
	named struct{ Name string }
	byID  struct {
		ID string `json:"Id"`
	}
	byARN struct{ ARN string }
)

// traceSummary is one row of the trace list.
type traceSummary struct {
	ID                     string `json:"Id"`
	StartTime              seconds
	Duration               *seconds
	ResponseTime           *seconds
	HasFault               bool
	HasError               bool
	HasThrottle            bool
	IsPartial              bool
	HTTP                   httpShape `json:"Http"`
	Annotations            map[string][]valueWithServices
	Users                  []traceUser
	ServiceIds             []serviceID
	ResourceARNs           []byARN
	InstanceIds            []byID
	AvailabilityZones      []named
	EntryPoint             *serviceID
	FaultRootCauses        []failureCause
	ErrorRootCauses        []failureCause
	ResponseTimeRootCauses []responseTimeCause
	Revision               int
	MatchedEventTime       *seconds
}

func renderSummaries(summaries []*trace.Summary, clock store.Clock) []traceSummary {
	out := make([]traceSummary, len(summaries))
	for i, s := range summaries {
		out[i] = renderSummary(s)
		if clock != store.ByStart {
			out[i].MatchedEventTime = known(s.LastReceived)
		}
	}
	return out
}

func renderSummary(s *trace.Summary) traceSummary {
	out := traceSummary{
		ID:                     s.ID.String(),
		StartTime:              seconds(s.StartTime),
		Duration:               known(s.Duration),
		ResponseTime:           known(s.ResponseTime),
		HasFault:               s.Flags&segment.FlagFault != 0,
		HasError:               s.Flags&segment.FlagError != 0,
		HasThrottle:            s.Flags&segment.FlagThrottle != 0,
		IsPartial:              s.IsPartial,
		HTTP:                   renderHTTP(s.HTTP),
		Annotations:            renderAnnotations(s.Annotations),
		Users:                  make([]traceUser, len(s.Users)),
		ServiceIds:             make([]serviceID, len(s.Nodes)),
		ResourceARNs:           make([]byARN, len(s.ResourceARNs)),
		InstanceIds:            make([]byID, len(s.InstanceIDs)),
		AvailabilityZones:      make([]named, len(s.AvailabilityZones)),
		FaultRootCauses:        renderFailureCauses(s.FaultCauses),
		ErrorRootCauses:        renderFailureCauses(s.ErrorCauses),
		ResponseTimeRootCauses: renderResponseTimeCauses(s.ResponseTimeCauses),
		Revision:               s.Revision,
	}
	for i, user := range s.Users {
		out.Users[i].UserName = user
	}
	for i, n := range s.Nodes {
		out.ServiceIds[i] = renderServiceID(n)
	}
	for i, arn := range s.ResourceARNs {
		out.ResourceARNs[i].ARN = arn
	}
	for i, id := range s.InstanceIDs {
		out.InstanceIds[i].ID = id
	}
	for i, name := range s.AvailabilityZones {
		out.AvailabilityZones[i].Name = name
	}
	if s.EntryPoint >= 0 {
		out.EntryPoint = &out.ServiceIds[s.EntryPoint]
	}
	return out
}

func renderServiceID(n trace.Node) serviceID {
	return serviceID{Name: n.Name, Names: []string{n.Name}, AccountID: orNull(n.AccountID), Type: orNull(n.Type)}
}

func renderHTTP(h trace.HTTP) httpShape {
	out := httpShape{
		URL:       orNull(h.URL),
		Method:    orNull(h.Method),
		UserAgent: orNull(h.UserAgent),
		ClientIP:  orNull(h.ClientIP),
	}
	if h.Status != 0 {
		out.Status = &h.Status
	}
	return out
}

func renderAnnotations(annotations []segment.Annotation) map[string][]valueWithServices {
	out := make(map[string][]valueWithServices, len(annotations))
	for _, a := range annotations {
		var v annotationValue
		switch a.Value.Kind {
		case segment.StringValue:
			v.StringValue = &a.Value.String
		case segment.NumberValue:
			v.NumberValue = &a.Value.Number
		case segment.BooleanValue:
			v.BooleanValue = &a.Value.Bool
		}
		out[a.Key] = append(out[a.Key], valueWithServices{AnnotationValue: v})
	}
	return out
}
