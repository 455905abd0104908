package xrayapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/radiograph/radiograph/sampling"
)

type statisticsDocument struct {
	RuleName, ClientID         *string
	Timestamp                  *reportedAt
	RequestCount, SampledCount *integer
	BorrowCount                integer
}

type boostStatisticsDocument struct {
	RuleName, ServiceName                         *string
	Timestamp                                     *reportedAt
	AnomalyCount, TotalCount, SampledAnomalyCount integer
}

// getTargetsInput may lack the list of documents: there are samplers that leave it
// out when they have nothing to report.
type getTargetsInput struct {
	SamplingStatisticsDocuments      []statisticsDocument
	SamplingBoostStatisticsDocuments []boostStatisticsDocument
}

// clientIDLength is that of 24 hex digits, of either case.
const clientIDLength = 24

func (in *getTargetsInput) check(v *violations) {
	const strictMost, most = 25, 10_000
	bound := most
	if v.strict {
		bound = strictMost
	}
	v.Count("samplingStatisticsDocuments", len(in.SamplingStatisticsDocuments), bound)
	v.Count("samplingBoostStatisticsDocuments", len(in.SamplingBoostStatisticsDocuments), bound)
	for i, d := range in.SamplingStatisticsDocuments {
		at := fmt.Sprintf("samplingStatisticsDocuments.%d.member.", i+1)
		v.RequiredLength(at+"ruleName", d.RuleName, 1, 32)
		v.RequiredLength(at+"clientID", d.ClientID, clientIDLength, clientIDLength)
		v.Required(at+"timestamp", d.Timestamp != nil)
		v.Required(at+"requestCount", d.RequestCount != nil)
		v.Required(at+"sampledCount", d.SampledCount != nil)
		v.NotNegative(at+"requestCount", d.RequestCount.int())
		v.NotNegative(at+"sampledCount", d.SampledCount.int())
		v.NotNegative(at+"borrowCount", int(d.BorrowCount))
	}
	for i, d := range in.SamplingBoostStatisticsDocuments {
		at := fmt.Sprintf("samplingBoostStatisticsDocuments.%d.member.", i+1)
		v.RequiredLength(at+"ruleName", d.RuleName, 1, 32)
		v.RequiredLength(at+"serviceName", d.ServiceName, 0, 64)
		v.Required(at+"timestamp", d.Timestamp != nil)
		v.NotNegative(at+"anomalyCount", int(d.AnomalyCount))
		v.NotNegative(at+"totalCount", int(d.TotalCount))
		v.NotNegative(at+"sampledAnomalyCount", int(d.SampledAnomalyCount))
	}
}

type samplingBoost struct {
	BoostRate    float64
	BoostRateTTL seconds
}

type targetDocument struct {
	RuleName          string
	FixedRate         float64
	ReservoirQuota    *int
	ReservoirQuotaTTL *seconds
	Interval          *int
	SamplingBoost     *samplingBoost `json:",omitempty"`
}

type unprocessedStatistics struct {
	RuleName, ErrorCode, Message string
}

// getTargetsOutput has UnprocessedBoostStatistics only when there was something to
// process.
type getTargetsOutput struct {
	SamplingTargetDocuments    []targetDocument
	LastRuleModification       seconds
	UnprocessedStatistics      []unprocessedStatistics
	UnprocessedBoostStatistics *[]unprocessedStatistics `json:",omitempty"`
}

// getSamplingTargets takes samplers' reports and tells them their quotas.
func (a *API) getSamplingTargets(_ context.Context, in *getTargetsInput) (*getTargetsOutput, error) {
	targets := a.opts.Sampling.Targets(in.statistics(), in.boosts())
	out := &getTargetsOutput{
		SamplingTargetDocuments: make([]targetDocument, len(targets.Targets)),
		LastRuleModification:    epoch(targets.LastRuleModification),
		UnprocessedStatistics:   unknownRules(targets.UnknownRules),
	}
	for i, t := range targets.Targets {
		out.SamplingTargetDocuments[i] = renderTarget(t)
	}
	if len(in.SamplingBoostStatisticsDocuments) > 0 {
		unknown := unknownRules(targets.UnknownBoostRules)
		out.UnprocessedBoostStatistics = &unknown
	}
	return out, nil
}

