package awsemfexporter

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"
)

// received adds up, by series, what a consumer of deltas takes.
type received map[string]float64

func (r received) take(md pmetric.Metrics) {
	for _, rm := range md.ResourceMetrics().All() {
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			for _, p := range m.Sum().DataPoints().All() {
				v, _ := p.Attributes().Get("series")
				if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
					r[v.Str()] += float64(p.IntValue())
				} else {
					r[v.Str()] += p.DoubleValue()
				}
			}
		}
	}
}

// cumulative is a counter as its program sees it.
type cumulative struct {
	value, total float64
	start, at    pcommon.Timestamp
	float        bool
}

// TestDeltasAddUp generates counters that grow, begin anew and change their type,
// and a backend that refuses whole batches and parts of them. What was delivered must
// be the total of all that was counted, since the first point or since zero.
func TestDeltasAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keep := rapid.Bool().Draw(t, "keep the first value")
		got := make(received)
		var refuse func(md pmetric.Metrics) error
		d := newDeltas(&Config{RetainInitialValue: keep, DeltaExpiry: time.Hour}, func(_ context.Context, md pmetric.Metrics) error {
			if err := refuse(md); err != nil {
				return err
			}
			got.take(md)
			return nil
		}, func(map[reason]int) {})

		counters := make([]cumulative, rapid.IntRange(1, 4).Draw(t, "series"))
		first := make([]float64, len(counters))
		now := pcommon.Timestamp(1000)
		steps := rapid.IntRange(1, 20).Draw(t, "steps")
		for step := range steps + 1 {
			now += 100
			md := metricsOf(nil, "", func(m pmetric.Metric) { cumulativePoints(t, m, counters, now, step == steps) })
			if step == 0 {
				for i, c := range counters {
					first[i] = c.total
				}
			}
			refuse = backend(t, got, step == steps)
			if err := d.consume(t.Context(), md); err != nil && step == steps {
				t.Fatal(err)
			}
		}
		for i, c := range counters {
			want := c.total
			if !keep {
				want -= first[i]
			}
			if name := fmt.Sprint(i); math.Abs(got[name]-want) > 1e-6*math.Max(1, want) {
				t.Fatalf("series %d: got %v, want %v of %+v", i, got[name], want, c)
			}
		}
	})
}

// cumulativePoints moves counters on and gives each a point.
func cumulativePoints(t *rapid.T, m pmetric.Metric, counters []cumulative, now pcommon.Timestamp, last bool) {
	counter("c", 0, 0, nil)(m)
	m.Sum().DataPoints().RemoveIf(func(pmetric.NumberDataPoint) bool { return true })
	for i := range counters {
		c := &counters[i]
		grown := float64(rapid.IntRange(0, 1000).Draw(t, "grown"))
		if c.at > 0 && !last && rapid.IntRange(0, 4).Draw(t, "restart") == 0 {
			c.value, c.start = 0, c.at+50
		}
		c.value += grown
		c.total += grown
		c.at = now
		if rapid.IntRange(0, 9).Draw(t, "type") == 0 {
			c.float = !c.float
		}
		p := m.Sum().DataPoints().AppendEmpty()
		p.SetStartTimestamp(c.start)
		p.SetTimestamp(now)
		attrs{"series": fmt.Sprint(i)}.to(p.Attributes())
		if c.float {
			p.SetDoubleValue(c.value)
		} else {
			p.SetIntValue(int64(c.value))
		}
	}
}

// backend returns a consumer that takes all, nothing, or a part.
func backend(t *rapid.T, got received, last bool) func(pmetric.Metrics) error {
	unavailable := errors.New("unavailable")
	how := rapid.IntRange(0, 3).Draw(t, "backend")
	return func(md pmetric.Metrics) error {
		switch {
		case last || how < 2:
			return nil
		case how == 2:
			return unavailable
		}
		refused := pmetric.NewMetrics()
		md.CopyTo(refused)
		wanted, taken := make(map[int]bool), make(map[int]bool)
		for i := range md.DataPointCount() {
			if rapid.Bool().Draw(t, "refused") {
				wanted[i] = true
			} else {
				taken[i] = true
			}
		}
		keepPoints(refused, wanted)
		keepPoints(md, taken)
		got.take(md)
		return fmt.Errorf("no more retries left: %w", consumererror.NewMetrics(unavailable, refused))
	}
}

