package awsxrayexporter

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/radiograph/radiograph/collector/internal/session"
)

// Type is the exporter's name in configurations.
var Type = component.MustNewType("awsxray")

const (
	// defaultMaxDocuments is what the X-Ray daemon sends in one request.
	defaultMaxDocuments = 50
	// defaultMaxDocumentBytes is X-Ray's limit of a segment document.
	defaultMaxDocumentBytes = 64 << 10
	defaultMaxRequestBytes  = 1 << 20
)

// NewFactory returns the factory of the exporter awsxray.
func NewFactory() exporter.Factory {
	return exporter.NewFactory(Type, defaultConfig, exporter.WithTraces(newTraces, component.StabilityLevelBeta))
}

func defaultConfig() component.Config {
	return &Config{
		AWS:              session.Default(),
		Queue:            configoptional.Some(defaultQueue()),
		Retry:            defaultRetry(),
		MaxDocuments:     defaultMaxDocuments,
		MaxRequestBytes:  defaultMaxRequestBytes,
		MaxDocumentBytes: defaultMaxDocumentBytes,
		Compression:      compressionNone,
	}
}

// defaultQueue counts spans, because receivers of X-Ray segments may send batches of
// one, and groups them: the more spans of a trace arrive together, the fewer
// documents they become.
func defaultQueue() exporterhelper.QueueBatchConfig {
	q := exporterhelper.NewDefaultQueueConfig()
	q.Sizer = exporterhelper.RequestSizerTypeItems
	q.QueueSize = 50_000
	q.Batch = configoptional.Some(exporterhelper.BatchConfig{
		FlushTimeout: 200 * time.Millisecond,
		Sizer:        exporterhelper.RequestSizerTypeItems,
		MinSize:      1_000,
	})
	return q
}

// defaultRetry never gives up: while X-Ray can not be reached the queue fills and
// then refuses, which tells the senders, rather than lose what it has taken.
func defaultRetry() configretry.BackOffConfig {
	r := configretry.NewDefaultBackOffConfig()
	r.InitialInterval = time.Second
	r.MaxElapsedTime = 0
	return r
}

func newTraces(ctx context.Context, set exporter.Settings, c component.Config) (exporter.Traces, error) {
	cfg := c.(*Config)
	e, err := newPusher(set, cfg)
	if err != nil {
		return nil, err
	}
	next, err := exporterhelper.NewTraces(ctx, set, cfg, e.push,
		exporterhelper.WithStart(e.start),
		exporterhelper.WithShutdown(e.shutdown),
		// Every request has its own time-out, and a batch has many requests.
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
		exporterhelper.WithQueue(cfg.Queue),
		exporterhelper.WithRetry(cfg.Retry),
	)
	if err != nil {
		return nil, err
	}
	return &traces{Traces: next, pusher: e}, nil
}
