package awsxrayexporter

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"go.uber.org/zap"
)

// Times and limits of the X-Ray daemon.
const (
	telemetryEvery   = time.Minute
	maxRecords       = 30 // kept while they cannot be sent
	maxRecordsOfCall = 10
	lastRecord       = 2 * time.Second // for the record of the last minute, when stopping
)

// counts are the numbers of the minute, in segments and subsegments, which is to
// say spans.
type counts struct {
	received, sent, spilled, rejected atomic.Int64

	timeout, connectionRefused, status4XX, status5XX, unknownHost, other atomic.Int64
}

// failure counts a request that was not carried out.
func (c *counts) failure(e *requestError) {
	switch {
	case e.status >= 500:
		c.status5XX.Add(1)
	case e.status >= 400:
		c.status4XX.Add(1)
	case errors.Is(e.err, syscall.ECONNREFUSED):
		c.connectionRefused.Add(1)
	case isUnknownHost(e.err):
		c.unknownHost.Add(1)
	case isTimeout(e.err):
		c.timeout.Add(1)
	default:
		c.other.Add(1)
	}
}

func isUnknownHost(err error) bool {
	e, ok := errors.AsType[*net.DNSError](err)
	return ok && e.IsNotFound
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// record is a TelemetryRecord of X-Ray's API.
type record struct {
	Timestamp               float64 // seconds
	SegmentsReceivedCount   int64
	SegmentsSentCount       int64
	SegmentsSpilloverCount  int64
	SegmentsRejectedCount   int64
	BackendConnectionErrors connectionErrors
}

type connectionErrors struct {
	TimeoutCount           int64
	ConnectionRefusedCount int64
	HTTPCode4XXCount       int64
	HTTPCode5XXCount       int64
	UnknownHostCount       int64
	OtherCount             int64
}

// take returns the numbers since it was last called.
func (c *counts) take(now time.Time) record {
	return record{
		Timestamp:              float64(now.UnixMilli()) / 1000,
		SegmentsReceivedCount:  c.received.Swap(0),
		SegmentsSentCount:      c.sent.Swap(0),
		SegmentsSpilloverCount: c.spilled.Swap(0),
		SegmentsRejectedCount:  c.rejected.Swap(0),
		BackendConnectionErrors: connectionErrors{
			TimeoutCount:           c.timeout.Swap(0),
			ConnectionRefusedCount: c.connectionRefused.Swap(0),
			HTTPCode4XXCount:       c.status4XX.Swap(0),
			HTTPCode5XXCount:       c.status5XX.Swap(0),
			UnknownHostCount:       c.unknownHost.Swap(0),
			OtherCount:             c.other.Swap(0),
		},
	}
}

// telemetryRequest is the body of PutTelemetryRecords.
type telemetryRequest struct {
	TelemetryRecords []record
	EC2InstanceID    string `json:"EC2InstanceId,omitempty"`
	Hostname         string `json:"Hostname,omitempty"`
	ResourceARN      string `json:"ResourceARN,omitempty"`
}

// telemetryWorker sends a record every minute, from the first span on.
type telemetryWorker struct {
	pusher *pusher
	cfg    aws.Config
	host   telemetryRequest // without records
	queue  []record         // the oldest first
	active bool             // a span has arrived
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func startTelemetry(ctx context.Context, e *pusher) *telemetryWorker {
	w := &telemetryWorker{pusher: e, cfg: e.sender.aws}
	// It lives until stop, not as long as the start of the collector takes.
	ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	w.done.Go(func() { w.run(ctx) })
	return w
}

func (w *telemetryWorker) run(ctx context.Context) {
	w.host = w.identify(ctx)
	t := time.NewTicker(telemetryEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			w.collect()
			w.flush(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// stop sends the record of the last, incomplete minute.
func (w *telemetryWorker) stop(ctx context.Context) {
	w.cancel()
	w.done.Wait()
	ctx, cancel := context.WithTimeout(ctx, lastRecord)
	defer cancel()
	w.collect()
	w.flush(ctx)
}

// collect queues the numbers since it was last called. The oldest record makes room.
func (w *telemetryWorker) collect() {
	r := w.pusher.counts.take(time.Now())
	w.active = w.active || r.SegmentsReceivedCount > 0
	if !w.active {
		return
	}
	if len(w.queue) == maxRecords {
		w.queue = append(w.queue[:0], w.queue[1:]...)
	}
	w.queue = append(w.queue, r)
}

// flush sends what is queued. What cannot be sent now stays.
func (w *telemetryWorker) flush(ctx context.Context) {
	for len(w.queue) > 0 {
		n := min(len(w.queue), maxRecordsOfCall)
		req := w.host
		req.TelemetryRecords = w.queue[:n]
		text, err := json.Marshal(req)
		if err != nil {
			w.pusher.set.Logger.Error("telemetry record", zap.Error(err))
			return
		}
		b := newBody()
		b.b = append(b.b, text...)
		_, failure := w.pusher.sender.call(ctx, telemetryPath, b)
		b.release()
		switch {
		case failure == nil:
		case failure.retryable():
			w.pusher.set.Logger.Debug("telemetry records are sent later", zap.Error(failure))
			return
		default:
			w.pusher.set.Logger.Warn("X-Ray has refused telemetry records", zap.Error(failure))
		}
		w.queue = append(w.queue[:0], w.queue[n:]...)
	}
}

// identify finds out what is said about the host.
func (w *telemetryWorker) identify(ctx context.Context) telemetryRequest {
	cfg := w.pusher.cfg
	t := telemetryRequest{EC2InstanceID: cfg.Telemetry.InstanceID, Hostname: cfg.Telemetry.Hostname, ResourceARN: cfg.Telemetry.ResourceARN}
	if !cfg.Telemetry.IncludeMetadata {
		return t
	}
	if t.ResourceARN == "" && len(cfg.AWS.ResourceARN) <= maxResourceARN {
		t.ResourceARN = cfg.AWS.ResourceARN
	}
	client := imds.NewFromConfig(w.cfg)
	find := func(value *string, env, path string, most int) {
		if *value == "" {
			*value = os.Getenv(env)
		}
		if *value == "" {
			*value = metadata(ctx, client, path)
		}
		if len(*value) > most { // not of this kind of host
			*value = ""
		}
	}
	find(&t.Hostname, "AWS_HOSTNAME", "hostname", maxHostname)
	find(&t.EC2InstanceID, "AWS_INSTANCE_ID", "instance-id", maxInstanceID)
	return t
}

// metadata asks the instance's metadata service; off AWS there is none.
func metadata(ctx context.Context, client *imds.Client, path string) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := client.GetMetadata(ctx, &imds.GetMetadataInput{Path: path})
	if err != nil {
		return ""
	}
	defer out.Content.Close()
	b, err := io.ReadAll(io.LimitReader(out.Content, maxResourceARN))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
