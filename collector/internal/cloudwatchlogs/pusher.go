package cloudwatchlogs

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"go.uber.org/zap"
	"golang.org/x/sync/singleflight"
)

// Client is the part of the SDK's client that is needed.
type Client interface {
	PutLogEvents(context.Context, *cloudwatchlogs.PutLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.PutLogEventsOutput, error)
	CreateLogStream(context.Context, *cloudwatchlogs.CreateLogStreamInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.CreateLogStreamOutput, error)
	CreateLogGroup(context.Context, *cloudwatchlogs.CreateLogGroupInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.CreateLogGroupOutput, error)
	PutRetentionPolicy(context.Context, *cloudwatchlogs.PutRetentionPolicyInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.PutRetentionPolicyOutput, error)
}

// Options configure a [Pusher]. Zero fields mean the default.
type Options struct {
	RetentionDays int32             // of groups that are created; forever
	Tags          map[string]string // of groups that are created
	Workers       int               // concurrent requests of one Push; 1
	Format        string            // sent as x-amzn-logs-format, such as json/emf; none
	Logger        *zap.Logger       // by default nothing is logged
}

// Pusher sends events. It may be used by several goroutines.
type Pusher struct {
	client   Client
	opts     Options
	calls    []func(*cloudwatchlogs.Options) // of PutLogEvents
	creating singleflight.Group
}

// New returns a Pusher.
func New(client Client, opts Options) *Pusher {
	opts.Workers = max(opts.Workers, 1)
	if opts.Logger == nil {
		opts.Logger = zap.NewNop()
	}
	p := &Pusher{client: client, opts: opts}
	if opts.Format != "" {
		p.calls = append(p.calls, cloudwatchlogs.WithAPIOptions(smithyhttp.SetHeaderValue("x-amzn-logs-format", opts.Format)))
	}
	return p
}

// Push appends events to streams, and returns when all of them have been sent or
// failed. It sorts and changes the slices of streams. Events of one stream may arrive
// in several batches, at the same time.
func (p *Pusher) Push(ctx context.Context, streams []Stream) Outcome {
	var (
		out  Outcome
		mu   sync.Mutex // guards out while the workers run
		wg   sync.WaitGroup
		slot = make(chan struct{}, p.opts.Workers)
		now  = time.Now()
	)
	for _, s := range streams {
		events := inTime(s.Events, now, &out)
		s.Events = nil
		for _, batch := range batches(events) {
			slot <- struct{}{}
			wg.Go(func() {
				defer func() { <-slot }()
				part := p.send(ctx, s, batch)
				mu.Lock()
				defer mu.Unlock()
				out.add(&part)
			})
		}
	}
	wg.Wait()
	return out
}

// send sends one batch to the stream s.
func (p *Pusher) send(ctx context.Context, s Stream, batch []Event) (out Outcome) {
	resp, err := p.put(ctx, s, batch)
	switch {
	case err == nil:
		p.settle(s, batch, resp, &out)
	case mayPass(err):
		out.Unsent, out.UnsentErr = batch, err
	default:
		out.drop(Refused, len(batch))
		out.RefusedErr = err
	}
	return out
}

// put makes the stream if it has to, and then tries once more.
func (p *Pusher) put(ctx context.Context, s Stream, batch []Event) (*cloudwatchlogs.PutLogEventsOutput, error) {
	events := make([]types.InputLogEvent, len(batch))
	for i := range batch {
		events[i] = types.InputLogEvent{Timestamp: &batch[i].Time, Message: &batch[i].Message}
	}
	in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: &s.Group, LogStreamName: &s.Name, LogEvents: events}
	resp, err := p.client.PutLogEvents(ctx, in, p.calls...)
	if isNotFound(err) {
		if err := p.create(ctx, s.Group, s.Name); err != nil {
			return nil, err
		}
		resp, err = p.client.PutLogEvents(ctx, in, p.calls...)
	}
	if err != nil {
		return nil, fmt.Errorf("put %d events to log stream %s in %s: %w", len(batch), s.Name, s.Group, err)
	}
	return resp, nil
}

// settle counts what the service took of a batch, and what it left out.
func (p *Pusher) settle(s Stream, batch []Event, resp *cloudwatchlogs.PutLogEventsOutput, out *Outcome) {
	out.Sent = len(batch)
	info := resp.RejectedLogEventsInfo
	if info == nil {
		return
	}
	// The events are in order of time: what is too old or expired is in front.
	n := len(batch)
	tooOld := min(max(int(aws.ToInt32(info.TooOldLogEventEndIndex)), 0), n)
	expired := min(max(int(aws.ToInt32(info.ExpiredLogEventEndIndex)), tooOld), n)
	tooNew := n
	if info.TooNewLogEventStartIndex != nil {
		tooNew = min(max(int(*info.TooNewLogEventStartIndex), expired), n)
	}
	out.drop(TooOld, tooOld)
	out.drop(Expired, expired-tooOld)
	out.drop(TooNew, n-tooNew)
	out.Sent = tooNew - expired
	p.opts.Logger.Warn("log events rejected", zap.String("group", s.Group), zap.String("stream", s.Name),
		zap.Int("events", n), zap.Int("too_old", tooOld), zap.Int("expired", expired-tooOld), zap.Int("too_new", n-tooNew))
}
