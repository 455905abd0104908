package cloudwatchlogs

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"go.uber.org/zap"
)

// create makes a stream, and its group when there is none. Callers that want the
// same stream at the same time share one attempt.
func (p *Pusher) create(ctx context.Context, group, stream string) error {
	_, err, _ := p.creating.Do(group+"\x00"+stream, func() (any, error) {
		err := p.createStream(ctx, group, stream)
		if !isNotFound(err) {
			return nil, err
		}
		if err := p.createGroup(ctx, group); err != nil {
			return nil, err
		}
		return nil, p.createStream(ctx, group, stream)
	})
	return err
}

func (p *Pusher) createStream(ctx context.Context, group, stream string) error {
	_, err := p.client.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream})
	if err != nil && !isExisting(err) {
		return fmt.Errorf("create log stream %s in %s: %w", stream, group, err)
	}
	return nil
}

// createGroup makes a group with the tags and the retention of the options. One that
// somebody else has made keeps its own.
func (p *Pusher) createGroup(ctx context.Context, group string) error {
	in := &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &group}
	if len(p.opts.Tags) > 0 {
		in.Tags = p.opts.Tags
	}
	_, err := p.client.CreateLogGroup(ctx, in)
	if isExisting(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create log group %s: %w", group, err)
	}
	if p.opts.RetentionDays == 0 {
		return nil
	}
	_, err = p.client.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &group, RetentionInDays: &p.opts.RetentionDays})
	if err != nil {
		// Events that are kept for too long are better than none.
		p.opts.Logger.Warn("new log group keeps its events forever", zap.String("group", group), zap.Error(err))
	}
	return nil
}
