package segment

// Codes of refused documents, in the order in which a document is checked: the
// first that applies is reported. Source: recorded answers of the X-Ray service.
const (
	CodeParseError                = "ParseError"
	CodeUnknownType               = "UnknownType"
	CodeMissingID                 = "MissingId"
	CodeInvalidID                 = "InvalidId"
	CodeMissingName               = "MissingName"
	CodeMissingTraceID            = "MissingTraceId"
	CodeInvalidTraceID            = "InvalidTraceId"
	CodeMissingStartTime          = "MissingStartTime"
	CodeInProgressSegmentEnded    = "InProgressSegmentHasEndTime"
	CodeInProgressSubsegmentEnded = "InProgressSubsegmentHasEndTime"
	CodeMissingEndTime            = "MissingEndTime"
	CodeMissingParentID           = "MissingParentId"
	CodeInvalidParentID           = "InvalidParentId"
)

// Rejection is why a document was refused. It becomes one element of
// UnprocessedTraceSegments.
type Rejection struct {
	Code    string  // one of the codes above
	ID      *string // the outermost document's id as written; nil when it has none
	Message string  // in X-Ray's words, for example "Invalid segment. ErrorCode: MissingId"
}

// Error returns the message.
func (r *Rejection) Error() string { return r.Message }

// Decode judges, decodes and normalises one document. The error, if any, is a
// [*Rejection]. The result shares memory with doc.
func Decode(doc []byte) (*Segment, error) {
	var d Decoder
	return d.Decode(doc)
}

// Decoder decodes documents into memory that it uses again. The zero value is
// ready. It must not be used by two goroutines at once.
type Decoder struct{}

// Decode is [Decode], except that the results live in the Decoder's memory: they
// are valid until Reset. Any number of documents can be decoded between two
// Resets.
func (d *Decoder) Decode(doc []byte) (*Segment, error) { panic("segment: Decode") }

// Reset takes back the memory of every Segment decoded so far.
func (d *Decoder) Reset() {}

// AppendJSON appends the processed document of s, embedded subsegments included:
// canonical key order, numbers in plain decimals, embedded subsegments without
// type, trace_id and parent_id, resource_names recomputed from [Segment.Resource].
func (s *Segment) AppendJSON(dst []byte) []byte { panic("segment: AppendJSON") }

// Resource returns the graph node that a call leads to when no segment answers
// it: for AWS calls with an operation the resource (table, bucket, queue, topic,
// function) and its type, otherwise the service; for SQL "Database::SQL"; for
// other remote calls the host with the type "remote". Source: recorded service
// graphs.
func (s *Segment) Resource() (name, typ string) { panic("segment: Resource") }
