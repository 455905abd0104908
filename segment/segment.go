package segment

import "github.com/radiograph/radiograph/traceid"

// Kind tells a segment from a subsegment that was sent on its own or embedded.
type Kind uint8

// The two kinds. The zero Kind is a segment.
const (
	KindSegment    Kind = iota // one service's record of one request
	KindSubsegment             // a part of it: a call or a function
)

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

// Raw is one compact JSON value as text.
type Raw []byte

// Tri is a boolean that may be absent.
type Tri uint8

// The three values. The zero Tri is absent.
const (
	Unset Tri = iota
	False
	True
)

// HTTP is the request as the entity saw it. Absent strings are empty.
type HTTP struct {
	Method, URL, UserAgent, ClientIP string
	XForwardedFor                    Tri   // segments: ClientIP came from the header
	HasRequest, HasResponse          bool  // the objects "request" and "response" were there
	Status                           int   // 0 when absent
	ContentLength                    int64 // -1 is legal; see HasContentLength
	HasContentLength                 bool
}

// AWS holds the members of the "aws" object that radiograph uses, and all of it
// as JSON. Absent strings are empty.
type AWS struct {
	Operation, AccountID, Region, RequestID string
	TableName, BucketName, QueueURL         string
	TopicARN, FunctionName                  string
	InstanceID, AvailabilityZone            string // from aws.ec2
	Raw                                     Raw    // the whole object, compact, without resource_names
}

// SQL is a query. Absent strings are empty.
type SQL struct {
	ConnectionString, URL, SanitizedQuery string
	DatabaseType, DatabaseVersion         string
	DriverVersion, User, Preparation      string
}

// Cause says why an entity failed: either exceptions of its own, or the id of an
// exception recorded on another entity of the trace.
type Cause struct {
	WorkingDirectory string
	Paths            []string
	Exceptions       []Exception
	Reference        string // 16 hex id of an exception elsewhere; then nothing else is set
	ReferenceObject  bool   // Reference was written as {"id": …} (Node SDK) rather than as a string
}

// Exception is one recorded exception.
type Exception struct {
	ID        string
	Message   string
	Type      string
	Remote    bool // caused by an error of a downstream service
	Truncated int  // frames left out
	Skipped   int  // exceptions left out between this one and its cause
	Cause     string
	Stack     []Frame
}

// Frame is one frame of a stack.
type Frame struct {
	Path  string
	Line  int
	Label string
}

// Annotation is one indexed key with its value.
type Annotation struct {
	Key   string
	Value Value
}

// ValueKind is the type of an annotation's value.
type ValueKind uint8

// The kinds of values. The zero ValueKind is a string.
const (
	StringValue ValueKind = iota
	NumberValue
	BooleanValue
)

// Value is a string, a number or a boolean. Values are comparable.
type Value struct {
	Kind   ValueKind
	String string
	Number float64
	Bool   bool
}

// Link points to an entity of another (or the same) trace, as span links do.
type Link struct {
	TraceID    traceid.ID
	ID         traceid.EntityID
	Attributes Raw // JSON object, nil when absent
}

// Outcome is how a request ended: exactly one of four.
type Outcome uint8

// The outcomes, in the order in which the service graph counts them.
const (
	OK       Outcome = iota
	Error            // 4xx other than 429
	Throttle         // 429
	Fault            // 5xx
)

// Flags are the failure flags of an entity. Several may be set; [Flags.Outcome]
// names the one that counts.
type Flags uint8

// The flags. FlagError is never set together with FlagThrottle.
const (
	FlagError Flags = 1 << iota
	FlagFault
	FlagThrottle
)

// Flags combines what is written on s with its HTTP status: 429 is a throttle and
// not an error, 400 to 499 an error, 500 to 599 a fault.
func (s *Segment) Flags() Flags {
	status := 0
	if s.HTTP != nil {
		status = s.HTTP.Status
	}
	var f Flags
	if s.Throttle == True || status == 429 {
		f |= FlagThrottle
	} else if s.Error == True || status >= 400 && status < 500 {
		f |= FlagError
	}
	if s.Fault == True || status >= 500 && status < 600 {
		f |= FlagFault
	}
	return f
}

// Outcome returns the outcome that statistics count: throttle before fault before
// error before ok.
func (f Flags) Outcome() Outcome {
	switch {
	case f&FlagThrottle != 0:
		return Throttle
	case f&FlagFault != 0:
		return Fault
	case f&FlagError != 0:
		return Error
	}
	return OK
}

// IsCall reports whether s describes a downstream call, that is, whether it can
// make a node and an edge of the service graph.
func (s *Segment) IsCall() bool {
	return s.Kind == KindSubsegment && (s.Namespace == NamespaceAWS || s.Namespace == NamespaceRemote)
}
