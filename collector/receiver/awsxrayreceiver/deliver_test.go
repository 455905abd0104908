package awsxrayreceiver_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/collector/receiver/awsxrayreceiver"
)

func TestBadInputIsCounted(t *testing.T) {
	next := newSink()
	r := start(t, next, nil)
	bad := []string{
		"", "\n", header, header + " \n", segmentNamed("x", 1),
		`{"format":"json","version":2}` + "\n" + segmentNamed("x", 1),
		`{"format":"xml","version":1}` + "\n" + segmentNamed("x", 1),
		`{"format":"json","version":1,"pad":"` + strings.Repeat("x", 256) + `"}` + "\n" + segmentNamed("x", 1),
	}
	rejected := []string{
		"no json", "{", "[]", "null", `{"name":"x"}`,
		strings.Replace(segmentNamed("x", 1), `"trace_id":"1-`, `"trace_id":"2-`, 1),
		strings.Replace(segmentNamed("x", 1), `"end_time":1760608929.5`, `"subsegments":[null],"end_time":1`, 1),
	}
	good := []string{
		`{"format": "json", "version": 1}` + "\n" + segmentNamed("a", 1) + "\n",
		"{\"version\":1,\r\t\"format\":\"JSON\"}\r\n" + segmentNamed("b", 2) + "\r\n",
		header + segmentNamed(strings.Repeat("c", 200), 3),
	}
	r.send(1, bad...)
	for _, d := range rejected {
		r.send(1, header+d)
	}
	r.send(1, good...)
	if diff := cmp.Diff([]string{"a", "b", strings.Repeat("c", 200)}, next.wait(t, 3)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	r.stop()
	r.expect(map[string]int64{
		"awsxray_receiver_datagrams": int64(len(bad) + len(rejected) + len(good)),
		"receiver_accepted_spans":    3,
		"receiver_refused_spans":     int64(len(bad) + len(rejected)),
	})
	if diff := cmp.Diff(map[string]int64{"bad_header": int64(len(bad))}, r.counts("otelcol_awsxray_receiver_dropped_datagrams", "reason")); diff != "" {
		t.Errorf("dropped datagrams (-want +got):\n%s", diff)
	}
	want := map[string]int64{"ParseError": 5, "MissingId": 1, "InvalidTraceId": 1}
	if diff := cmp.Diff(want, r.counts("otelcol_awsxray_receiver_rejected_documents", "code")); diff != "" {
		t.Errorf("rejected documents (-want +got):\n%s", diff)
	}
	if !hasLog(r.logs, "segments lost", "datagrams_bad_header") || !hasLog(r.logs, "segments lost", "documents_MissingId") {
		t.Errorf("logged %v", r.logs.All())
	}
}

func TestBatches(t *testing.T) {
	const n = 1000
	for _, tc := range []struct {
		name    string
		change  func(*awsxrayreceiver.Config)
		batches func(int) bool
	}{
		{"few", func(c *awsxrayreceiver.Config) { c.Batch.MaxDelay = 100 * time.Millisecond }, func(b int) bool { return b < 100 }},
		{"full", func(c *awsxrayreceiver.Config) { c.Batch.MaxSpans = 10 }, func(b int) bool { return b >= n/10 }},
		{"small queue", func(c *awsxrayreceiver.Config) { c.MaxQueue = 1 << 20 }, func(int) bool { return true }},
		{"many readers and workers", func(c *awsxrayreceiver.Config) { c.Readers, c.Workers = 4, 4 }, func(int) bool { return true }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			next := newSink()
			r := start(t, next, tc.change)
			r.send(1, manySegments(n, "s")...)
			if diff := cmp.Diff(names(n, "s"), next.wait(t, n)); diff != "" {
				t.Errorf("spans (-want +got):\n%s", diff)
			}
			if got := len(next.arrivals()); !tc.batches(got) {
				t.Errorf("%d spans in %d batches", n, got)
			}
			r.stop()
			r.expect(map[string]int64{"receiver_accepted_spans": n, "receiver_refused_spans": 0, "awsxray_receiver_lost_spans": 0})
		})
	}
}

// TestSources sends from several addresses at once.
func TestSources(t *testing.T) {
	for _, perSource := range []bool{true, false} {
		next := newSink()
		r := start(t, next, func(c *awsxrayreceiver.Config) {
			c.Batch.PerSource = perSource
			c.Batch.MaxDelay = 50 * time.Millisecond
			c.Workers = 1
		})
		const n, rounds = 5, 20
		for i := range rounds {
			for source := range byte(n) {
				r.send(source+1, header+segmentNamed(fmt.Sprintf("127.0.0.%d", source+1), i))
			}
		}
		next.wait(t, n*rounds)
		mixed := 0
		for _, a := range next.arrivals() {
			names := slices.Compact(slices.Sorted(slices.Values(spanNames(a.traces))))
			address := ""
			if a.client != nil {
				address, _, _ = strings.Cut(a.client.String(), ":")
			}
			switch {
			case len(names) == 1 && address != names[0]:
				t.Errorf("spans of %s come with %q", names[0], address)
			case len(names) > 1 && (perSource || address != ""):
				t.Errorf("spans of %s come in one batch, with %q", names, address)
			case len(names) > 1:
				mixed++
			}
		}
		if !perSource && mixed == 0 {
			t.Error("not per source, but no batch is mixed")
		}
		if batches := len(next.arrivals()); batches > n*rounds/2 {
			t.Errorf("%d spans in %d batches", n*rounds, batches)
		}
	}
}

