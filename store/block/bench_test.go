package block

import (
	"bytes"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/traceid"
)

// cpu is the processor time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkIngest appends traces until they are in blocks, and reports what a span
// costs: processor time and disk.
func BenchmarkIngest(b *testing.B) {
	const traces, perBatch = 20_000, 10
	w := newWorkload(1)
	batches := make([]store.Batch, traces/perBatch)
	size := 0
	for i := range batches {
		batches[i] = w.batch(perBatch)
		for _, d := range batches[i].Documents {
			size += len(d.Raw)
		}
	}
	b.ReportAllocs()
	b.SetBytes(int64(size))
	var used time.Duration
	var disk int64
	for b.Loop() {
		s := open(b, b.TempDir(), Options{})
		before := cpu()
		for i := range batches {
			if err := s.Append(b.Context(), batches[i]); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.Flush(b.Context()); err != nil {
			b.Fatal(err)
		}
		used += cpu() - before
		st := s.Stats()
		disk = st.DiskBytes - st.LogBytes
	}
	spans := float64(b.N * traces * workloadSpans)
	b.ReportMetric(float64(used.Microseconds())/spans, "cpu-µs/span")
	b.ReportMetric(float64(disk)/(traces*workloadSpans), "disk-B/span")
	b.ReportMetric(float64(size)/(traces*workloadSpans), "input-B/span")
}

// filled returns a store with n traces in blocks and their ids.
func filled(b *testing.B, n, chains int, spread time.Duration) (*Store, []traceid.ID) {
	b.Helper()
	s := open(b, b.TempDir(), Options{MemoryBytes: 1 << 40})
	w := newWorkload(1)
	w.chains = chains
	var ids []traceid.ID
	const perBatch = 100
	step := spread.Nanoseconds() / int64(max(n/perBatch, 1))
	for range n / perBatch {
		w.received += step
		batch := w.batch(perBatch)
		for i := 0; i < len(batch.Documents); i += 5 {
			ids = append(ids, batch.Documents[i].TraceID)
		}
		if err := s.Append(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s, ids
}

func BenchmarkTraceByID(b *testing.B) {
	s, ids := filled(b, 50_000, 1, time.Hour)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i = (i + 7919) % len(ids)
		if t, err := s.traceByID(b.Context(), ids[i]); err != nil || t == nil {
			b.Fatal(t, err)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	s, _ := filled(b, 50_000, 1, time.Hour)
	benchmarkScan(b, s)
}

// BenchmarkColdScan is BenchmarkScan without a cache.
func BenchmarkColdScan(b *testing.B) {
	s, _ := filled(b, 50_000, 1, time.Hour)
	s.cache.bound = 0
	benchmarkScan(b, s)
}

func benchmarkScan(b *testing.B, s *Store) {
	b.Helper()
	for _, expression := range []string{``, `fault`, `service("none")`, `annotation.tenant = "tenant-7"`, `http.url CONTAINS "/items/77"`, `http.url CONTAINS "/items/nowhere"`, `service("payments") {fault} AND annotation.tenant = "tenant-99"`, `responsetime > 0.79`} {
		b.Run("filter="+expression, func(b *testing.B) {
			e, err := filter.Parse(expression)
			if err != nil {
				b.Fatal(err)
			}
			p, err := filter.Compile(e, filter.Options{})
			if err != nil {
				b.Fatal(err)
			}
			q := store.Scan{Start: time.Unix(0, 0), End: time.Unix(1<<33, 0), Predicate: p}
			scanned := 0
			b.ReportAllocs()
			for b.Loop() {
				page, err := s.Scan(b.Context(), q)
				if err != nil {
					b.Fatal(err)
				}
				scanned += page.Scanned
			}
			b.ReportMetric(float64(scanned)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkGraph(b *testing.B) {
	for _, chains := range []int{1, 40} {
		s, _ := filled(b, 36_000, chains, 6*time.Hour)
		q := store.GraphQuery{Start: time.Unix(0, workloadEpoch+17e9), End: time.Unix(0, workloadEpoch+6*3600e9-5e9)}
		b.Run(fmt.Sprintf("graph=6h/services=%d", 5*chains), func(b *testing.B) {
			for b.Loop() {
				if g, err := s.Graph(b.Context(), q); err != nil || g.Graph.Empty() {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("graph=6h/services=%d/cold", 5*chains), func(b *testing.B) {
			bound := s.cache.bound
			s.cache.bound = 0 // nothing fits
			defer func() { s.cache.bound = bound }()
			for b.Loop() {
				if g, err := s.Graph(b.Context(), q); err != nil || g.Graph.Empty() {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("series=6h/services=%d", 5*chains), func(b *testing.B) {
			name := "payments"
			if chains > 1 {
				name += "-1"
			}
			sq := store.SeriesQuery{GraphQuery: q, Period: time.Minute, Selector: &servicegraph.Selector{To: &servicegraph.NodePattern{Name: &name}}}
			for b.Loop() {
				if got, err := s.Series(b.Context(), sq); err != nil || len(got.Buckets) < 300 {
					b.Fatal(len(got.Buckets), err)
				}
			}
		})
	}
}

// BenchmarkRaggedGraph asks for graphs whose ends are within a minute of 56 000
// traces.
func BenchmarkRaggedGraph(b *testing.B) {
	for _, chains := range []int{1, 40} {
		s, _ := filled(b, 56_000, chains, time.Minute)
		at := func(seconds float64) time.Time { return time.Unix(0, workloadEpoch+int64(seconds*1e9)) }
		for _, c := range []struct {
			name       string
			start, end float64
		}{{"until-now", -600, 90}, {"since-within", 7.3, 90}, {"both-within", 7.3, 48.6}, {"seconds", 7, 48}} {
			b.Run(fmt.Sprintf("services=%d/%s", 5*chains, c.name), func(b *testing.B) {
				for b.Loop() {
					g, err := s.Graph(b.Context(), store.GraphQuery{Start: at(c.start), End: at(c.end)})
					if err != nil || g.Graph.Empty() {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkLateSegments settles late segments of traces that are in blocks.
func BenchmarkLateSegments(b *testing.B) {
	s := open(b, b.TempDir(), Options{MemoryBytes: 1 << 40})
	w := newWorkload(1)
	var ids []traceid.ID
	for range 400 {
		batch := w.batch(100)
		for i := range batch.Documents { // many distinct values
			batch.Documents[i].Raw = bytes.ReplaceAll(batch.Documents[i].Raw, []byte("/items/"), []byte("/items/"+w.entity()+w.entity()+w.entity()))
			if i%5 == 0 {
				ids = append(ids, batch.Documents[i].TraceID)
			}
		}
		if err := s.Append(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	const late = 1000
	for b.Loop() {
		for range late {
			appendLate(b, s, w, ids[w.rand.IntN(len(ids))])
		}
		if err := s.settleAll(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*late), "µs/segment")
}
