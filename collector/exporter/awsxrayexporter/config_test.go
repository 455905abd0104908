package awsxrayexporter

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/confmap/xconfmap"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/featuregate"

	"github.com/radiograph/radiograph/collector/internal/session"
)

// load returns the configurations of a file, or the error that the collector would
// stop with.
func load(t *testing.T, file string) (map[string]*Config, map[string]error) {
	t.Helper()
	all, err := confmaptest.LoadConf(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	configs, errs := map[string]*Config{}, map[string]error{}
	for key := range all.ToStringMap() {
		_, name, _ := strings.Cut(key, "/")
		sub, err := all.Sub(key)
		if err != nil {
			t.Fatal(err)
		}
		cfg := NewFactory().CreateDefaultConfig()
		if err = sub.Unmarshal(cfg); err == nil {
			err = xconfmap.Validate(cfg)
		}
		configs[name], errs[name] = cfg.(*Config), err
	}
	return configs, errs
}

func TestDefaults(t *testing.T) {
	if err := componenttest.CheckConfigStruct(NewFactory().CreateDefaultConfig()); err != nil {
		t.Error(err)
	}
	c := defaultConfig().(*Config)
	want := session.Config{NumWorkers: 8, RequestTimeoutSeconds: 30, MaxRetries: 2}
	if d := cmp.Diff(want, c.AWS); d != "" {
		t.Error(d)
	}
	if c.Telemetry.Enabled || c.IndexAllAttributes || !c.Queue.HasValue() || !c.Queue.Get().Batch.HasValue() || !c.Retry.Enabled || c.Retry.MaxElapsedTime != 0 {
		t.Errorf("got %+v", c)
	}
	if c.MaxDocuments != 50 || c.MaxDocumentBytes != 65536 {
		t.Errorf("got %d documents of %d bytes", c.MaxDocuments, c.MaxDocumentBytes)
	}
}

func TestConfig(t *testing.T) {
	configs, errs := load(t, "config.yaml")
	for name, err := range errs {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	edited := func(edit func(*Config)) *Config {
		c := defaultConfig().(*Config)
		edit(c)
		return c
	}
	storage := component.MustNewID("file_storage")
	want := map[string]*Config{
		"": defaultConfig().(*Config),
		"community": edited(func(c *Config) {
			c.AWS = session.Config{
				NumWorkers: 4, Endpoint: "http://radiograph:2080", RequestTimeoutSeconds: 10, MaxRetries: 1, NoVerifySSL: true,
				ProxyAddress: "http://proxy:3128", Region: "eu-west-1", LocalMode: true, ResourceARN: "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
				RoleARN: "arn:aws:iam::111122223333:role/collector", ExternalID: "x-1",
			}
			c.IndexedAttributes = []string{"http.route", "otel.resource.deployment.environment"}
			c.IndexAllAttributes = true
			c.LogGroups = []string{"app", "/aws/lambda/f"}
			c.Telemetry = TelemetryConfig{
				Enabled: true, IncludeMetadata: true, Contributors: []component.ID{component.NewID(Type), component.NewIDWithName(Type, "second")},
				Hostname: "host", InstanceID: "i-1", ResourceARN: "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
			}
		}),
		"ours": edited(func(c *Config) {
			c.MaxDocuments, c.MaxRequestBytes, c.MaxDocumentBytes, c.Compression = 500, 8<<20, 0, "gzip"
			q := c.Queue.Get()
			q.QueueSize, q.StorageID = 1000, &storage
			q.Batch.Get().FlushTimeout = time.Second
			c.Retry.MaxElapsedTime = 10 * time.Minute
		}),
		"direct": edited(func(c *Config) {
			c.Queue = configoptional.None[exporterhelper.QueueBatchConfig]()
			c.Retry.Enabled = false
		}),
	}
	inside := cmp.Exporter(func(reflect.Type) bool { return true }) // of the collector's types too
	for name, c := range want {
		if d := cmp.Diff(c, configs[name], inside); d != "" {
			t.Errorf("%q (-want +got):\n%s", name, d)
		}
	}
}

func TestMistakes(t *testing.T) {
	want := map[string]string{
		"typo":        "invalid keys: regoin",
		"workers":     "num_workers: must be at least 1, not 0",
		"session":     "request_timeout_seconds: must not be negative, but is -5",
		"endpoint":    "endpoint: must be an http or https URL, not grpc",
		"role":        `role_arn: "collector" is not the ARN of a role`,
		"proxy":       "proxy_address: has no host",
		"documents":   "max_documents_per_request: must be at least 1, not 0",
		"request":     "max_request_bytes: must hold a document of max_document_bytes 65536, but is 1024",
		"document":    "max_document_bytes: must not be negative, but is -1",
		"compression": `compression: must be none or gzip, not "snappy"`,
		"indexed":     "indexed_attributes::1: is empty",
		"groups":      "aws_log_groups::0: is empty",
		"instance":    "telemetry: instance_id: must have at most 20 characters, but has 22",
		"contributor": "telemetry.contributors[0]",
		"queue":       "sending_queue: `queue_size` must be positive",
		"retry":       "retry_on_failure: 'multiplier' must be non-negative",
	}
	_, errs := load(t, "mistakes.yaml")
	for name, err := range errs {
		switch {
		case want[name] == "":
			t.Errorf("%s: not in the test", name)
		case err == nil:
			t.Errorf("%s: no error, want %s", name, want[name])
		case !strings.Contains(err.Error(), want[name]):
			t.Errorf("%s: got %v, want %s", name, err, want[name])
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s: not in mistakes.yaml", name)
	}
}

// Command lines that name the community's gates keep working.
func TestGates(t *testing.T) {
	var ids []string
	featuregate.GlobalRegistry().VisitAll(func(g *featuregate.Gate) { ids = append(ids, g.ID()) })
	for _, id := range []string{"exporter.awsxray.skiptimestampvalidation", "exporter.xray.allowDot"} {
		if !slices.Contains(ids, id) {
			t.Errorf("%s is not registered", id)
		}
		for _, on := range []bool{false, true} {
			if err := featuregate.GlobalRegistry().Set(id, on); err != nil {
				t.Errorf("%s=%t: %v", id, on, err)
			}
		}
	}
}
