package sampling

import "time"

// Statistics is a client's report on one rule since its last report.
type Statistics struct {
	RuleName                    string
	ClientID                    string    // 24 hex digits, lower case
	Timestamp                   time.Time // by the client's clock; what counts is when the report arrives
	Requests, Sampled, Borrowed int64
}

// BoostStatistics is a client's report on anomalies under one rule.
type BoostStatistics struct {
	RuleName, ServiceName              string
	Timestamp                          time.Time
	Anomalies, Total, SampledAnomalies int64
}

// Target is what a client is told about one rule.
type Target struct {
	RuleName  string
	FixedRate float64
	Lease     *Lease // nil at a client's first report
	Boost     *BoostTarget
}

// Targets is the answer to a report.
type Targets struct {
	// LastRuleModification is the first whole second after the last change of a
	// rule: clients compare it in whole seconds with the time of their copy, and one
	// fetched earlier in the second of the change must look older.
	LastRuleModification time.Time
	Targets              []Target
	UnknownRules         []string // of Statistics
	UnknownBoostRules    []string // of BoostStatistics
}

// maxCount is the largest count that is believed, so that sums cannot overflow.
const maxCount = 1 << 40

// Targets takes clients' reports and answers with their shares of the reservoirs.
func (r *Registry) Targets(stats []Statistics, boost []BoostStatistics) Targets {
	return r.targets(time.Now(), stats, boost)
}

func (r *Registry) targets(now time.Time, stats []Statistics, boost []BoostStatistics) Targets {
	r.mu.Lock()
	defer r.mu.Unlock()
	rules := r.rules.Load()
	out := Targets{LastRuleModification: rules.lastModification()}
	for i := range boost {
		rule := rules.byName[boost[i].RuleName]
		if rule == nil {
			out.UnknownBoostRules = append(out.UnknownBoostRules, boost[i].RuleName)
			continue
		}
		r.takeBoost(now, rule, boost[i])
	}
	for i := range stats {
		rule := rules.byName[stats[i].RuleName]
		if rule == nil {
			out.UnknownRules = append(out.UnknownRules, stats[i].RuleName)
			continue
		}
		out.Targets = append(out.Targets, r.take(now, rule, stats[i]))
	}
	return out
}

// take answers one report. The caller holds mu.
func (r *Registry) take(now time.Time, rule *Rule, s Statistics) Target {
	s.Requests, s.Sampled, s.Borrowed = credible(s.Requests), credible(s.Sampled), credible(s.Borrowed)
	r.windows.add(now, &s)
	res := r.reservoirs[rule.Name]
	if res == nil {
		res = &reservoir{}
		r.reservoirs[rule.Name] = res
	}
	t := Target{
		RuleName:  rule.Name,
		FixedRate: rule.FixedRate,
		Lease:     res.report(now, rule.ReservoirSize, s.ClientID, s.Requests),
	}
	if b := r.boosts[rule.Name]; b != nil {
		t.Boost = b.target(now)
	}
	return t
}

// takeBoost takes one report on anomalies. The caller holds mu.
func (r *Registry) takeBoost(now time.Time, rule *Rule, s BoostStatistics) {
	if rule.Boost == nil {
		return
	}
	b := r.boosts[rule.Name]
	if b == nil {
		b = &boosting{}
		r.boosts[rule.Name] = b
	}
	s.Anomalies, s.Total, s.SampledAnomalies = credible(s.Anomalies), credible(s.Total), credible(s.SampledAnomalies)
	b.report(now, rule, &s)
}

func (s *ruleset) lastModification() time.Time {
	if s.modified.Unix() == 0 {
		return s.modified
	}
	return s.modified.Add(time.Second)
}

func credible(count int64) int64 { return min(max(0, count), maxCount) }
