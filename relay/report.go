package relay

import (
	"log/slog"
	"maps"
	"net"
	"slices"
	"time"
)

const reportEvery = 10 * time.Second

// logStart says where the relay listens and what the kernel granted.
func (r *Relay) logStart() {
	log := r.opts.Logger
	for _, s := range r.datagrams {
		log.Info("relay listens for datagrams", "address", address(s.Addr()), "receive_buffer_bytes", s.Buffer())
		if s.path == "" && s.Buffer() < r.opts.ReceiveBuffer {
			log.Warn("receive buffer is smaller than asked for: raise net.core.rmem_max, or allow CAP_NET_ADMIN",
				"bytes", s.Buffer(), "asked_bytes", r.opts.ReceiveBuffer)
		}
	}
	for _, l := range r.listeners {
		log.Info("relay listens for http and streams", "address", address(l.Addr()))
	}
}

func address(a net.Addr) string { return a.Network() + ":" + a.String() }

// startReports logs losses while there are any, but not often. The returned
// function ends that and waits for the end.
func (r *Relay) startReports() (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(reportEvery)
		defer tick.Stop()
		last := r.Stats()
		for {
			select {
			case <-quit:
				r.reportSince(last)
				return
			case <-tick.C:
				last = r.reportSince(last)
			}
		}
	}()
	return func() { close(quit); <-done }
}

// reportSince logs what was lost since last and returns the present counters.
func (r *Relay) reportSince(last Stats) Stats {
	now := r.Stats()
	attrs := lossAttrs(now.Dropped.minus(last.Dropped))
	for _, code := range slices.Sorted(maps.Keys(now.Rejected)) {
		attrs = appendCount(attrs, "rejected_"+code, now.Rejected[code]-last.Rejected[code])
	}
	if len(attrs) == 0 {
		return now
	}
	if err := r.counters.takeErr(); err != nil {
		attrs = append(attrs, slog.Any("err", err))
	}
	r.opts.Logger.Warn("documents lost", attrs...)
	return now
}

func (r *Relay) logTotals() {
	s := r.Stats()
	attrs := []any{slog.Int64("datagrams", s.Datagrams), slog.Int64("documents", s.Documents)}
	r.opts.Logger.Info("relay stopped", append(attrs, lossAttrs(s.Dropped)...)...)
}

// lossAttrs names the losses that are not zero.
func lossAttrs(d Drops) (attrs []any) {
	attrs = appendCount(attrs, "bad_header", d.BadHeader)
	attrs = appendCount(attrs, "bad_frame", d.BadFrame)
	attrs = appendCount(attrs, "too_large", d.TooLarge)
	attrs = appendCount(attrs, "queue_full", d.QueueFull)
	attrs = appendCount(attrs, "throttled", d.Throttled)
	attrs = appendCount(attrs, "failed", d.Failed)
	return appendCount(attrs, "receive_buffer_full", d.Kernel)
}

func appendCount(attrs []any, key string, n int64) []any {
	if n == 0 {
		return attrs
	}
	return append(attrs, slog.Int64(key, n))
}
