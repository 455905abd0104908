package awsproxy_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.uber.org/goleak"

	"github.com/radiograph/radiograph/collector/extension/awsproxy"
	"github.com/radiograph/radiograph/collector/internal/proxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// load reads a file of testdata as the collector does.
func load(t *testing.T, name string) (*awsproxy.Config, error) {
	t.Helper()
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	conf, err = conf.Sub("awsproxy")
	if err != nil {
		t.Fatal(err)
	}
	cfg := awsproxy.NewFactory().CreateDefaultConfig().(*awsproxy.Config)
	return cfg, errors.Join(conf.Unmarshal(cfg), confmap.Validate(cfg))
}

func TestConfig(t *testing.T) {
	full := proxy.Default()
	full.Endpoint = "0.0.0.0:2001"
	full.ProxyAddress = "http://proxy.test:3128"
	full.TLS.Insecure = true
	full.TLS.ServerName = "xray.test"
	full.Region = "eu-west-1"
	full.RoleARN = "arn:aws:iam::123456789012:role/tracing"
	full.AWSEndpoint = "https://radiograph.test:2080"
	full.LocalMode = true
	full.ServiceName = "logs"
	standard := proxy.Default()
	standard.Endpoint = "localhost:2000"
	for name, want := range map[string]awsproxy.Config{
		"null.yaml": standard, "empty.yaml": standard, "full.yaml": full,
	} {
		got, err := load(t, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(&want, got, cmpopts.IgnoreUnexported(configtls.ClientConfig{}, want.DialerConfig, want.TCPAddrConfig)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMistakes(t *testing.T) {
	for name, want := range map[string]string{
		"bad-endpoint.yaml":      `endpoint: "localhost" is not of the form host:port`,
		"bad-aws-endpoint.yaml":  "aws_endpoint: must be an http or https URL",
		"bad-proxy-address.yaml": "proxy_address: has no host",
		"bad-role.yaml":          `role_arn: "tracing" is not the ARN of a role`,
		"unknown-key.yaml":       "has invalid keys: sampling",
	} {
		if _, err := load(t, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

func TestFactory(t *testing.T) {
	f := awsproxy.NewFactory()
	if err := componenttest.CheckConfigStruct(f.CreateDefaultConfig()); err != nil {
		t.Error(err)
	}
	ext, err := f.Create(t.Context(), extensiontest.NewNopSettings(f.Type()), f.CreateDefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if err := ext.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown without Start: %v", err)
	}
	if _, err := f.Create(t.Context(), extensiontest.NewNopSettings(f.Type()), "no config"); err == nil {
		t.Error("a wrong configuration: no error")
	}
}

func TestForwards(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.Path+" "+strings.SplitN(r.Header.Get("Authorization"), "/", 2)[0])
	}))
	defer server.Close()
	f := awsproxy.NewFactory()
	cfg := f.CreateDefaultConfig().(*awsproxy.Config)
	cfg.Endpoint, cfg.AWSEndpoint, cfg.Region = "127.0.0.1:0", server.URL, "eu-west-1"
	ext, err := f.Create(t.Context(), extensiontest.NewNopSettings(f.Type()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := ext.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	address := ext.(interface{ Addr() net.Addr }).Addr().String()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/GetSamplingRules", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: new(http.Transport)}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if want := "/GetSamplingRules AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if err := ext.Shutdown(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}
