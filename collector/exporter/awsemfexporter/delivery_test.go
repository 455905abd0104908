package awsemfexporter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/radiograph/radiograph/collector/internal/cloudwatchlogstest"
)

// rig is the exporter, started, with a CloudWatch Logs.
type rig struct {
	exporter.Metrics
	logs      *cloudwatchlogstest.Server
	telemetry *componenttest.Telemetry
}

// start returns a rig. The configuration has no retry unless it says so.
func start(t *testing.T, yaml string) *rig {
	t.Helper()
	credentials(t)
	r := &rig{logs: cloudwatchlogstest.New(), telemetry: componenttest.NewTelemetry()}
	server := httptest.NewServer(r.logs)
	t.Cleanup(server.Close)
	config := configOf(t, "region: us-east-1\nmax_retries: 0\nendpoint: "+server.URL+"\nlog_stream_name: s\n"+yaml)
	if !strings.Contains(yaml, "retry_on_failure") {
		config.Retry.Enabled = false
	}
	set := exportertest.NewNopSettings(NewFactory().Type())
	set.TelemetrySettings = r.telemetry.NewTelemetrySettings()
	set.BuildInfo = component.BuildInfo{Command: "radiograph-collector", Version: "1.2.3"}
	e, err := NewFactory().CreateMetrics(t.Context(), set, config)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(e.Shutdown(context.WithoutCancel(t.Context())), r.telemetry.Shutdown(context.WithoutCancel(t.Context()))); err != nil {
			t.Error(err)
		}
	})
	r.Metrics = e
	return r
}

// credentials keeps the environment of whoever runs the tests out of them.
func credentials(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", "/nowhere")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_PROFILE", "")
}

// now gives all points of md the time of the test, moved by after: CloudWatch takes
// no old events.
func now(md pmetric.Metrics, after time.Duration) pmetric.Metrics {
	at := pcommon.NewTimestampFromTime(time.Now().Add(after))
	for _, rm := range md.ResourceMetrics().All() {
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			switch m.Type() {
			case pmetric.MetricTypeSum:
				m.Sum().DataPoints().At(0).SetTimestamp(at)
			default:
				m.Gauge().DataPoints().At(0).SetTimestamp(at)
			}
		}
	}
	return md
}

// values returns a metric's values in the events of a stream.
func (r *rig) values(t *testing.T, group, name string) []float64 {
	t.Helper()
	var all []float64
	for _, e := range r.logs.Events(group, "s") {
		var members map[string]any
		if err := json.Unmarshal([]byte(e.Message), &members); err != nil {
			t.Fatal(err)
		}
		if v, ok := members[name].(float64); ok {
			all = append(all, v)
		}
	}
	return all
}

// counted returns a counter of the collector's telemetry, by reason.
func (r *rig) counted(t *testing.T, name string) map[string]int64 {
	t.Helper()
	found := make(map[string]int64)
	m, err := r.telemetry.GetMetric(name)
	if err != nil {
		return found // nothing was counted
	}
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		reason, _ := p.Attributes.Value("reason")
		found[reason.AsString()] += p.Value
	}
	return found
}

func TestGroupsAreMade(t *testing.T) {
	r := start(t, "log_retention: 7\ntags: {team: shop}\nnamespace: Shop")
	for i := range 2 {
		if err := r.ConsumeMetrics(t.Context(), now(metricsOf(shop, "", gauge("a", "", float64(i), nil)), 0)); err != nil {
			t.Fatal(err)
		}
	}
	group, ok := r.logs.Group("/metrics/Shop")
	if diff := cmp.Diff(cloudwatchlogstest.Group{Name: "/metrics/Shop", RetentionDays: 7, Tags: map[string]string{"team": "shop"}, Streams: []string{"s"}}, group); !ok || diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{0, 1}, r.values(t, "/metrics/Shop", "a")); diff != "" {
		t.Error(diff)
	}
	puts := r.logs.Requests("PutLogEvents")
	if len(puts) != 3 || len(r.logs.Requests("")) != 3+4 {
		t.Errorf("%d requests, %d of them PutLogEvents", len(r.logs.Requests("")), len(puts))
	}
	if agent := puts[0].Header.Get("User-Agent"); !strings.Contains(agent, "radiograph-collector/1.2.3") || !strings.Contains(agent, "awsemf") {
		t.Errorf("user agent is %s", agent)
	}
	if format := puts[0].Header.Get("X-Amzn-Logs-Format"); format != "json/emf" {
		t.Errorf("format is %q", format)
	}
	if got := r.counted(t, "otelcol_exporter_awsemf_events_sent"); got[""] != 2 {
		t.Errorf("counted %v", got)
	}
}

