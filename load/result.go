package load

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// counters grow while a run goes on.
type counters struct {
	traces, documents, rejected, errors, throttled atomic.Int64
}

// Result is what a run achieved. Documents and spans are those that the server
// acknowledged, or that were sent as datagrams.
type Result struct {
	Target       string  `json:"target"` // api, udp, otlp-grpc or otlp-http
	Seed         uint64  `json:"seed"`
	Seconds      float64 `json:"seconds"`
	Traces       int64   `json:"traces"`
	Documents    int64   `json:"documents"`
	Spans        int64   `json:"spans"`
	SpansPerS    float64 `json:"spans_per_s"`
	DocumentsPer float64 `json:"documents_per_s"`
	Rejected     int64   `json:"rejected_documents"` // of OTLP: spans
	Throttled    int64   `json:"throttled_requests"`
	Errors       int64   `json:"failed_requests"`
	Latency      Latency `json:"latency_ms"`

	Server *ServerUse `json:"server,omitempty"`
	Disk   *DiskUse   `json:"disk,omitempty"`
	Verify *Verified  `json:"verify,omitempty"`

	Asked map[string]Asked `json:"asked,omitempty"` // by question
}

// Latency has quantiles in ms; in a Result, of the time from when a batch was due
// to its acknowledgement.
type Latency struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// ServerUse is what the server's process used from the start of the load until
// it was quiet.
type ServerUse struct {
	CPUSeconds         float64 `json:"cpu_s"`
	CPUPerMillionSpans float64 `json:"cpu_s_per_million_spans"`
	PeakRSSBytes       int64   `json:"peak_rss_bytes"`
	QuietAfterSeconds  float64 `json:"quiet_after_s"` // end of the load to quiet
}

// DiskUse is what the data directory holds after the load, earlier data included.
type DiskUse struct {
	Bytes        int64            `json:"bytes"`
	BytesPerSpan float64          `json:"bytes_per_span"` // by the spans of this run
	ByDirectory  map[string]int64 `json:"by_directory"`
}

// Verified says how many acknowledged traces of a sample could be read back.
type Verified struct {
	Sampled    int `json:"sampled"`
	Complete   int `json:"complete"`
	Incomplete int `json:"incomplete"`
	Missing    int `json:"missing"`
}

func (r *runner) result(took time.Duration) *Result {
	res := &Result{
		Target:    "api",
		Seed:      r.opts.Seed,
		Seconds:   took.Seconds(),
		Traces:    r.counts.traces.Load(),
		Documents: r.counts.documents.Load(),
		Rejected:  r.counts.rejected.Load(),
		Throttled: r.counts.throttled.Load(),
		Errors:    r.counts.errors.Load(),
	}
	switch {
	case r.opts.UDP != "":
		res.Target = "udp"
	case r.opts.OTLPGRPC != "":
		res.Target = "otlp-grpc"
	case r.opts.OTLPHTTP != "":
		res.Target = "otlp-http"
	}
	res.Spans = res.Traces * SpansPerTrace
	res.SpansPerS = float64(res.Spans) / took.Seconds()
	res.DocumentsPer = float64(res.Documents) / took.Seconds()
	r.mu.Lock()
	defer r.mu.Unlock()
	res.Latency = latencyOf(&r.latency)
	return res
}

func latencyOf(h *histogram) Latency {
	ms := func(q float64) float64 { return float64(h.quantile(q).Microseconds()) / 1000 }
	return Latency{P50: ms(0.5), P90: ms(0.9), P99: ms(0.99), Max: ms(1)}
}

// measure waits until the server is quiet and adds what it used.
func (r *runner) measure(ctx context.Context, res *Result, before process) error {
	if r.opts.ServerPID != 0 {
		end := time.Now()
		after, err := waitQuiet(ctx, r.opts.ServerPID)
		if err != nil {
			return err
		}
		cpu := after.cpu - before.cpu
		res.Server = &ServerUse{
			CPUSeconds:         cpu.Seconds(),
			CPUPerMillionSpans: cpu.Seconds() * 1e6 / float64(max(res.Spans, 1)),
			PeakRSSBytes:       after.peakRSS,
			QuietAfterSeconds:  time.Since(end).Seconds(),
		}
	}
	if r.opts.DataDir == "" {
		return nil
	}
	use, err := diskUse(r.opts.DataDir)
	if err != nil {
		return err
	}
	use.BytesPerSpan = float64(use.Bytes) / float64(max(res.Spans, 1))
	res.Disk = use
	return nil
}

// diskUse adds up the sizes of the files below dir, and per directory that holds them.
func diskUse(dir string) (*DiskUse, error) {
	use := &DiskUse{ByDirectory: map[string]int64{}}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a running server merges and removes files
		}
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		use.Bytes += info.Size()
		holder := strings.TrimPrefix(strings.TrimPrefix(filepath.Dir(path), dir), string(filepath.Separator))
		use.ByDirectory[holder] += info.Size()
		return nil
	})
	return use, err
}
