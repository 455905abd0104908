//go:build e2e

package clients

import (
	"testing"

	"github.com/radiograph/radiograph/test/rig"
)

// way is a way of traces into a server: to it directly, or through a collector.
type way struct {
	name   string
	rg     *rig.Radiograph
	daemon string // host:port of what does the work of the X-Ray daemon
	grpc   string // URLs of OTLP
	http   string
	api    string
}

// otlp returns the URL that an SDK sends its spans to.
func (w way) otlp(l otelLanguage) string {
	switch {
	case l.protocol == "grpc":
		return w.grpc
	case l.api:
		return w.api
	default:
		return w.http
	}
}

// startDirect starts a server and returns the way to it.
func startDirect(t *testing.T) way {
	t.Helper()
	rg := rig.StartRadiograph(t, t.TempDir())
	return way{
		name: "direct", rg: rg, daemon: rg.Daemon,
		grpc: "http://" + rg.OTLP, http: "http://" + rg.OTLPHTTP, api: rg.URL(),
	}
}

// pipeline is the configuration of a collector in place of the X-Ray daemon and for
// spans. What varies is in its environment.
const pipeline = `
extensions:
  health_check:
receivers:
  awsxray:
    endpoint: ${env:DAEMON}
    proxy_server:
      endpoint: ${env:DAEMON}
      aws_endpoint: ${env:BACKEND}
      region: ${env:AWS_REGION}
  otlp:
    protocols:
      grpc:
        endpoint: ${env:OTLP_GRPC}
      http:
        endpoint: ${env:OTLP_HTTP}
processors:
  batch:
    timeout: 200ms
    send_batch_size: 50
exporters:
  awsxray:
    endpoint: ${env:BACKEND}
    region: ${env:AWS_REGION}
service:
  extensions: [health_check]
  pipelines:
    traces:
      receivers: [otlp, awsxray]
      processors: [batch]
      exporters: [awsxray]
`

// startThroughCollector starts a server and a collector in front of it, and returns
// the way through both.
func startThroughCollector(t *testing.T) way {
	t.Helper()
	rg := rig.StartRadiograph(t, t.TempDir())
	daemon, grpc, http := rig.Address(t), rig.Address(t), rig.Address(t)
	rig.StartCollector(t, environment(t,
		"DAEMON="+daemon, "OTLP_GRPC="+grpc, "OTLP_HTTP="+http,
		"BACKEND="+rg.URL(), "AWS_REGION="+rig.Region), pipeline)
	return way{
		name: "through the collector", rg: rg, daemon: daemon,
		grpc: "http://" + grpc, http: "http://" + http, api: "http://" + http,
	}
}