func TestOnlyWhatFailedIsSentAgain(t *testing.T) {
	r := start(t, "retry_on_failure: {initial_interval: 1ms, max_interval: 1ms}\nlog_group_name: '/g/{ServiceName}'\nnum_workers: 1")
	r.logs.Fail("PutLogEvents", 1, cloudwatchlogstest.Throttled())
	r.logs.Fail("CreateLogStream", 1, cloudwatchlogstest.Unavailable())
	md := pmetric.NewMetrics()
	for i := range 4 {
		addMetrics(md, attrs{"service.name": fmt.Sprint(i)}, "", gauge("a", "", float64(i), nil), counter("c", 1, 0, nil))
	}
	if err := r.ConsumeMetrics(t.Context(), now(md, 0)); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if diff := cmp.Diff([]float64{float64(i)}, r.values(t, fmt.Sprintf("/g/%d", i), "a")); diff != "" {
			t.Error(diff)
		}
	}
}

func TestCountersSurviveAnOutage(t *testing.T) {
	r := start(t, "retain_initial_value_of_delta_metric: true")
	send := func(v int64) error {
		return r.ConsumeMetrics(t.Context(), now(metricsOf(shop, "", counter("c", v, 0, nil)), 0))
	}
	if err := send(3); err != nil {
		t.Fatal(err)
	}
	r.logs.Fail("PutLogEvents", 2, cloudwatchlogstest.Unavailable())
	for _, v := range []int64{5, 9} {
		if err := send(v); err == nil || consumererror.IsPermanent(err) {
			t.Errorf("got %v, want an error that may pass", err)
		}
	}
	if err := send(10); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{3, 7}, r.values(t, "/metrics/web/shop", "c")); diff != "" {
		t.Error(diff)
	}
}

func TestRefusalIsPermanent(t *testing.T) {
	r := start(t, "retry_on_failure: {initial_interval: 1ms, max_interval: 1ms}")
	r.logs.Fail("PutLogEvents", 1, cloudwatchlogstest.Denied("PutLogEvents"))
	err := r.ConsumeMetrics(t.Context(), now(metricsOf(shop, "", gauge("a", "", 1, nil)), 0))
	if !consumererror.IsPermanent(err) || !strings.Contains(err.Error(), "AccessDeniedException") || !strings.Contains(err.Error(), "/metrics/web/shop") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(map[string]int64{"refused": 1}, r.counted(t, "otelcol_exporter_awsemf_events_dropped")); diff != "" {
		t.Error(diff)
	}
	if err := r.ConsumeMetrics(t.Context(), now(metricsOf(shop, "", gauge("a", "", 2, nil)), 0)); err != nil {
		t.Errorf("the next batch: %v", err)
	}
}