func TestRefusedForGoodIsNotOwed(t *testing.T) {
	got := make(received)
	err := consumererror.NewPermanent(errors.New("denied"))
	d := newDeltas(configOf(t, "retain_initial_value_of_delta_metric: true"), func(_ context.Context, md pmetric.Metrics) error {
		if err == nil {
			got.take(md)
		}
		return err
	}, func(map[reason]int) {})
	send := func(v int64, after time.Duration) {
		if e := d.consume(t.Context(), metricsOf(nil, "", counter("c", v, after, attrs{"series": "x"}))); !errors.Is(e, err) {
			t.Errorf("got %v, want %v", e, err)
		}
	}
	send(5, 0)
	err = nil
	send(7, time.Minute)
	if got["x"] != 2 {
		t.Errorf("got %v, want 2", got["x"])
	}
}

func TestSeriesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dropped := make(map[reason]int)
		d := newDeltas(configOf(t, "delta_expiry: 10m"), func(context.Context, pmetric.Metrics) error { return nil }, func(by map[reason]int) {
			for why, n := range by {
				dropped[why] += n
			}
		})
		send := func(name string) {
			if err := d.consume(t.Context(), metricsOf(nil, "", counter(name, 1, 0, nil))); err != nil {
				t.Fatal(err)
			}
		}
		send("a")
		time.Sleep(10 * time.Minute)
		send("a")
		if dropped[firstValue] != 1 {
			t.Errorf("forgotten too early: %v", dropped)
		}
		time.Sleep(10*time.Minute + 1)
		send("b")
		if len(d.series) != 1 {
			t.Errorf("%d series are remembered", len(d.series))
		}
		send("a")
		if dropped[firstValue] != 3 {
			t.Errorf("remembered too long: %v", dropped)
		}
	})
}

func TestSeriesAreToldApart(t *testing.T) {
	points := []struct {
		resource attrs
		scope    string
		name     string
		labels   attrs
	}{
		{name: "c"},
		{name: "d"},
		{name: "c", scope: "s"},
		{name: "c", labels: attrs{"a": "b"}},
		{name: "c", labels: attrs{"a": "", "b": ""}},
		{name: "c", labels: attrs{"ab": ""}},
		{name: "c", resource: attrs{"a": "b"}},
		{name: "c", resource: attrs{"a": "b"}, labels: attrs{"a": "b"}},
	}
	d := newDeltas(configOf(t, ""), func(context.Context, pmetric.Metrics) error { return nil }, func(map[reason]int) {})
	for _, p := range points {
		if err := d.consume(t.Context(), metricsOf(p.resource, p.scope, counter(p.name, 1, 0, p.labels))); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.series) != len(points) {
		t.Errorf("%d series, want %d", len(d.series), len(points))
	}
}

func TestIntegersStayExact(t *testing.T) {
	big := total{isInt: true, i: 1<<62 + 1}
	if got := big.minus(total{isInt: true, i: 1 << 62}); got != (total{isInt: true, i: 1}) {
		t.Errorf("got %+v", got)
	}
	most, least, one := total{isInt: true, i: math.MaxInt64}, total{isInt: true, i: math.MinInt64}, total{isInt: true, i: 1}
	for _, got := range []total{most.plus(one), least.minus(one), least.plus(least), most.minus(least), least.minus(most)} {
		if got.isInt || math.Abs(got.f) < 1<<62 {
			t.Errorf("wrapped around: %+v", got)
		}
	}
	if got := most.plus(least); got != (total{isInt: true, i: -1}) {
		t.Errorf("got %+v, want -1", got)
	}
}
