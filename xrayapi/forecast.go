package xrayapi

import (
	"context"
	"math"
	"time"

	"github.com/radiograph/radiograph/insight"
	"github.com/radiograph/radiograph/store"
)

// forecast is how many faults the past lets one expect, null when it is too little to
// tell.
type forecast struct{ FaultCountHigh, FaultCountLow *int64 }

// forecast fills in what insights expect of the items of q's series, newest first,
// from the minutes before each.
func (a *API) forecast(ctx context.Context, q store.SeriesQuery, items []timeSeriesItem) error {
	if len(items) == 0 {
		return nil
	}
	past := q
	past.Period = time.Minute
	past.Start = items[len(items)-1].Timestamp.time().Add(-q.Period - insight.Baseline*time.Minute)
	found, err := a.opts.Store.Series(ctx, past)
	if err != nil {
		return err
	}
	series := make(insight.Series, len(found.Buckets))
	for _, b := range found.Buckets {
		series[minuteBefore(b.End)] = insight.CountsOf(b.Stats)
	}
	for i := range items {
		item := &items[i]
		model, known := series.Model(minuteBefore(int64(item.Timestamp)))
		if !known {
			continue
		}
		expected := model.Expect(item.total())
		low, high := int64(math.Ceil(expected.Low)), int64(math.Floor(expected.High))
		item.ServiceForecastStatistics = forecast{FaultCountHigh: &high, FaultCountLow: &low}
	}
	return nil
}

// minuteBefore is the minute since the epoch that ends at ns.
func minuteBefore(ns int64) int64 { return ns/int64(time.Minute) - 1 }

// total is the number of requests of the item.
func (i *timeSeriesItem) total() int64 {
	if i.ServiceSummaryStatistics != nil {
		return i.ServiceSummaryStatistics.TotalCount
	}
	return i.EdgeSummaryStatistics.TotalCount
}
