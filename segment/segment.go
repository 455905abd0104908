package segment

import "github.com/radiograph/radiograph/traceid"

// Kind tells a segment from a subsegment that was sent on its own or embedded.
type Kind uint8

// The two kinds. The zero Kind is a segment.
const (
	KindSegment    Kind = iota // one service's record of one request
	KindSubsegment             // a part of it: a call or a function
)

// String returns "segment" or "subsegment".
func (k Kind) String() string {
	if k == KindSubsegment {
		return typeSubsegment
	}
	return typeSegment
}

// Namespaces of subsegments that describe calls. Any other value, or none, is
// local work.
const (
	NamespaceAWS    = "aws"    // a call by an AWS SDK
	NamespaceRemote = "remote" // any other downstream call
)

// Segment is one decoded segment or subsegment with everything embedded in it.
//
// Strings and raw JSON of a decoded Segment may share memory with the document
// they were decoded from: the document must not be changed while the Segment is
// in use.
type Segment struct {
	TraceID  traceid.ID       // of embedded subsegments: the outermost document's
	ID       traceid.EntityID //
	ParentID traceid.EntityID // zero when absent; of embedded subsegments: the enclosing entity (nesting wins over what the client wrote)
	Kind     Kind
	Name     string // at most 200 code points, never empty; canonical service name in namespace aws

	StartTime  int64 // ns since the epoch; zero and negative values are legal
	EndTime    int64 // ns since the epoch; meaningless while InProgress
	InProgress bool  // no end yet
	Inferred   bool  // reconstructed from a caller's subsegment; never decoded, output only

	Error, Fault, Throttle Tri // as written; [Segment.Flags] adds what the HTTP status says

	Namespace   string // subsegments: NamespaceAWS, NamespaceRemote, other or none = local
	Origin      string // segments: type of the resource, for example AWS::EC2::Instance
	User        string
	ResourceARN string
	HTTP        *HTTP
	AWS         *AWS
	SQL         *SQL
	Cause       *Cause
	Service     Raw          // JSON object, compact; nil when absent
	Annotations []Annotation // in document order, keys distinct (the last value of a repeated key)
	Metadata    Raw          // JSON object of objects, compact; nil when absent
	Links       []Link
	Precursors  []traceid.EntityID
	Traced      bool // the callee announced a segment of its own (top level or http.request.traced)

	Subsegments []*Segment // embedded, in document order
}

// Tri is a boolean that may be absent.
type Tri uint8

// The three values. The zero Tri is absent.
const (
	Unset Tri = iota
	False
	True
)

// String returns "unset", "false" or "true".
func (t Tri) String() string {
	switch t {
	case False:
		return "false"
	case True:
		return "true"
	case Unset:
	}
	return "unset"
}

// IsCall reports whether s describes a downstream call, that is, whether it can
// make a node and an edge of the service graph.
func (s *Segment) IsCall() bool {
	return s.Kind == KindSubsegment && (s.Namespace == NamespaceAWS || s.Namespace == NamespaceRemote)
}