var errBusy = errors.New("too much memory is used")

// TestRefusedIsTriedAgain has a pipeline that changes what it is given before it
// refuses.
func TestRefusedIsTriedAgain(t *testing.T) {
	next := newSink()
	next.mutates = true
	next.fail = func(attempt int, td ptrace.Traces) error {
		for _, s := range spans(td) {
			s.SetName(s.Name() + "!")
		}
		if attempt <= 3 {
			return errBusy
		}
		return nil
	}
	r := start(t, next, func(c *awsxrayreceiver.Config) { c.Workers = 1 })
	r.send(1, header+segmentNamed("a", 1), header+"{")
	if got := next.wait(t, 1); got[0] != "a!" {
		t.Errorf("span %s", got)
	}
	r.stop()
	r.expect(map[string]int64{
		"awsxray_receiver_retries": 3, "awsxray_receiver_lost_spans": 0, "awsxray_receiver_rejected_documents": 1,
		"receiver_accepted_spans": 1, "receiver_refused_spans": 1,
	})
}

// TestPartlyRefused has a pipeline that says which spans it did not take.
func TestPartlyRefused(t *testing.T) {
	next := newSink()
	next.fail = func(attempt int, td ptrace.Traces) error {
		switch attempt {
		case 1:
			rest := ptrace.NewTraces()
			spans(td)[0].CopyTo(rest.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty())
			return consumererror.NewTraces(errBusy, rest)
		case 2:
			return errBusy
		}
		return nil
	}
	r := start(t, next, func(c *awsxrayreceiver.Config) { c.Workers, c.Batch.MaxDelay = 1, 100*time.Millisecond })
	r.send(1, manySegments(10, "s")...)
	if got := next.wait(t, 1); len(got) != 1 {
		t.Errorf("spans %s", got)
	}
	r.stop()
	r.expect(map[string]int64{"receiver_accepted_spans": 10, "receiver_refused_spans": 0, "awsxray_receiver_retries": 2})
}

func TestLossesAreCounted(t *testing.T) {
	for _, tc := range []struct {
		reason string
		err    error
	}{
		{"permanent_error", consumererror.NewPermanent(errBusy)},
		{"refused", errBusy},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			refused := make(chan struct{}, 1)
			next := newSink()
			next.fail = func(_ int, td ptrace.Traces) error {
				if spanNames(td)[0] == "good" {
					return nil
				}
				select {
				case refused <- struct{}{}:
				default:
				}
				return tc.err
			}
			r := start(t, next, func(c *awsxrayreceiver.Config) { c.RetryFor = time.Millisecond })
			r.send(1, header+segmentNamed("bad", 1))
			<-refused
			r.send(1, header+segmentNamed("good", 2)) // the pipeline goes on
			next.wait(t, 1)
			r.stop()
			r.expect(map[string]int64{"receiver_accepted_spans": 1, "receiver_refused_spans": 1})
			if diff := cmp.Diff(map[string]int64{tc.reason: 1}, r.counts("otelcol_awsxray_receiver_lost_spans", "reason")); diff != "" {
				t.Errorf("lost spans (-want +got):\n%s", diff)
			}
			if !hasLog(r.logs, "segments lost", "spans_"+tc.reason) {
				t.Errorf("logged %v", r.logs.All())
			}
		})
	}
}

// TestBackPressure sends more than the queue and the receive buffer hold to a
// pipeline that is stuck: every datagram arrives or is counted.
func TestBackPressure(t *testing.T) {
	stuck := make(chan struct{})
	next := newSink()
	next.fail = func(int, ptrace.Traces) error {
		<-stuck
		return nil
	}
	r := start(t, next, func(c *awsxrayreceiver.Config) {
		c.MaxQueue, c.ReceiveBuffer = 1<<20, 64<<10
	})
	const n = 20_000
	pad := strings.Repeat("x", 1000)
	var datagrams []string
	for i := range n {
		datagrams = append(datagrams, header+strings.Replace(segmentNamed(fmt.Sprintf("s%05d", i), i), "{", `{"user":"`+pad+`",`, 1))
	}
	r.send(1, datagrams...)
	close(stuck)
	r.stop()
	arrived := len(next.wait(t, 0))
	lost := r.counts("otelcol_awsxray_receiver_dropped_datagrams", "reason")
	if arrived == 0 || lost["receive_buffer_full"] == 0 || arrived+int(lost["receive_buffer_full"]) != n {
		t.Errorf("%d spans arrived, lost %v, sent %d", arrived, lost, n)
	}
	r.expect(map[string]int64{"receiver_accepted_spans": int64(arrived), "receiver_refused_spans": 0})
}

// TestShutdownDrains ends a receiver whose pipeline is stuck: what was received
// arrives.
func TestShutdownDrains(t *testing.T) {
	const n = 3000
	stuck, entered := make(chan struct{}), make(chan struct{}, n)
	next := newSink()
	next.fail = func(int, ptrace.Traces) error {
		entered <- struct{}{}
		<-stuck
		return nil
	}
	r := start(t, next, nil)
	r.send(1, manySegments(n, "s")...)
	<-entered
	done := make(chan struct{})
	go func() {
		r.stop()
		close(done)
	}()
	close(stuck)
	<-done
	if diff := cmp.Diff(names(n, "s"), next.wait(t, n)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}
