package relay_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/ipv4"

	"github.com/radiograph/radiograph/ingest"
	"github.com/radiograph/radiograph/relay"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
)

// Environment of the process that sends, see runSender.
const (
	senderTarget = "RELAY_TEST_SEND_TO"
	senderRate   = "RELAY_TEST_RATE" // datagrams a second
	senderCount  = "RELAY_TEST_COUNT"
)

// counter is a sink that counts batches and hands them on, if there is somebody to
// hand them to.
type counter struct {
	next    relay.Sink
	batches atomic.Int64
}

func newCounter(next relay.Sink) *counter { return &counter{next: next} }

func (c *counter) Put(ctx context.Context, docs [][]byte) ([]*segment.Rejection, error) {
	c.batches.Add(1)
	if c.next == nil {
		return nil, nil
	}
	return c.next.Put(ctx, docs)
}

// nowhere is a store that keeps nothing.
type nowhere struct{}

func (nowhere) Append(context.Context, store.Batch) error { return nil }

// BenchmarkLoopback receives datagrams of 1 kB from another process over the
// loopback interface and throws them away, judged by an Ingester or not. It reports
// how many arrived a second, how many were lost, and the processor time that this
// process spent on each, the kernel's part included.
//
// The rate is that of RELAY_TEST_RATE, by default 100000 a second.
func BenchmarkLoopback(b *testing.B) {
	for name, sink := range map[string]relay.Sink{
		"none":   newCounter(nil),
		"ingest": newCounter(ingest.New(nowhere{}, ingest.Options{})),
	} {
		for _, readers := range []int{1, 2} {
			b.Run(fmt.Sprintf("sink=%s/readers=%d", name, readers), func(b *testing.B) {
				benchmarkLoopback(b, relay.Options{UDP: "127.0.0.1:0", Readers: readers, Sink: sink})
			})
		}
	}
}

func benchmarkLoopback(b *testing.B, opts relay.Options) {
	r, err := relay.Listen(opts)
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- r.Serve(ctx) }()
	sink := opts.Sink.(*counter)
	batches := sink.batches.Load()
	b.SetBytes(1024)
	b.ReportAllocs()
	b.ResetTimer()
	before, begin := processorTime(b), time.Now()
	send(b, r.UDPAddr().String(), b.N)
	took := time.Since(begin)
	stop()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	cpu := processorTime(b) - before
	s := r.Stats()
	b.ReportMetric(float64(s.Datagrams)/took.Seconds(), "datagrams/s")
	b.ReportMetric(cpu.Seconds()*1e6/float64(max(1, s.Datagrams)), "cpu-µs/datagram")
	b.ReportMetric(100*float64(int64(b.N)-s.Documents)/float64(b.N), "%lost")
	b.ReportMetric(float64(s.Documents)/float64(max(1, sink.batches.Load()-batches)), "docs/batch")
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// send has a process of its own send n datagrams.
func send(b *testing.B, address string, n int) {
	b.Helper()
	rate := os.Getenv(senderRate)
	if rate == "" {
		rate = "100000"
	}
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), senderTarget+"="+address, senderRate+"="+rate, senderCount+"="+strconv.Itoa(n))
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
}

// runSender is the main function of the sending process.
func runSender(address string) int {
	if err := sendDatagrams(address); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func sendDatagrams(address string) error {
	rate, err := strconv.Atoi(os.Getenv(senderRate))
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(os.Getenv(senderCount))
	if err != nil {
		return err
	}
	conn, err := net.Dial("udp", address) //nolint:noctx // the process lives for this alone
	if err != nil {
		return err
	}
	defer conn.Close()
	const front = `{"name":"shop-api","id":"5f1e0a9b3c7d2e44","trace_id":"1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a00",` +
		`"start_time":1760608929.125,"end_time":1760608929.310,"http":{"request":{"method":"GET","url":"http://shop.example/cart"},` +
		`"response":{"status":200}},"metadata":{"default":{"pad":"`
	const back = `"}}}`
	datagram := []byte(header + front + strings.Repeat("x", 1024-len(header)-len(front)-len(back)) + back)
	batch := make([]ipv4.Message, 64)
	for i := range batch {
		batch[i].Buffers = [][]byte{datagram}
	}
	packets := ipv4.NewPacketConn(conn.(*net.UDPConn))
	begin := time.Now()
	for sent := 0; sent < count; {
		due := int(time.Since(begin).Seconds() * float64(rate))
		n := min(due, count) - sent
		if n <= 0 {
			time.Sleep(200 * time.Microsecond)
			continue
		}
		n, err := packets.WriteBatch(batch[:min(n, len(batch))], 0)
		if err != nil {
			return err
		}
		sent += n
	}
	return nil
}
