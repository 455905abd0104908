package segment

import "strings"

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

// CodeInvalidSegment is the code of a document that is too large.
const CodeInvalidSegment = "InvalidSegment"

// RejectTooLarge returns the rejection of a document that is too large to be
// decoded. It names the document's id, which old daemons cannot do without, if
// that can be found without reading more than what stands before it.
func (d *Decoder) RejectTooLarge(doc []byte) *Rejection {
	d.start(doc)
	d.space()
	var id text
	for ok := d.object(); ok && !id.present; ok = d.member() {
		if d.key == "id" {
			id = d.text()
		} else {
			d.skip()
		}
	}
	return verdict{CodeInvalidSegment, aSegment}.rejection(id)
}

// Rejection is why a document was refused. It becomes one element of
// UnprocessedTraceSegments. It shares no memory with the document.
type Rejection struct {
	Code    string  // one of the codes above
	ID      *string // the outermost document's id as written; nil when it has none
	Message string  // in X-Ray's words, for example "Invalid segment. ErrorCode: MissingId"
}

// Error returns the message.
func (r *Rejection) Error() string { return r.Message }

// subject is what a message calls the refused thing.
type subject uint8

const (
	aSegment subject = iota
	aSubsegment
	anEntity // not even an object
)

// verdict is the outcome of judging one entity with everything embedded in it.
// The zero verdict accepts.
type verdict struct {
	code  string
	about subject
}

// rejection makes the verdict on the document with the given id public.
func (v verdict) rejection(id text) *Rejection {
	r := &Rejection{Code: v.code}
	if id.present {
		s := strings.Clone(id.value)
		r.ID = &s
	}
	switch v.about {
	case aSegment:
		r.Message = "Invalid segment. ErrorCode: " + v.code
	case aSubsegment:
		r.Message = "Invalid subsegment. ErrorCode: " + v.code + ", Cause: null"
	case anEntity:
		r.Message = "Invalid entity. ErrorCode: " + v.code
	}
	return r
}
