package store

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// ErrClosed is returned by every method of a closed Store.
var ErrClosed = errors.New("store is closed")

// Store keeps the documents of traces and answers questions about them. All
// methods are safe for concurrent use. Reads see every batch whose Append has
// returned, settled or not.
type Store interface {
	// Append keeps the batch. When it returns nil the batch is as durable as the
	// engine's sync policy says, and later reads see it. When it returns an error
	// nothing of the batch is kept. It returns a problem of kind Throttled when the
	// store cannot keep up; the caller should slow down and try again. Repeating a
	// batch does no harm. The engine copies what it keeps.
	Append(ctx context.Context, b Batch) error

	// Traces yields the traces with the given ids in the order of ids, without
	// those that are unknown. Yielded traces may be kept.
	Traces(ctx context.Context, ids []traceid.ID) iter.Seq2[*trace.Trace, error]

	// Scan returns one page of summaries, newest first by the clock of q.Range, ties
	// by trace id. The pages that follow each other by cursor never repeat a trace
	// and never leave out one that was there when the first page was asked for and
	// has not been updated since. Returned summaries are shared: read only.
	Scan(ctx context.Context, q Scan) (Page, error)

	// Graph returns the service graph of what was received in a time range.
	Graph(ctx context.Context, q GraphQuery) (Graph, error)

	// Series returns the time series of what was received in a time range, newest
	// first. Periods in which nothing was received at all are left out; periods in
	// which only other things were received are there, empty.
	Series(ctx context.Context, q SeriesQuery) (Series, error)

	// Values returns distinct values for completion, sorted, at most q.Limit.
	Values(ctx context.Context, q ValuesQuery) ([]string, error)

	// LoadState returns all configuration entries of a kind (rules, groups, …).
	LoadState(ctx context.Context, kind string) (map[string][]byte, error)
	// PutState writes one configuration entry durably.
	PutState(ctx context.Context, kind, key string, value []byte) error
	// DeleteState removes one configuration entry durably. Removing what is absent is fine.
	DeleteState(ctx context.Context, kind, key string) error

	// Stats returns counters and gauges for metrics.
	Stats() Stats

	// Close makes everything durable and releases the store.
	Close() error
}

// Classify returns the group memberships of a trace, given those it has already.
// The store calls it whenever it has (re)computed a summary.
type Classify func(s *trace.Summary, known []trace.Membership) []trace.Membership

// Batch is what one call brought.
type Batch struct {
	// Received is the receipt time in ns since the epoch. The caller makes it
	// distinct: two batches never have the same.
	Received  int64
	Documents []Document
}

// Document is one accepted document. It has passed segment.Decode.
type Document struct {
	TraceID traceid.ID
	Raw     []byte // as received
}

// Clock says which time of a trace a scan selects and orders by.
type Clock uint8

// The clocks. They are TimeRangeType of GetTraceSummaries.
const (
	ByStart   Clock = iota // TraceId: the earliest start of the trace
	ByReceipt              // Event: the receipt of the latest accepted update
	ByService              // Service: any observation that ended in the range; ordered by start
)

// Scan asks for summaries.
type Scan struct {
	Clock      Clock
	Start, End time.Time         // [Start, End)
	Predicate  *filter.Predicate // nil matches everything
	Fraction   float64           // in (0, 1]: keep this share of the traces, chosen by trace id; 0 means all
	Limit      int               // most summaries in a page; 0 means 1000
	MaxScanned int               // stop a page after looking into so many summaries; those that an engine rules out more cheaply do not count; 0 means no bound
	Cursor     string            // from the page before; "" for the first page
}

// Page is one page of a scan. A page may be empty although Cursor is not.
type Page struct {
	Summaries []*trace.Summary
	Scanned   int       // traces examined, matching or not
	ScannedTo time.Time // everything from here to Scan.End has been examined, by this page and those before
	Cursor    string    // "" when this is the last page
}

// GraphQuery asks for a service graph.
type GraphQuery struct {
	Start, End time.Time         // receipt times, [Start, End)
	Group      string            // group id; "" for all traces
	Version    int               // current version of the group's filter, to report old ones
	Predicate  *filter.Predicate // beyond AWS: only traces that match now; nil for all
}

// Graph is a service graph and where it comes from.
type Graph struct {
	Graph       *servicegraph.Graph // shared: read only
	OldVersions bool                // some member joined under an older version of the group's filter
}

// SeriesQuery asks for a time series. A minute belongs to it when the minute's
// end, whole seconds, is in [Start, End), as X-Ray has it: the minute that is
// still open is not reported. Periods longer than a minute are sums of the
// selected minutes, stamped with the period's end.
type SeriesQuery struct {
	GraphQuery
	Period   time.Duration          // a whole number of minutes
	Selector *servicegraph.Selector // nil: edges from client nodes to roots
}

// Series is a time series, newest bucket first.
type Series struct {
	Buckets     []servicegraph.Bucket
	OldVersions bool
}

// Field names a field whose values can be listed.
type Field uint8

// The fields.
const (
	FieldNodeName Field = iota
	FieldNodeType
	FieldAnnotationKey
	FieldAnnotationValue // of the key ValuesQuery.Key; numbers and booleans as JSON text
	FieldURL
	FieldUser
)

// ValuesQuery asks for distinct values of a field.
type ValuesQuery struct {
	Field      Field
	Key        string // annotation key for FieldAnnotationValue
	Prefix     string
	Start, End time.Time // receipt times; may be taken wider
	Limit      int       // 0 means 100
}

// Stats are counters and gauges of a store. Bytes are on disk unless stated.
type Stats struct {
	Documents      int64 // stored, as far as the engine knows
	Traces         int64
	DiskBytes      int64
	LogBytes       int64
	HeadBytes      int64 // in memory
	HeadTraces     int64
	Blocks         int64
	OldestReceived int64 // ns since the epoch, 0 when empty
	Throttled      int64 // batches refused since start
	Quarantined    int64 // files set aside because they are corrupt
	TruncatedBytes int64 // of the log's torn tail, cut at start
}
