package awsxrayreceiver

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/zap"
)

const (
	publishEvery = time.Second
	logEvery     = 10 // times of publishing
)

// totals are counters since the start.
type totals struct {
	datagrams, bytes, badHeader, tooLarge, kernel int64
	refused, permanent                            int64            // spans
	rejected                                      map[string]int64 // documents by code
}

func (r *xrayReceiver) totals() totals {
	c := &r.telemetry.received
	t := totals{
		datagrams: c.Datagrams.Load(),
		bytes:     c.Bytes.Load(),
		badHeader: c.BadHeader.Load(),
		tooLarge:  c.TooLarge.Load(),
		refused:   r.telemetry.lostRefused.Load(),
		permanent: r.telemetry.lostPermanent.Load(),
		rejected:  r.telemetry.rejected.Counts(),
	}
	for _, s := range r.sockets {
		t.kernel += s.load().Drops()
	}
	return t
}

// publishUntil publishes what is counted, and logs losses but not often, until quiet
// is closed.
func (r *xrayReceiver) publishUntil(ctx context.Context, quiet <-chan struct{}) {
	tick := time.NewTicker(publishEvery)
	defer tick.Stop()
	var published, logged totals
	for n := 1; ; n++ {
		select {
		case <-quiet:
			r.telemetry.publish(ctx, published, r.totals())
			r.logLosses(logged, r.totals())
			return
		case <-tick.C:
		}
		now := r.totals()
		r.telemetry.publish(ctx, published, now)
		published = now
		if n%logEvery == 0 {
			r.logLosses(logged, now)
			logged = now
		}
	}
}

// publish adds what was counted between last and now to the counters.
func (t *telemetry) publish(ctx context.Context, last, now totals) {
	t.add(ctx, t.datagrams, now.datagrams-last.datagrams)
	t.add(ctx, t.bytes, now.bytes-last.bytes)
	bad, large := now.badHeader-last.badHeader, now.tooLarge-last.tooLarge
	t.add(ctx, t.dropped, bad, attribute.String("reason", reasonBadHeader))
	t.add(ctx, t.dropped, large, attribute.String("reason", reasonTooLarge))
	t.add(ctx, t.dropped, now.kernel-last.kernel, attribute.String("reason", reasonKernel))
	unreadable := bad + large
	for code, n := range now.rejected {
		t.add(ctx, t.refused, n-last.rejected[code], attribute.String("code", code))
		unreadable += n - last.rejected[code]
	}
	t.unreadable(ctx, unreadable)
}

// logLosses logs what was lost between last and now, if anything was.
func (r *xrayReceiver) logLosses(last, now totals) {
	var fields []zap.Field
	add := func(key string, n int64) {
		if n != 0 {
			fields = append(fields, zap.Int64(key, n))
		}
	}
	add("datagrams_"+reasonBadHeader, now.badHeader-last.badHeader)
	add("datagrams_"+reasonTooLarge, now.tooLarge-last.tooLarge)
	add("datagrams_"+reasonKernel, now.kernel-last.kernel)
	for _, code := range slices.Sorted(maps.Keys(now.rejected)) {
		add("documents_"+code, now.rejected[code]-last.rejected[code])
	}
	add("spans_"+reasonRefused, now.refused-last.refused)
	add("spans_"+reasonPermanent, now.permanent-last.permanent)
	if len(fields) == 0 {
		return
	}
	if err := r.telemetry.takeErr(); err != nil {
		fields = append(fields, zap.Error(err))
	}
	r.log.Warn("segments lost", fields...)
}
