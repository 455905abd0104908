package sampling

import "time"

const (
	boostTTL = 20 * time.Second // how long one report keeps a boost alive
	boostMax = time.Minute      // how long a boost lasts at most

	maxCooldownMinutes = 365 * 24 * 60 // longer ones count as this
)

// BoostTarget is a raised rate until a deadline.
type BoostTarget struct {
	Rate    float64
	Expires time.Time
}

// boosting is the state of one rule's boost. The zero value is ready.
//
// X-Ray's own algorithm is not published, only its bounds: no more than MaxRate,
// no longer than a minute, once in a cooldown window. Within these the rate is
// the share of requests that were anomalies and not sampled.
type boosting struct {
	start     time.Time // of the window that now counts
	now, last anomalies // in this window and in the one before

	begun, expires time.Time // zero: never boosted
	rate           float64
}

// anomalies counts requests under one rule.
type anomalies struct{ missed, total int64 }

func (b *boosting) report(now time.Time, rule *Rule, s *BoostStatistics) {
	b.roll(now)
	b.now.missed += max(0, min(s.Anomalies, s.Total)-s.SampledAnomalies)
	b.now.total += s.Total
	missed, total := b.now.missed+b.last.missed, b.now.total+b.last.total
	if missed == 0 {
		return
	}
	rate := min(rule.Boost.MaxRate, float64(missed)/float64(total))
	if rate <= rule.FixedRate {
		return
	}
	cooldown := max(boostMax, time.Duration(min(rule.Boost.CooldownMinutes, maxCooldownMinutes))*time.Minute)
	switch {
	case b.begun.IsZero() || now.Sub(b.begun) >= cooldown:
		b.begun = now
	case now.Sub(b.begun) >= boostMax:
		return
	}
	b.rate = rate
	b.expires = wholeSecond(now.Add(min(boostTTL, boostMax-now.Sub(b.begun))))
}

func (b *boosting) roll(now time.Time) {
	start := now.Truncate(windowLength)
	switch behind := start.Sub(b.start); {
	case behind <= 0:
		return
	case behind == windowLength:
		b.last = b.now
	default:
		b.last = anomalies{}
	}
	b.start, b.now = start, anomalies{}
}

// target returns the boost that applies now, or nil.
func (b *boosting) target(now time.Time) *BoostTarget {
	if !now.Before(b.expires) {
		return nil
	}
	return &BoostTarget{Rate: b.rate, Expires: b.expires}
}
