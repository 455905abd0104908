package awsxrayexporter

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/radiograph/radiograph/collector/internal/session"
)

// Config is what users write under exporters::awsxray. The keys of the community's
// exporter mean the same; see README.md for those that only this one has.
type Config struct {
	AWS session.Config `mapstructure:",squash"`

	// IndexedAttributes are the keys of attributes that become annotations. A resource
	// attribute is written otel.resource.<key>.
	IndexedAttributes []string `mapstructure:"indexed_attributes"`
	// IndexAllAttributes makes every scalar attribute an annotation.
	IndexAllAttributes bool `mapstructure:"index_all_attributes"`
	// LogGroups are the CloudWatch log groups of segments whose resource names none.
	LogGroups []string `mapstructure:"aws_log_groups"`
	// Telemetry is about the records that X-Ray is sent about the exporter itself.
	Telemetry TelemetryConfig `mapstructure:"telemetry"`

	// Queue takes batches and groups them. Its storage may be on disk.
	Queue configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	// Retry is about documents that X-Ray can not take now.
	Retry configretry.BackOffConfig `mapstructure:"retry_on_failure"`

	// MaxDocuments bounds the documents of one request.
	MaxDocuments int `mapstructure:"max_documents_per_request"`
	// MaxRequestBytes bounds the body of one request, before compression. A document
	// that is larger is sent alone.
	MaxRequestBytes int `mapstructure:"max_request_bytes"`
	// MaxDocumentBytes bounds a document: subsegments of one that would be larger are
	// sent as documents of their own. 0 means no bound.
	MaxDocumentBytes int `mapstructure:"max_document_bytes"`
	// Compression of requests: none or gzip. X-Ray itself takes none.
	Compression string `mapstructure:"compression"`
}

// TelemetryConfig is about PutTelemetryRecords.
type TelemetryConfig struct {
	Enabled bool `mapstructure:"enabled"`
	// IncludeMetadata sends the host's name, the instance and the resource that
	// AWS_HOSTNAME, AWS_INSTANCE_ID, the instance's metadata and resource_arn say. What
	// is written below is sent in any case.
	IncludeMetadata bool `mapstructure:"include_metadata"`
	// Contributors are the receivers whose counters are in the records. The exporter
	// counts what arrives at itself, whoever sent it, so they change nothing.
	Contributors []component.ID `mapstructure:"contributors"`
	Hostname     string         `mapstructure:"hostname"`
	InstanceID   string         `mapstructure:"instance_id"`
	ResourceARN  string         `mapstructure:"resource_arn"`
}

// Limits of PutTelemetryRecords in characters, of X-Ray's API model.
const (
	maxHostname    = 255
	maxInstanceID  = 20
	maxResourceARN = 500
)

const (
	compressionNone = "none"
	compressionGzip = "gzip"
)

// Validate reports everything that is wrong, with the keys.
func (c *Config) Validate() error {
	var errs []error
	if c.MaxDocuments < 1 {
		errs = append(errs, fmt.Errorf("max_documents_per_request: must be at least 1, not %d", c.MaxDocuments))
	}
	if c.MaxDocumentBytes < 0 {
		errs = append(errs, fmt.Errorf("max_document_bytes: must not be negative, but is %d", c.MaxDocumentBytes))
	}
	if c.MaxRequestBytes < max(c.MaxDocumentBytes, 1) {
		errs = append(errs, fmt.Errorf("max_request_bytes: must hold a document of max_document_bytes %d, but is %d", c.MaxDocumentBytes, c.MaxRequestBytes))
	}
	if c.Compression != compressionNone && c.Compression != compressionGzip {
		errs = append(errs, fmt.Errorf("compression: must be none or gzip, not %q", c.Compression))
	}
	for i, key := range c.IndexedAttributes {
		if key == "" {
			errs = append(errs, fmt.Errorf("indexed_attributes::%d: is empty", i))
		}
	}
	for i, group := range c.LogGroups {
		if group == "" {
			errs = append(errs, fmt.Errorf("aws_log_groups::%d: is empty", i))
		}
	}
	return errors.Join(errs...)
}

// Validate reports everything that is wrong, with the keys.
func (c *TelemetryConfig) Validate() error {
	var errs []error
	for _, v := range []struct {
		key, value string
		most       int
	}{
		{"hostname", c.Hostname, maxHostname},
		{"instance_id", c.InstanceID, maxInstanceID},
		{"resource_arn", c.ResourceARN, maxResourceARN},
	} {
		if len(v.value) > v.most {
			errs = append(errs, fmt.Errorf("%s: must have at most %d characters, but has %d", v.key, v.most, len(v.value)))
		}
	}
	return errors.Join(errs...)
}
