package xrayapi

import (
	"context"
	"strconv"
	"time"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
)

type getTimeSeriesInput struct {
	StartTime, EndTime *seconds
	groupRef
	EntitySelectorExpression *string
	Period                   *integer
	ForecastStatistics       *bool
	paging
}

func (in *getTimeSeriesInput) check(v *violations) {
	v.Required("startTime", in.StartTime != nil)
	v.Required("endTime", in.EndTime != nil)
	v.Length("entitySelectorExpression", in.EntitySelectorExpression, 1, 500)
	in.groupRef.check(v)
}

// timeSeriesItem is one period. One of the two statistics is null.
type timeSeriesItem struct {
	Timestamp                 seconds
	EdgeSummaryStatistics     *statistics
	ServiceSummaryStatistics  *statistics
	ServiceForecastStatistics forecast
	ResponseTimeHistogram     []histogramEntry
}

type getTimeSeriesOutput struct {
	TimeSeriesServiceStatistics []timeSeriesItem
	ContainsOldGroupVersions    bool
	NextToken                   *string
}

// getTimeSeries answers with statistics by minute or five minutes, newest first.
func (a *API) getTimeSeries(ctx context.Context, in *getTimeSeriesInput) (*getTimeSeriesOutput, error) {
	pager, err := newPager("GetTimeSeriesServiceStatistics", in)
	if err != nil {
		return nil, err
	}
	q, err := a.seriesQuery(in)
	if err != nil {
		return nil, err
	}
	if err := pager.before(&q); err != nil {
		return nil, err
	}
	series, err := a.opts.Store.Series(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &getTimeSeriesOutput{ContainsOldGroupVersions: series.OldVersions}
	buckets := series.Buckets
	if len(buckets) > a.opts.PageSize {
		buckets = buckets[:a.opts.PageSize]
		out.NextToken = pager.token(strconv.FormatInt(buckets[len(buckets)-1].End, 10))
	}
	out.TimeSeriesServiceStatistics = make([]timeSeriesItem, len(buckets))
	for i := range buckets {
		out.TimeSeriesServiceStatistics[i] = renderBucket(&buckets[i], q.Selector)
	}
	if in.ForecastStatistics != nil && *in.ForecastStatistics {
		return out, a.forecast(ctx, q, out.TimeSeriesServiceStatistics)
	}
	return out, nil
}

func (a *API) seriesQuery(in *getTimeSeriesInput) (store.SeriesQuery, error) {
	start, end := in.StartTime.floor(), in.EndTime.floor()
	q := store.SeriesQuery{Period: time.Minute}
	switch in.Period.int() {
	case 300:
		q.Period = 5 * time.Minute
	case 60:
	default:
		if in.Period != nil {
			return q, invalid("Time period must be one of [60, 300]")
		}
	}
	var err error
	if q.GraphQuery, err = a.graphQuery(in.groupRef, start, end); err != nil {
		return q, err
	}
	if in.EntitySelectorExpression != nil {
		if q.Selector, err = filter.ParseSelector(*in.EntitySelectorExpression); err != nil {
			return q, invalid("%v", err)
		}
	}
	return q, nil
}

// before cuts q to what comes after the page that p's cursor ends: the periods
// that ended earlier.
func (p pager) before(q *store.SeriesQuery) error {
	if p.cursor == "" {
		return nil
	}
	last, err := strconv.ParseInt(p.cursor, 10, 64)
	if err != nil {
		return p.invalid(p.cursor)
	}
	// A minute belongs to the series when it ends before End, whole seconds.
	end := time.Unix(0, last).Add(time.Second - q.Period)
	if end.Before(q.End) {
		q.End = end
	}
	return nil
}

func renderBucket(b *servicegraph.Bucket, sel *servicegraph.Selector) timeSeriesItem {
	item := timeSeriesItem{
		Timestamp:             seconds(b.End),
		ResponseTimeHistogram: renderHistogram(&b.ResponseTimes),
	}
	if sel != nil && sel.From == nil {
		item.ServiceSummaryStatistics = renderStatistics(b.Stats)
	} else {
		item.EdgeSummaryStatistics = renderStatistics(b.Stats)
	}
	return item
}