func (in *getTargetsInput) statistics() []sampling.Statistics {
	stats := make([]sampling.Statistics, len(in.SamplingStatisticsDocuments))
	for i, d := range in.SamplingStatisticsDocuments {
		stats[i] = sampling.Statistics{
			RuleName:  *d.RuleName,
			ClientID:  strings.ToLower(*d.ClientID),
			Timestamp: d.Timestamp.time(),
			Requests:  int64(*d.RequestCount),
			Sampled:   int64(*d.SampledCount),
			Borrowed:  int64(d.BorrowCount),
		}
	}
	return stats
}

func (in *getTargetsInput) boosts() []sampling.BoostStatistics {
	boosts := make([]sampling.BoostStatistics, len(in.SamplingBoostStatisticsDocuments))
	for i, d := range in.SamplingBoostStatisticsDocuments {
		boosts[i] = sampling.BoostStatistics{
			RuleName:         *d.RuleName,
			ServiceName:      *d.ServiceName,
			Timestamp:        d.Timestamp.time(),
			Anomalies:        int64(d.AnomalyCount),
			Total:            int64(d.TotalCount),
			SampledAnomalies: int64(d.SampledAnomalyCount),
		}
	}
	return boosts
}

func renderTarget(t sampling.Target) targetDocument {
	out := targetDocument{RuleName: t.RuleName, FixedRate: t.FixedRate}
	if l := t.Lease; l != nil {
		interval := int(l.Interval / time.Second)
		out.Interval = &interval
		out.ReservoirQuota = &l.Quota
		out.ReservoirQuotaTTL = wholeSecondsAt(l.Expires)
	}
	if t.Boost != nil {
		out.SamplingBoost = &samplingBoost{BoostRate: t.Boost.Rate, BoostRateTTL: *wholeSecondsAt(t.Boost.Expires)}
	}
	return out
}

// unknownRules says that there are no such rules. Samplers fetch the rules again
// when the code is one of the 400s.
func unknownRules(names []string) []unprocessedStatistics {
	out := make([]unprocessedStatistics, len(names))
	for i, name := range names {
		out[i] = unprocessedStatistics{RuleName: name, ErrorCode: "400", Message: "Unknown rule"}
	}
	return out
}

type samplingStatisticSummary struct {
	RuleName                                string
	Timestamp                               seconds
	RequestCount, BorrowCount, SampledCount int64
}

type getSamplingStatisticsInput struct {
	paging
}

type getSamplingStatisticsOutput struct {
	SamplingStatisticSummaries []samplingStatisticSummary
	NextToken                  *string
}

// getSamplingStatistics answers with the closed ten-second windows of all rules.
func (a *API) getSamplingStatistics(_ context.Context, in *getSamplingStatisticsInput) (*getSamplingStatisticsOutput, error) {
	pager, err := newPager("GetSamplingStatisticSummaries", in)
	if err != nil {
		return nil, err
	}
	windows := slices.SortedFunc(slices.Values(a.opts.Sampling.Windows()), func(x, y sampling.Window) int {
		return cmp.Compare(windowKey(x), windowKey(y))
	})
	windows, next := page(pager, windows, a.opts.PageSize, windowKey)
	out := &getSamplingStatisticsOutput{
		SamplingStatisticSummaries: make([]samplingStatisticSummary, len(windows)),
		NextToken:                  next,
	}
	for i, w := range windows {
		out.SamplingStatisticSummaries[i] = samplingStatisticSummary{
			RuleName:     w.RuleName,
			Timestamp:    epoch(w.Start),
			RequestCount: w.Requests,
			BorrowCount:  w.Borrowed,
			SampledCount: w.Sampled,
		}
	}
	return out, nil
}

// windowKey sorts windows by rule and time.
func windowKey(w sampling.Window) string {
	return fmt.Sprintf("%s\x00%020d", w.RuleName, w.Start.Unix())
}
