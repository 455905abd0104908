package awsxrayreceiver

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/radiograph/radiograph/datagram"
)

// fill puts chunks of one document each into the queue.
func fill(q *datagram.Queue, n int) {
	w := datagram.Writer{Queue: q}
	for range n {
		w.Add([]byte("{}"), netip.Addr{})
		w.Flush()
	}
}

func TestCollect(t *testing.T) {
	for _, tc := range []struct {
		name   string
		before int           // chunks that are there
		age    time.Duration // of these
		later  int           // chunks that come half the delay later
		want   int
		took   time.Duration
	}{
		{name: "one alone", before: 1, want: 1, took: time.Second},
		{name: "more come", before: 1, later: 2, want: 3, took: time.Second},
		{name: "enough come", before: 2, later: 2, want: 4, took: time.Second / 2},
		{name: "one that has waited already", before: 1, age: time.Hour, want: 1},
		{name: "several that have waited already", before: 3, age: time.Hour, want: 3},
		{name: "too many", before: 9, want: 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := datagram.NewQueue(64 << 20)
				c := newCollector(q, time.Second)
				fill(q, tc.before)
				time.Sleep(tc.age)
				begin := time.Now()
				var later sync.WaitGroup
				defer later.Wait()
				later.Go(func() {
					time.Sleep(time.Second / 2)
					fill(q, tc.later)
				})
				got := c.collect(nil)
				if took := time.Since(begin); len(got) != tc.want || took != tc.took {
					t.Errorf("%d chunks after %v, want %d after %v", len(got), took, tc.want, tc.took)
				}
			})
		})
	}
}

// TestCollectLeavesChunksToReaders has a queue so small that waiting for more chunks
// would keep readers from filling them.
func TestCollectLeavesChunksToReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := datagram.NewQueue(minQueue)
		c := newCollector(q, time.Hour)
		fill(q, 1)
		begin := time.Now()
		if got := c.collect(nil); len(got) != 1 || time.Since(begin) != 0 {
			t.Errorf("%d chunks after %v", len(got), time.Since(begin))
		}
	})
}

func TestCollectEnds(t *testing.T) {
	q := datagram.NewQueue(64 << 20)
	c := newCollector(q, time.Hour)
	fill(q, 2)
	q.Close()
	if got := c.collect(nil); len(got) != 2 {
		t.Errorf("%d chunks, want the last 2", len(got))
	}
	if got := c.collect(nil); len(got) != 0 {
		t.Errorf("%d chunks after the end", len(got))
	}
}

// TestPublish counts for a while, and looks at what is published and logged.
func TestPublish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		telemetry := componenttest.NewTelemetry()
		core, logs := observer.New(zap.WarnLevel)
		set := receivertest.NewNopSettings(NewFactory().Type())
		set.ID = component.NewID(NewFactory().Type())
		set.TelemetrySettings = telemetry.NewTelemetrySettings()
		set.Logger = zap.New(core)
		r, err := newReceiver(defaultConfig().(*Config), set, consumertest.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		quiet := make(chan struct{})
		r.publish.Go(func() { r.publishUntil(t.Context(), quiet) })
		sum := func(name string) (n int64) {
			m, err := telemetry.GetMetric(name)
			if err != nil {
				return 0
			}
			for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
				n += p.Value
			}
			return n
		}
		check := func(when string, bad, logged int64) {
			t.Helper()
			synctest.Wait()
			if got := sum(prefix + "dropped_datagrams"); got != bad {
				t.Errorf("%s: %d datagrams published, want %d", when, got, bad)
			}
			if got := sum("otelcol_receiver_refused_spans"); got != bad {
				t.Errorf("%s: %d spans refused, want %d", when, got, bad)
			}
			if got := int64(logs.Len()); got != logged {
				t.Errorf("%s: logged %d times, want %d: %v", when, got, logged, logs.All())
			}
		}
		r.telemetry.received.BadHeader.Add(3)
		check("at once", 0, 0)
		time.Sleep(publishEvery)
		check("after a second", 3, 0)
		r.telemetry.received.BadHeader.Add(4)
		time.Sleep(logEvery * publishEvery)
		check("after ten seconds", 7, 1)
		time.Sleep(logEvery * publishEvery)
		check("after ten quiet seconds", 7, 1)
		r.telemetry.received.BadHeader.Add(1)
		close(quiet)
		r.publish.Wait()
		check("at the end", 8, 2)
		losses := slices.Collect(func(yield func(int64) bool) {
			for _, e := range logs.All() {
				if !strings.Contains(e.Message, "segments lost") || !yield(e.ContextMap()["datagrams_"+reasonBadHeader].(int64)) {
					return
				}
			}
		})
		if !slices.Equal(losses, []int64{7, 1}) {
			t.Errorf("logged losses of %v", losses)
		}
	})
}
