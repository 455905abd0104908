package awsemfexporter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awslogs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/uuid"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap"

	"github.com/radiograph/radiograph/collector/internal/cloudwatchlogs"
	"github.com/radiograph/radiograph/collector/internal/session"
)

// emfExporter sends metrics whose sums are deltas. It keeps nothing between two
// batches.
type emfExporter struct {
	settings  *settings
	logger    *zap.Logger
	build     component.BuildInfo
	telemetry *telemetry

	pusher *cloudwatchlogs.Pusher // set by start
	http   *http.Client

	mu  sync.Mutex // events on out are whole lines
	out io.Writer  // of output_destination stdout
}

func newEMFExporter(config *Config, set exporter.Settings, out io.Writer) (*emfExporter, error) {
	s, err := newSettings(config, "otel-stream-"+uuid.NewString(), set.Logger)
	if err != nil {
		return nil, err
	}
	t, err := newTelemetry(set)
	if err != nil {
		return nil, err
	}
	return &emfExporter{settings: s, logger: set.Logger, build: set.BuildInfo, telemetry: t, out: out}, nil
}

// start makes the client of CloudWatch Logs. It fails when no region is known.
func (e *emfExporter) start(ctx context.Context, _ component.Host) error {
	config := e.settings.config
	if config.OutputDestination == toStdout {
		return nil
	}
	cfg, err := config.Load(ctx)
	if err != nil {
		return err
	}
	e.http = session.HTTPClient(cfg)
	client := awslogs.NewFromConfig(cfg, func(o *awslogs.Options) {
		o.HTTPClient = e.http
		o.APIOptions = append(o.APIOptions, awsmiddleware.AddUserAgentKeyValue(e.build.Command, e.build.Version), awsmiddleware.AddUserAgentKey("awsemf"))
	})
	e.pusher = cloudwatchlogs.New(client, cloudwatchlogs.Options{
		RetentionDays: config.LogRetention, Tags: config.Tags, Workers: config.NumWorkers, Format: "json/emf", Logger: e.logger,
	})
	return nil
}

func (e *emfExporter) shutdown(context.Context) error {
	if e.http != nil {
		e.http.CloseIdleConnections()
	}
	return nil
}

// push sends metrics. It keeps of md what an error that may pass has left unsent, and
// gives it back with the error.
func (e *emfExporter) push(ctx context.Context, md pmetric.Metrics) error {
	b := e.settings.translate(md, time.Now())
	e.telemetry.points(b.dropped)
	if e.settings.config.OutputDestination == toStdout {
		return e.print(b)
	}
	out := e.pusher.Push(ctx, b.streams)
	e.telemetry.events(ctx, &out)
	switch {
	case len(out.Unsent) > 0:
		if out.RefusedErr != nil {
			e.logger.Error("log events refused", zap.Int("events", out.Dropped[cloudwatchlogs.Refused]), zap.Error(out.RefusedErr))
		}
		wanted := make(map[int]bool)
		for _, event := range out.Unsent {
			for _, ordinal := range b.points[event.Index] {
				wanted[ordinal] = true
			}
		}
		keepPoints(md, wanted)
		return consumererror.NewMetrics(out.UnsentErr, md)
	case out.RefusedErr != nil:
		return consumererror.NewPermanent(out.RefusedErr)
	}
	return nil
}

// print writes the events as lines.
func (e *emfExporter) print(b *batch) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := bufio.NewWriter(e.out)
	var errs []error
	for _, s := range b.streams {
		for _, event := range s.Events {
			_, err := w.WriteString(event.Message + "\n")
			errs = append(errs, err)
		}
	}
	if err := errors.Join(append(errs, w.Flush())...); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}
