package awsxrayreceiver_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/radiograph/radiograph/collector/internal/proxy"
	"github.com/radiograph/radiograph/collector/receiver/awsxrayreceiver"
)

func defaultConfig() *awsxrayreceiver.Config {
	return awsxrayreceiver.NewFactory().CreateDefaultConfig().(*awsxrayreceiver.Config)
}

// loadConfig reads the settings of receiver id from a file of testdata as the collector
// does.
func loadConfig(t *testing.T, name, id string) (*awsxrayreceiver.Config, error) {
	t.Helper()
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	conf, err = conf.Sub(id)
	if err != nil {
		t.Fatal(err)
	}
	cfg := defaultConfig()
	return cfg, errors.Join(conf.Unmarshal(cfg), confmap.Validate(cfg))
}

func TestConfig(t *testing.T) {
	for _, tc := range []struct {
		file, id string
		want     func(*awsxrayreceiver.Config)
	}{
		{file: "null.yaml", id: "awsxray", want: func(*awsxrayreceiver.Config) {}},
		{file: "original.yaml", id: "awsxray", want: func(c *awsxrayreceiver.Config) {
			c.Endpoint = "0.0.0.0:2000"
			p := proxy.Default()
			p.Endpoint = "0.0.0.0:2001"
			p.ProxyAddress = "http://proxy.test:3128"
			p.TLS.Insecure = true
			p.TLS.ServerName = "xray.test"
			p.Region = "eu-west-1"
			p.RoleARN = "arn:aws:iam::123456789012:role/tracing"
			p.AWSEndpoint = "https://radiograph.test:2080"
			p.LocalMode = true
			c.ProxyServer = p
		}},
		{file: "own.yaml", id: "awsxray", want: func(c *awsxrayreceiver.Config) {
			c.Conventions = awsxrayreceiver.ConventionsCurrent
			c.Readers, c.Workers = 4, 8
			c.ReceiveBuffer, c.MaxQueue = 32<<20, 128<<20
			c.RetryFor = 30 * time.Second
			c.Batch = awsxrayreceiver.BatchConfig{MaxSpans: 500, MaxDelay: time.Second}
		}},
		{file: "several.yaml", id: "awsxray", want: func(c *awsxrayreceiver.Config) { c.Endpoint = "[::]:3000" }},
		{file: "several.yaml", id: "awsxray/2", want: func(c *awsxrayreceiver.Config) {
			c.Endpoint, c.ProxyServer.Endpoint = "127.0.0.1:3001", "127.0.0.1:3001"
		}},
	} {
		got, err := loadConfig(t, tc.file, tc.id)
		if err != nil {
			t.Errorf("%s: %v", tc.file, err)
		}
		want := defaultConfig()
		tc.want(want)
		ignore := cmpopts.IgnoreUnexported(configtls.ClientConfig{}, confignet.AddrConfig{}, confignet.TCPAddrConfig{}, confignet.DialerConfig{})
		if diff := cmp.Diff(want, got, ignore); diff != "" {
			t.Errorf("%s, %s (-want +got):\n%s", tc.file, tc.id, diff)
		}
	}
}

func TestDefaults(t *testing.T) {
	c := defaultConfig()
	if c.Endpoint != "localhost:2000" || c.Transport != confignet.TransportTypeUDP || c.ProxyServer.ServiceName != "xray" ||
		c.ProxyServer.Endpoint != "" || c.ProxyServer.LocalMode || c.ProxyServer.TLS.Insecure || c.Conventions != awsxrayreceiver.ConventionsOld {
		t.Errorf("defaults %+v", c)
	}
}

func TestMistakes(t *testing.T) {
	for name, want := range map[string]string{
		"endpoint":          `endpoint: "localhost" is not of the form host:port`,
		"empty-endpoint":    "endpoint: must not be empty",
		"transport":         `transport: must be udp, not "tcp"`,
		"unknown-transport": `'transport' unsupported transport type "pigeon"`,
		"conventions":       `conventions: must be old or current, not "new"`,
		"readers":           "readers: must be between 1 and 64, but is 0",
		"workers":           "workers: must be between 0 and 1024, but is -1",
		"receive-buffer":    "receive_buffer_bytes: must be between",
		"queue":             "max_queue_bytes: must be between",
		"retry":             "retry_for: must not be negative, but is -1s",
		"max-spans":         "batch: max_spans: must be between 1",
		"max-delay":         "batch: max_delay: must be more than 0",
		"proxy-endpoint":    `proxy_server: endpoint: "localhost" is not of the form host:port`,
		"aws-endpoint":      "proxy_server: aws_endpoint: must be an http or https URL",
		"proxy-address":     "proxy_server: proxy_address: has no host",
		"role":              `proxy_server: role_arn: "tracing" is not the ARN of a role`,
		"key":               "has invalid keys: skip_timestamp_validation",
		"proxy-key":         "'proxy_server' has invalid keys: user",
		"batch-key":         "'batch' has invalid keys: max_documents",
	} {
		if _, err := loadConfig(t, "bad-"+name+".yaml", "awsxray"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}
