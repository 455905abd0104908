package awsxrayreceiver_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/radiograph/radiograph/collector/receiver/awsxrayreceiver"
	"github.com/radiograph/radiograph/load"
)

// Environment of the process that sends, see runSender.
const (
	senderTarget = "AWSXRAY_TEST_SEND_TO"
	senderRate   = "AWSXRAY_TEST_RATE" // spans a second
	senderTraces = "AWSXRAY_TEST_TRACES"
)

// runSender is the main function of the sending process.
func runSender(address string) int {
	rate, err := strconv.ParseFloat(os.Getenv(senderRate), 64)
	if err == nil {
		var traces uint64
		if traces, err = strconv.ParseUint(os.Getenv(senderTraces), 10, 64); err == nil {
			_, err = load.Run(context.Background(), load.Options{UDP: address, Rate: rate, Traces: traces})
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// send has a process of its own send traces of 18 spans in 5 datagrams.
func send(b *testing.B, address string, traces int) {
	b.Helper()
	rate := os.Getenv(senderRate)
	if rate == "" {
		rate = "40000"
	}
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), senderTarget+"="+address, senderRate+"="+rate, senderTraces+"="+strconv.Itoa(traces))
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
}

// counter is a pipeline that counts.
type counter struct{ spans, batches atomic.Int64 }

func (c *counter) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (c *counter) ConsumeTraces(_ context.Context, td ptrace.Traces) error {
	c.spans.Add(int64(td.SpanCount()))
	c.batches.Add(1)
	return nil
}

// BenchmarkUDP receives from another process, 40 000 spans a second unless the
// environment says otherwise. An iteration is a trace of 18 spans.
func BenchmarkUDP(b *testing.B) {
	b.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for _, conventions := range []string{awsxrayreceiver.ConventionsOld, awsxrayreceiver.ConventionsCurrent} {
		b.Run("conventions="+conventions, func(b *testing.B) {
			f := awsxrayreceiver.NewFactory()
			cfg := f.CreateDefaultConfig().(*awsxrayreceiver.Config)
			cfg.Endpoint, cfg.ProxyServer.Endpoint, cfg.Conventions = freeUDP(b), "127.0.0.1:0", conventions
			next := new(counter)
			telemetry := componenttest.NewTelemetry()
			set := receivertest.NewNopSettings(f.Type())
			set.TelemetrySettings = telemetry.NewTelemetrySettings()
			r, err := f.CreateTraces(b.Context(), set, cfg, next)
			if err != nil {
				b.Fatal(err)
			}
			if err := r.Start(b.Context(), componenttest.NewNopHost()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			before, begin := processorTime(b), time.Now()
			send(b, cfg.Endpoint, b.N)
			took := time.Since(begin)
			if err := r.Shutdown(b.Context()); err != nil {
				b.Fatal(err)
			}
			cpu := processorTime(b) - before
			sent, got := float64(b.N*load.SpansPerTrace), float64(max(1, next.spans.Load()))
			b.ReportMetric(cpu.Seconds()*1e6/got, "cpu-s/Mspans")
			b.ReportMetric(sent/took.Seconds(), "spans/s")
			b.ReportMetric(100*(sent-got)/sent, "%lost")
			b.ReportMetric(100*float64(sum(telemetry, "otelcol_awsxray_receiver_dropped_datagrams"))/float64(b.N*load.DocumentsPerTrace), "%full-buffer")
			b.ReportMetric(got/float64(max(1, next.batches.Load())), "spans/batch")
		})
	}
}

// sum returns the sum of a counter, 0 when nothing was counted.
func sum(telemetry *componenttest.Telemetry, name string) (n int64) {
	m, err := telemetry.GetMetric(name)
	if err != nil {
		return 0
	}
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		n += p.Value
	}
	return n
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
