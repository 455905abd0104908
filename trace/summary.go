package trace

import (
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// Unknown is the value of times and durations that are not known (yet).
const Unknown int64 = -1 << 63

// Summary is what radiograph knows of a trace without opening its documents: the
// row of the trace list, and one observation for each node and edge that the
// trace touched. Filter expressions are evaluated on it and service graphs are
// built from it. Times are ns since the epoch, durations ns.
type Summary struct {
	ID           traceid.ID
	StartTime    int64 // earliest start of all entities
	Duration     int64 // latest end − earliest start; Unknown while an entity is incomplete
	ResponseTime int64 // of the root segment; Unknown without a complete root
	Flags        segment.Flags
	HasRoot      bool // a segment without parent id has arrived; Flags and HTTP are its
	IsPartial    bool // some parent id has no counterpart in the trace
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

// Node names a node of the service graph.
type Node struct {
	Name      string
	Type      string // origin, "client", "remote", or empty
	AccountID string // empty for the own account
}

// NodeTypeClient is the Type of the node that stands for a root's callers;
// NodeTypeRemote that of called hosts that send no segments.
const (
	NodeTypeClient = "client"
	NodeTypeRemote = "remote"
	NodeTypeSQL    = "Database::SQL"
)

// Observation is one completed or open piece of work as one party saw it.
type Observation struct {
	Flags        segment.Flags
	ResponseTime int64 // end − start, never negative; Unknown while in progress
	Duration     int64 // ResponseTime extended to the latest end of its subsegments; Unknown while in progress
	EndTime      int64 // Unknown while in progress
	Received     int64 // receipt time of the document that completed it

	HTTP             HTTP
	User             string
	ResourceARN      string
	InstanceID       string
	AvailabilityZone string
	Annotations      []segment.Annotation // of the entity and its local subsegments
}

// NodeObservation is a segment, reported or inferred, seen from its own service.
type NodeObservation struct {
	Node     int  // index in Summary.Nodes
	Root     bool // a segment without parent id
	Inferred bool // known only from its caller
	Observation
}

// EdgeObservation is a call as its caller saw it. For the edge from the client
// node it is the root segment itself.
type EdgeObservation struct {
	From, To int // indexes in Summary.Nodes

	// Alias is the caller's own name and type for the callee, when the call was
	// answered by a reported segment; zero otherwise.
	Alias Node
	Observation
}

// Link ties a consumer's segment to the entity that produced its message, usually
// in another trace.
type Link struct {
	Node     int // index in Summary.Nodes of the linking segment
	TraceID  traceid.ID
	ID       traceid.EntityID
	Start    int64 // start of the linking segment
	Received int64 // receipt time of the linking segment

	// From is the producer's node and Age (ns) the time from the producer's end to
	// Start. They come from the other trace, so Summary leaves them zero and the
	// store fills them, see [Trace.NodeOf]. A Link without From makes no edge.
	From Node
	Age  int64
}

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

// Membership says that a trace has joined a group, and under which version of the
// group's filter. It stays when the filter changes later.
type Membership struct {
	GroupID  string
	Version  int
	Admitted int64 // receipt time (ns) of the update that matched first
}
