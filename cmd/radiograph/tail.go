package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/spf13/cobra"
)

// tailWindow is how far back each poll of tail looks: traces that need longer to
// become complete are shown as they are.
const tailWindow = 15 * time.Second

// follower prints traces once each, as soon as their root has ended.
type follower struct {
	endpoint
	p      *program
	client *xray.Client
	filter string
	count  int
	colour colour

	printed int
	seen    map[string]time.Time // when a trace was printed
}

func (p *program) tail() *cobra.Command {
	f := follower{p: p, seen: map[string]time.Time{}}
	var mode string
	cmd := &cobra.Command{
		Use:     "tail",
		Short:   "Print traces as they happen",
		Example: "  radiograph tail\n  radiograph tail --filter 'fault OR responsetime > 0.5'",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if f.colour, err = p.colour(mode); err != nil {
				return err
			}
			if f.client, err = f.endpoint.client(); err != nil {
				return err
			}
			return f.follow(cmd.Context())
		},
	}
	f.endpoint.flag(p, cmd)
	cmd.Flags().StringVar(&f.filter, "filter", "", "only traces that match this filter expression")
	cmd.Flags().IntVar(&f.count, "count", 0, "stop after so many traces")
	colourFlag(cmd, &mode)
	return cmd
}

// follow polls until ctx ends, which is how tail is meant to end.
func (f *follower) follow(ctx context.Context) error {
	start := time.Now()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := f.poll(ctx, start)
		if errors.Is(err, context.Canceled) {
			return nil
		}
		if done || err != nil {
			return f.classifyFilter(err, f.filter)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// poll prints what is new and reports whether that was enough.
func (f *follower) poll(ctx context.Context, start time.Time) (done bool, err error) {
	now := time.Now()
	from := now.Add(-tailWindow)
	if from.Before(start.Add(-time.Second)) {
		from = start.Add(-time.Second)
	}
	var fresh []types.TraceSummary
	for s, err := range summaries(ctx, f.client, from, now.Add(time.Second), f.filter, types.TimeRangeTypeEvent) {
		if err != nil {
			return false, err
		}
		complete := s.ResponseTime != nil || now.Sub(aws.ToTime(s.StartTime)) > 5*time.Second
		if _, old := f.seen[aws.ToString(s.Id)]; complete && !old {
			fresh = append(fresh, s)
		}
	}
	for _, f0 := range slices.Backward(fresh) { // they came newest first
		f.seen[aws.ToString(f0.Id)] = now
		f.print(f0)
		if f.printed++; f.printed == f.count {
			return true, nil
		}
	}
	for id, at := range f.seen {
		if now.Sub(at) > 2*tailWindow {
			delete(f.seen, id)
		}
	}
	return false, nil
}

func (f *follower) print(s types.TraceSummary) {
	r := rowOf(s)
	f.p.printf("%s  %s  %8s  %s  %s  %s\n", f.colour.dim(r.time), r.id, r.response,
		f.colour.outcome(outcomeOf(s), fmt.Sprintf("%-12s", r.status)), r.entry, r.request)
}
