package insight

import (
	"slices"
	"time"

	"github.com/radiograph/radiograph/trace"
)

// Insight is what is known of anomalies that occur together in a group.
type Insight struct {
	ID        string     `json:"id"` // a UUID: that of the group, the first service and the start
	GroupID   string     `json:"group_id"`
	GroupName string     `json:"group"`
	Start     time.Time  `json:"start"` // of the first minute with too many faults
	End       time.Time  `json:"end"`   // of the last one, so far
	Closed    bool       `json:"closed,omitempty"`
	Updated   time.Time  `json:"updated"` // the end of the last minute judged
	RootCause trace.Node `json:"root_cause"`
	Summary   string     `json:"summary"`
	Impact    Impact     `json:"impact"`

	// Services are the anomalous services, sorted by node. The one that is the root
	// cause is among them.
	Services []Service `json:"services"`

	// Events are what happened, oldest first, at most [MaxEvents].
	Events []Event `json:"events"`
}

// Impact is who suffered, from start to end.
type Impact struct {
	Clients   Counts `json:"clients"`    // requests from outside
	RootCause Counts `json:"root_cause"` // requests to the root cause
}

// Service is an anomalous service.
type Service struct {
	Node   trace.Node `json:"node"`
	Since  time.Time  `json:"since"`  // its first minute with too many faults
	Joined time.Time  `json:"joined"` // the end of the minute after which it became part of the insight
	Last   time.Time  `json:"last"`   // the end of its last minute with too many faults
	Counts Counts     `json:"counts"` // from the insight's start to its end
	Model  Model      `json:"model"`  // what it is held against
}

// excess is how many faults more than expected there were.
func (s *Service) excess() float64 {
	return float64(s.Counts.Fault) - s.Model.Rate*float64(s.Counts.Total)
}

// Event is a change in the life of an insight.
type Event struct {
	Time    time.Time    `json:"time"`
	Summary string       `json:"summary"`
	Impact  Impact       `json:"impact"`
	Top     []trace.Node `json:"top"`
}

// MaxEvents is how many events an insight has at most; the last is that it closed.
const MaxEvents = 100

// maxTop is how many services the API tells of.
const maxTop = 5

// Top returns the most anomalous services, those with most faults beyond the
// expected first.
func (i *Insight) Top() []trace.Node {
	services := slices.Clone(i.Services)
	slices.SortStableFunc(services, func(a, b Service) int {
		switch x, y := a.excess(), b.excess(); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	top := make([]trace.Node, 0, maxTop)
	for _, s := range services[:min(len(services), maxTop)] {
		top = append(top, s.Node)
	}
	return top
}

// service returns the service with that node, or nil.
func (i *Insight) service(n trace.Node) *Service {
	at, ok := slices.BinarySearchFunc(i.Services, n, func(s Service, n trace.Node) int { return s.Node.Compare(n) })
	if !ok {
		return nil
	}
	return &i.Services[at]
}

// join adds a service.
func (i *Insight) join(s Service) {
	at, _ := slices.BinarySearchFunc(i.Services, s.Node, func(s Service, n trace.Node) int { return s.Node.Compare(n) })
	i.Services = slices.Insert(i.Services, at, s)
}

// clone returns a copy that later changes of i do not reach.
func (i *Insight) clone() *Insight {
	c := *i
	c.Services, c.Events = slices.Clone(i.Services), slices.Clone(i.Events)
	return &c
}

func startOf(minute int64) time.Time { return time.Unix(minute*60, 0).UTC() }
func endOf(minute int64) time.Time   { return startOf(minute + 1) }
func minuteOf(t time.Time) int64     { return t.Unix() / 60 }
