package xrayapi

import (
	"context"
	"time"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/store"
)

type samplingStrategy struct {
	Name  *string
	Value *float64
}

type getTraceSummariesInput struct {
	StartTime, EndTime *seconds
	TimeRangeType      *string
	Sampling           *bool
	SamplingStrategy   *samplingStrategy
	FilterExpression   *string
	paging
}

func (in *getTraceSummariesInput) check(v *violations) {
	v.Required("startTime", in.StartTime != nil)
	v.Required("endTime", in.EndTime != nil)
	v.OneOf("timeRangeType", in.TimeRangeType, "TraceId", "Event", "Service")
	if in.SamplingStrategy != nil {
		v.OneOf("samplingStrategy.name", in.SamplingStrategy.Name, "PartialScan", "FixedRate")
	}
}

// clocks maps TimeRangeType.
var clocks = map[string]store.Clock{"": store.ByStart, "TraceId": store.ByStart, "Event": store.ByReceipt, "Service": store.ByService}

type getTraceSummariesOutput struct {
	TraceSummaries       []traceSummary
	ApproximateTime      *seconds
	TracesProcessedCount int
	NextToken            *string
}

// maxScanned ends a page of summaries when few traces match, so that an answer
// comes soon, with a token to go on.
const maxScanned = 1_000_000

// getTraceSummaries answers with a page of summaries, newest first.
func (a *API) getTraceSummaries(ctx context.Context, in *getTraceSummariesInput) (*getTraceSummariesOutput, error) {
	if err := a.checkWindow(*in.StartTime, *in.EndTime); err != nil {
		return nil, err
	}
	pager, err := newPager("GetTraceSummaries", in)
	if err != nil {
		return nil, err
	}
	scan := store.Scan{
		Clock:      clocks[text(in.TimeRangeType)],
		Start:      in.StartTime.time(),
		End:        in.EndTime.time(),
		Limit:      a.opts.PageSize,
		MaxScanned: maxScanned,
		Cursor:     pager.cursor,
	}
	if scan.Predicate, err = a.compile(text(in.FilterExpression)); err != nil {
		return nil, err
	}
	rate, err := in.rate(scan.Clock)
	if err != nil {
		return nil, err
	}
	page := store.Page{}
	if rate > 0 {
		scan.Fraction = rate
		if page, err = a.opts.Store.Scan(ctx, scan); err != nil {
			return nil, err
		}
	}
	return &getTraceSummariesOutput{
		TraceSummaries:       renderSummaries(page.Summaries, scan.Clock),
		ApproximateTime:      approximateTime(scan, page),
		TracesProcessedCount: page.Scanned,
		NextToken:            pager.token(page.Cursor),
	}, nil
}

// rate returns the share of the traces to answer with.
func (in *getTraceSummariesInput) rate(clock store.Clock) (float64, error) {
	s := in.SamplingStrategy
	if in.Sampling == nil || !*in.Sampling || s == nil || text(s.Name) != "FixedRate" {
		return 1, nil // a partial scan may examine everything
	}
	if s.Value == nil || *s.Value < 0 || *s.Value > 1 {
		return 0, invalid("sampling rate must be specified and its value must be between [0, 1]")
	}
	if clock != store.ByReceipt {
		kind := text(in.TimeRangeType)
		if kind == "" {
			kind = "TraceId"
		}
		return 0, invalid("Cannot use FixedRate with input time range type: %s. Please try using time range type: Event", kind)
	}
	return *s.Value, nil
}

// approximateTime returns where the scanned part of the range starts.
func approximateTime(scan store.Scan, page store.Page) *seconds {
	if page.Cursor != "" {
		return wholeSecondsAt(page.ScannedTo)
	}
	if scan.Clock == store.ByService {
		return wholeSecondsAt(scan.Start.Add(-time.Minute))
	}
	return wholeSecondsAt(scan.Start)
}

// compile compiles a filter expression; nil for the empty one.
func (a *API) compile(expression string) (*filter.Predicate, error) {
	if expression == "" {
		return nil, nil //nolint:nilnil // a nil Predicate matches everything
	}
	expr, err := filter.Parse(expression)
	if err != nil {
		return nil, invalid("%v", err)
	}
	p, err := filter.Compile(expr, filter.Options{Group: a.opts.Groups.FilterOf})
	if err != nil {
		return nil, invalid("%v", err)
	}
	return p, nil
}

// strictWindow is the longest time range that AWS takes.
const strictWindow = 6 * time.Hour

// checkWindow judges a time range; equal bounds are fine.
func (a *API) checkWindow(start, end seconds) error {
	if end < start {
		return invalid("End time cannot be earlier than start time")
	}
	if a.opts.Strict && end-start > seconds(strictWindow) {
		return invalid("Time range cannot be longer than 6 hours")
	}
	return nil
}
