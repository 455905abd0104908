package awsxrayreceiver_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/radiograph/radiograph/collector/receiver/awsxrayreceiver"
)

func TestFactory(t *testing.T) {
	f := awsxrayreceiver.NewFactory()
	if f.Type().String() != "awsxray" {
		t.Errorf("type %s", f.Type())
	}
	if err := componenttest.CheckConfigStruct(f.CreateDefaultConfig()); err != nil {
		t.Error(err)
	}
	set := receivertest.NewNopSettings(f.Type())
	if _, err := f.CreateTraces(t.Context(), set, "no config", consumertest.NewNop()); err == nil {
		t.Error("a wrong configuration: no error")
	}
	if _, err := f.CreateMetrics(t.Context(), set, f.CreateDefaultConfig(), consumertest.NewNop()); err == nil {
		t.Error("metrics: no error")
	}
}

func TestLifecycle(t *testing.T) {
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	f := awsxrayreceiver.NewFactory()
	set := receivertest.NewNopSettings(f.Type())
	cfg := defaultConfig()
	cfg.Endpoint, cfg.ProxyServer.Endpoint = "127.0.0.1:0", "127.0.0.1:0"
	cfg.Readers = 3
	unstarted, err := f.CreateTraces(t.Context(), set, cfg, consumertest.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := unstarted.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown without Start: %v", err)
	}
	for range 2 {
		r, err := f.CreateTraces(t.Context(), set, cfg, consumertest.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		// The context of Start ends when the collector has started.
		ctx, cancel := context.WithCancel(t.Context())
		if err := r.Start(ctx, componenttest.NewNopHost()); err != nil {
			t.Fatal(err)
		}
		cancel()
		for range 2 {
			if err := r.Shutdown(t.Context()); err != nil {
				t.Errorf("Shutdown: %v", err)
			}
		}
	}
}

func TestStartRefuses(t *testing.T) {
	other := start(t, consumertest.NewNop(), nil)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for name, change := range map[string]func(*awsxrayreceiver.Config){
		"UDP port in use":   func(c *awsxrayreceiver.Config) { c.Endpoint = other.address },
		"TCP port in use":   func(c *awsxrayreceiver.Config) { c.ProxyServer.Endpoint = l.Addr().String() },
		"no such interface": func(c *awsxrayreceiver.Config) { c.Endpoint = "203.0.113.1:0" },
	} {
		cfg := defaultConfig()
		cfg.Endpoint, cfg.ProxyServer.Endpoint = "127.0.0.1:0", "127.0.0.1:0"
		change(cfg)
		f := awsxrayreceiver.NewFactory()
		r, err := f.CreateTraces(t.Context(), receivertest.NewNopSettings(f.Type()), cfg, consumertest.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Start(t.Context(), componenttest.NewNopHost()); err == nil || !strings.Contains(err.Error(), "listen for") {
			t.Errorf("%s: got %v", name, err)
		}
		if err := r.Shutdown(t.Context()); err != nil {
			t.Errorf("%s: Shutdown: %v", name, err)
		}
	}
}

// TestProxy asks the TCP side for sampling rules of a radiograph.
func TestProxy(t *testing.T) {
	for _, v := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"} {
		t.Setenv(v, "")
	}
	rules := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Method+" "+r.URL.Path)
	}))
	defer rules.Close()
	address := freeTCP(t)
	start(t, consumertest.NewNop(), func(c *awsxrayreceiver.Config) {
		c.ProxyServer.Endpoint, c.ProxyServer.AWSEndpoint, c.ProxyServer.LocalMode = address, rules.URL, true
	})
	client := http.Client{Transport: new(http.Transport)}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/GetSamplingRules", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got, err := io.ReadAll(resp.Body); err != nil || string(got) != "POST /GetSamplingRules" {
		t.Errorf("got %q, %v", got, err)
	}
}

func freeTCP(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// generator sends segments, each with the annotation that the framework looks for.
type generator struct {
	t       *testing.T
	address string
	n       atomic.Int64
	conn    net.Conn
}

func (g *generator) Start() {
	var d net.Dialer
	conn, err := d.DialContext(g.t.Context(), "udp", g.address)
	if err != nil {
		g.t.Error(err)
		return
	}
	g.conn = conn
}

func (g *generator) Stop() { _ = g.conn.Close() }

func (g *generator) Generate() []receivertest.UniqueIDAttrVal {
	n := int(g.n.Add(1))
	id := receivertest.UniqueIDAttrVal(fmt.Sprintf("segment %d", n))
	doc := strings.Replace(segmentNamed("shop-api", n), `{`, `{"annotations":{"`+receivertest.UniqueIDAttrName+`":"`+string(id)+`"},`, 1)
	if _, err := g.conn.Write([]byte(header + doc)); err != nil {
		g.t.Error(err)
	}
	return []receivertest.UniqueIDAttrVal{id}
}

// TestContract is the framework's check of how receivers treat the errors of the
// pipeline.
func TestContract(t *testing.T) {
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	cfg := defaultConfig()
	cfg.Endpoint, cfg.ProxyServer.Endpoint = freeUDP(t), "127.0.0.1:0"
	cfg.Batch.MaxDelay = time.Millisecond
	receivertest.CheckConsumeContract(receivertest.CheckConsumeContractParams{
		T: t, Factory: awsxrayreceiver.NewFactory(), Signal: pipeline.SignalTraces, Config: cfg,
		Generator: &generator{t: t, address: cfg.Endpoint}, GenerateCount: 300,
	})
}