func TestWhatIsLostIsCounted(t *testing.T) {
	r := start(t, "")
	for _, after := range []time.Duration{-15 * 24 * time.Hour, 3 * time.Hour, 0} {
		if err := r.ConsumeMetrics(t.Context(), now(metricsOf(shop, "", gauge("a", "", 1, nil), gauge("", "", 1, nil)), after)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.ConsumeMetrics(t.Context(), now(metricsOf(shop, "", counter("c", 1, 0, nil)), 0)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{"too_old": 1, "too_new": 1}, r.counted(t, "otelcol_exporter_awsemf_events_dropped")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int64{"bad_name": 3, "first_value": 1}, r.counted(t, "otelcol_exporter_awsemf_datapoints_dropped")); diff != "" {
		t.Error(diff)
	}
	if got := len(r.logs.Requests("PutLogEvents")); got != 2 {
		t.Errorf("%d requests, want the one that finds no group and the one after it", got)
	}
}

func TestQueueDeliversWhatWasAccepted(t *testing.T) {
	r := start(t, "sending_queue: {num_consumers: 2}\nretry_on_failure: {initial_interval: 1ms, max_interval: 1ms}")
	r.logs.Fail("PutLogEvents", 3, cloudwatchlogstest.Unavailable())
	for i := range 20 {
		if err := r.ConsumeMetrics(t.Context(), now(metricsOf(shop, "", counter("c", int64(i), 0, nil)), 0)); err != nil {
			t.Fatal(err)
		}
	}
	wait(t, "the changes to add up to 19", func() bool {
		var sum float64
		for _, v := range r.values(t, "/metrics/web/shop", "c") {
			sum += v
		}
		return sum == 19
	})
}

// wait returns when a condition holds.
func wait(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestManyMetricsAreSplit(t *testing.T) {
	r := start(t, "")
	fill := make([]func(pmetric.Metric), 0, 1000)
	for i := range cap(fill) {
		fill = append(fill, gauge(fmt.Sprintf("m%d", i), "", 1, attrs{"long": strings.Repeat("x", 200_000), "host": "a"}))
	}
	if err := r.ConsumeMetrics(t.Context(), now(metricsOf(shop, "", fill...), 0)); err != nil {
		t.Fatal(err)
	}
	events := r.logs.Events("/metrics/web/shop", "s")
	metrics := 0
	for _, e := range events {
		var m struct {
			Aws metadata `json:"_aws"`
		}
		if err := json.Unmarshal([]byte(e.Message), &m); err != nil {
			t.Fatal(err)
		}
		metrics += len(m.Aws.CloudWatchMetrics[0].Metrics)
	}
	if len(events) != 10 || metrics != 1000 {
		t.Errorf("%d metrics in %d events", metrics, len(events))
	}
}

func TestStdout(t *testing.T) {
	var out bytes.Buffer
	set := exportertest.NewNopSettings(NewFactory().Type())
	e, err := newEMFExporter(configOf(t, "output_destination: stdout"), set, &out)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	if err := e.push(t.Context(), metricsOf(shop, "", gauge("a", "", 1, nil), gauge("b", "", 1, attrs{"x": "\n"}))); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(out.String(), "\n"); len(lines) != 3 || !json.Valid([]byte(lines[0])) || !json.Valid([]byte(lines[1])) || lines[2] != "" {
		t.Errorf("wrote %q", out.String())
	}
	e.out = broken{}
	if err := e.push(t.Context(), metricsOf(shop, "", gauge("a", "", 1, nil))); err == nil || err.Error() != "write events: broken pipe" {
		t.Errorf("got %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestNoRegionIsAnErrorAtStart(t *testing.T) {
	credentials(t)
	e, err := NewFactory().CreateMetrics(t.Context(), exportertest.NewNopSettings(NewFactory().Type()), configOf(t, "local_mode: true"))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err == nil || !strings.Contains(err.Error(), "region") {
		t.Errorf("got %v", err)
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLifecycle(t *testing.T) {
	credentials(t)
	factory := NewFactory()
	if got := factory.Type().String(); got != "awsemf" || factory.MetricsStability() != component.StabilityLevelBeta {
		t.Errorf("type %s, stability %v", got, factory.MetricsStability())
	}
	t.Run("shut down without a start", func(t *testing.T) {
		e, err := factory.CreateMetrics(t.Context(), exportertest.NewNopSettings(factory.Type()), factory.CreateDefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		if !e.Capabilities().MutatesData {
			t.Error("does not say that it changes data")
		}
		if err := e.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("start, shut down, and once more", func(t *testing.T) {
		for range 2 {
			e, err := factory.CreateMetrics(t.Context(), exportertest.NewNopSettings(factory.Type()), configOf(t, "region: eu-west-1\nsending_queue:"))
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
				t.Fatal(err)
			}
			if err := e.ConsumeMetrics(t.Context(), pmetric.NewMetrics()); err != nil {
				t.Error(err)
			}
			if err := e.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestUnreachable checks that nothing is given up while there is nobody to talk to.
func TestUnreachable(t *testing.T) {
	r := start(t, "")
	gone := httptest.NewServer(http.NotFoundHandler())
	url := gone.URL
	gone.Close()
	credentials(t)
	set := exportertest.NewNopSettings(NewFactory().Type())
	set.TelemetrySettings = r.telemetry.NewTelemetrySettings()
	e, err := newEMFExporter(configOf(t, "region: us-east-1\nmax_retries: 0\nendpoint: "+url), set, os.Stdout)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	md := now(metricsOf(shop, "", gauge("a", "", 1, nil), gauge("", "", 1, nil)), 0)
	err = e.push(t.Context(), md)
	partial, ok := errors.AsType[consumererror.Metrics](err)
	if !ok || consumererror.IsPermanent(err) || partial.Data().DataPointCount() != 1 {
		t.Errorf("got %v", err)
	}
	if err := e.shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
