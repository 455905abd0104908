package trace

import (
	"cmp"
	"slices"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// Summary is what radiograph knows of a trace without opening its documents: the
// row of the trace list, and one observation for each node and edge that the
// trace touched. Filter expressions are evaluated on it and service graphs are
// built from it. Times are ns since the epoch, durations ns.
//
// Strings and annotations share memory with the documents, as those of the
// segments do.
type Summary struct {
	ID           traceid.ID
	StartTime    int64 // earliest start of all entities
	Duration     int64 // latest end − earliest start; Unknown while an entity is incomplete
	ResponseTime int64 // of the root segment; Unknown without a complete root
	Flags        segment.Flags
	HasRoot      bool // a segment without parent id has arrived; Flags and HTTP are its
	IsPartial    bool // some parent id, or a callee that was announced, has no counterpart in the trace
	HTTP         HTTP // the root segment's

	Annotations       []segment.Annotation // distinct, of all entities, sorted by key, then value
	Users             []string             // these four: distinct, of all entities, sorted
	ResourceARNs      []string
	InstanceIDs       []string
	AvailabilityZones []string

	Nodes      []Node // all nodes including the client's; distinct, sorted by name, type, account
	EntryPoint int    // index in Nodes of the root segment's node; -1 without one

	NodeObservations []NodeObservation
	EdgeObservations []EdgeObservation

	FaultCauses        []RootCause
	ErrorCauses        []RootCause
	ResponseTimeCauses []RootCause

	Links []Link // producer links of the trace's segments

	Revision      int
	FirstReceived int64
	LastReceived  int64 // receipt time of the latest accepted update: the clock of TimeRangeType=Event

	// Groups are the groups that the trace has joined. They depend on the groups'
	// filters at ingestion, so Summary leaves them empty and the store fills them.
	Groups []Membership
}

// HTTP is what a summary keeps of a request. Absent members are empty or 0.
type HTTP struct {
	Method, URL, UserAgent, ClientIP string
	Status                           int
}

// Membership says that a trace has joined a group, and under which version of the
// group's filter. It stays when the filter changes later.
type Membership struct {
	GroupID  string
	Version  int
	Admitted int64 // receipt time (ns) of the update that matched first
}

// Summary computes the trace's summary.
func (t *Trace) Summary() *Summary {
	s := &Summary{
		ID: t.ID, Revision: t.Revision, FirstReceived: t.FirstReceived, LastReceived: t.LastReceived,
		ResponseTime: Unknown,
	}
	if r := t.Root; r != nil {
		s.HasRoot, s.Flags, s.HTTP = true, r.Flags(), requestOf(r)
		if !r.InProgress {
			s.ResponseTime = elapsed(r.StartTime, r.EndTime)
		}
	}
	s.StartTime, s.Duration = t.extent()
	s.IsPartial = slices.ContainsFunc(t.entities, (*Entity).isBroken)
	t.collect(s)
	t.observe(s)
	s.FaultCauses = t.failureCauses(segment.FlagFault)
	s.ErrorCauses = t.failureCauses(segment.FlagError)
	s.ResponseTimeCauses = t.responseTimeCauses()
	return s
}

// extent returns the earliest start of all entities, and the time from there to
// the latest end unless an entity is incomplete.
func (t *Trace) extent() (start, duration int64) {
	start, end, open := Unknown, Unknown, len(t.entities) == 0
	for _, e := range t.entities {
		start = earlier(start, e.StartTime)
		if e.InProgress {
			open = true
			continue
		}
		end = max(end, e.EndTime)
	}
	if open {
		return start, Unknown
	}
	return start, elapsed(start, end)
}

// isBroken reports whether the parent of e, or the segment that e announced for
// its callee, is missing.
func (e *Entity) isBroken() bool {
	if e.missingParent {
		return true
	}
	return e.Traced && e.Kind == segment.KindSubsegment && (len(e.Callees) == 0 || e.Callees[0].Inferred)
}

// requestOf returns what a summary keeps of the request of e.
func requestOf(e *Entity) HTTP {
	h := e.HTTP
	if h == nil {
		return HTTP{}
	}
	return HTTP{Method: h.Method, URL: h.URL, UserAgent: h.UserAgent, ClientIP: h.ClientIP, Status: h.Status}
}

// collect fills in the distinct values of all entities.
func (t *Trace) collect(s *Summary) {
	annotations := 0
	for _, e := range t.entities {
		annotations += len(e.Annotations)
	}
	if annotations > 0 {
		s.Annotations = make([]segment.Annotation, 0, annotations)
	}
	for _, e := range t.entities {
		s.Annotations = append(s.Annotations, e.Annotations...)
		s.Users = appendSet(s.Users, e.User)
		s.ResourceARNs = appendSet(s.ResourceARNs, e.ResourceARN)
		if e.AWS != nil {
			s.InstanceIDs = appendSet(s.InstanceIDs, e.AWS.InstanceID)
			s.AvailabilityZones = appendSet(s.AvailabilityZones, e.AWS.AvailabilityZone)
		}
	}
	slices.SortFunc(s.Annotations, compareAnnotations)
	s.Annotations = slices.Compact(s.Annotations)
	s.Users = distinct(s.Users)
	s.ResourceARNs = distinct(s.ResourceARNs)
	s.InstanceIDs = distinct(s.InstanceIDs)
	s.AvailabilityZones = distinct(s.AvailabilityZones)
}

// appendSet appends v if it is set.
func appendSet(values []string, v string) []string {
	if v == "" {
		return values
	}
	return append(values, v)
}

func distinct(values []string) []string {
	slices.Sort(values)
	return slices.Compact(values)
}

func compareAnnotations(a, b segment.Annotation) int {
	if c := cmp.Compare(a.Key, b.Key); c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(a.Value.Kind, b.Value.Kind),
		cmp.Compare(a.Value.String, b.Value.String),
		cmp.Compare(a.Value.Number, b.Value.Number),
		compareBool(a.Value.Bool, b.Value.Bool),
	)
}
