package awsemfexporter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

func histogramPoint(count uint64, sum float64, fill func(pmetric.HistogramDataPoint)) func(pmetric.Metric) {
	return func(m pmetric.Metric) {
		m.SetName("latency")
		m.SetUnit("ms")
		h := m.SetEmptyHistogram()
		h.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
		p := h.DataPoints().AppendEmpty()
		p.SetTimestamp(at(0))
		p.SetCount(count)
		p.SetSum(sum)
		attrs{"route": "/"}.to(p.Attributes())
		fill(p)
	}
}

func exponentialPoint(fill func(pmetric.ExponentialHistogramDataPoint)) func(pmetric.Metric) {
	return func(m pmetric.Metric) {
		m.SetName("latency")
		m.SetUnit("s")
		p := m.SetEmptyExponentialHistogram().DataPoints().AppendEmpty()
		p.SetTimestamp(at(0))
		fill(p)
	}
}

func summaryPoint(count uint64, sum float64, after time.Duration, quantiles ...float64) func(pmetric.Metric) {
	return func(m pmetric.Metric) {
		m.SetName("gc")
		m.SetUnit("s")
		p := m.SetEmptySummary().DataPoints().AppendEmpty()
		p.SetTimestamp(at(after))
		p.SetCount(count)
		p.SetSum(sum)
		attrs{"pool": "old"}.to(p.Attributes())
		for i := 0; i+1 < len(quantiles); i += 2 {
			q := p.QuantileValues().AppendEmpty()
			q.SetQuantile(quantiles[i])
			q.SetValue(quantiles[i+1])
		}
	}
}

func upDown(name string, v int64) func(pmetric.Metric) {
	return func(m pmetric.Metric) {
		counter(name, v, 0, nil)(m)
		m.Sum().SetIsMonotonic(false)
	}
}

func staleGauge(m pmetric.Metric) {
	gauge("gone", "", 1, nil)(m)
	m.Gauge().DataPoints().At(0).SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
}

func ones(n int) []uint64 { return slices.Repeat([]uint64{1}, n) }

var shop = attrs{"service.name": "shop", "service.namespace": "web"}

func one(md ...pmetric.Metrics) []pmetric.Metrics { return md }

// Each case is what is configured, the batches that arrive one after the other, and
// in a golden file the events and what was dropped.
var goldenCases = []struct {
	name    string
	config  string
	batches []pmetric.Metrics
}{
	{name: "gauge", batches: one(metricsOf(shop, "runtime", gauge("heap", "By", 1.5e6, attrs{"host": "a"})))},
	{name: "gauge without labels", batches: one(metricsOf(shop, "", gauge("heap", "By", 1.5e6, nil)))},
	{name: "gauge with its scope alone", batches: one(metricsOf(shop, "runtime", gauge("heap", "", 1, nil)))},
	{name: "metrics with the same labels share an event", batches: one(metricsOf(shop, "",
		gauge("a", "s", 1, attrs{"host": "a"}), gauge("b", "ms", 2, attrs{"host": "a"}), gauge("c", "us", 3, attrs{"host": "b"})))},
	{name: "no scope after one with a scope", batches: func() []pmetric.Metrics {
		md := metricsOf(shop, "runtime", gauge("a", "", 1, nil))
		gauge("b", "", 2, nil)(md.ResourceMetrics().At(0).ScopeMetrics().AppendEmpty().Metrics().AppendEmpty())
		return one(md)
	}()},
	{name: "two resources that are not told apart", batches: func() []pmetric.Metrics {
		md := metricsOf(attrs{"service.name": "shop", "pod": "1"}, "", gauge("a", "", 1, nil))
		addMetrics(md, attrs{"service.name": "shop", "pod": "2"}, "", gauge("a", "", 2, nil))
		return one(md)
	}()},
	{name: "values that are not numbers", batches: one(metricsOf(shop, "",
		gauge("nan", "", math.NaN(), nil), gauge("inf", "", math.Inf(-1), nil), gauge("huge", "", 1e200, nil), staleGauge, gauge("ok", "", 0, nil)))},
	{name: "names that cannot be", batches: one(metricsOf(shop, "",
		gauge("", "", 1, nil), gauge("_aws", "", 1, nil), gauge("line\n", "", 1, nil), gauge(strings.Repeat("n", 256), "", 1, nil), func(m pmetric.Metric) { m.SetName("typeless") }))},
	{name: "units", batches: one(metricsOf(shop, "",
		gauge("s", "s", 1, nil), gauge("ns", "ns", 1, nil), gauge("one", "1", 1, nil), gauge("bit", "bit", 1, nil), gauge("annotated", "By{free}", 1, nil),
		gauge("things", "{thing}", 1, nil), gauge("cloudwatch", "Count/Second", 1, nil), gauge("unknown", "furlong", 1, nil)))},
	{name: "descriptors", config: `
metric_descriptors:
  - {metric_name: bare, unit: Count}
  - {metric_name: has, unit: Count}
  - {metric_name: overwritten, unit: Count, overwrite: true}`, batches: one(metricsOf(shop, "",
		gauge("bare", "", 1, nil), gauge("has", "s", 1, nil), gauge("overwritten", "s", 1, nil)))},
	{name: "storage resolution", batches: one(metricsOf(shop, "",
		gauge("fine", "", 1, attrs{resolutionAttribute: 1, "host": "a"}), gauge("coarse", "", 1, attrs{resolutionAttribute: 60, "host": "a"}), gauge("odd", "", 1, attrs{resolutionAttribute: "x", "host": "a"})))},

	{name: "counter", batches: []pmetric.Metrics{
		metricsOf(shop, "", counter("requests", 10, 0, nil)), metricsOf(shop, "", counter("requests", 15, time.Minute, nil)),
		metricsOf(shop, "", counter("requests", 3, 2*time.Minute, nil)), metricsOf(shop, "", counter("requests", 3, 3*time.Minute, nil)),
	}},
	{name: "counter with its first value", config: `retain_initial_value_of_delta_metric: true`, batches: []pmetric.Metrics{
		metricsOf(shop, "", counter("requests", 10, 0, nil)), metricsOf(shop, "", counter("requests", 15, time.Minute, nil)),
	}},
	{name: "counter out of order", batches: []pmetric.Metrics{
		metricsOf(shop, "", counter("requests", 10, time.Minute, nil)), metricsOf(shop, "", counter("requests", 9, 0, nil)), metricsOf(shop, "", counter("requests", 12, 2*time.Minute, nil)),
	}},
	{name: "sum that may fall", batches: []pmetric.Metrics{metricsOf(shop, "", upDown("connections", 5)), metricsOf(shop, "", upDown("connections", 3))}},

	{name: "histogram", batches: one(metricsOf(shop, "", histogramPoint(3, 60, func(p pmetric.HistogramDataPoint) {
		p.SetMin(10)
		p.SetMax(30)
	})))},
	{name: "histogram without extremes", batches: one(metricsOf(shop, "", histogramPoint(4, 60, func(p pmetric.HistogramDataPoint) {
		p.ExplicitBounds().FromRaw([]float64{5, 10, 25, 50})
		p.BucketCounts().FromRaw([]uint64{0, 1, 3, 0, 0})
	})))},
	{name: "histogram without buckets", batches: one(metricsOf(shop, "", histogramPoint(4, 60, func(pmetric.HistogramDataPoint) {})))},
	{name: "exponential histogram", batches: one(metricsOf(shop, "", exponentialPoint(func(p pmetric.ExponentialHistogramDataPoint) {
		p.SetScale(0)
		p.SetCount(7)
		p.SetSum(20)
		p.SetMin(-1.5)
		p.SetMax(7.5)
		p.SetZeroCount(2)
		p.Positive().SetOffset(1)
		p.Positive().BucketCounts().FromRaw([]uint64{1, 3})
		p.Negative().BucketCounts().FromRaw([]uint64{1})
	})))},
	{name: "exponential histogram with many buckets", batches: one(metricsOf(shop, "", exponentialPoint(func(p pmetric.ExponentialHistogramDataPoint) {
		p.SetScale(3)
		p.SetCount(130)
		p.SetSum(5e6)
		p.Positive().BucketCounts().FromRaw(ones(130))
	})))},
	{name: "empty exponential histogram", batches: one(metricsOf(shop, "", exponentialPoint(func(pmetric.ExponentialHistogramDataPoint) {})))},
	{name: "summary", batches: one(metricsOf(shop, "", summaryPoint(4, 10, 0, 0, 1, 0.5, 2, 1, 5)))},
	{name: "summary without observations", batches: one(metricsOf(shop, "", summaryPoint(0, 0, 0, 0.5, math.NaN())))},
	{name: "summary in detail", config: `detailed_metrics: true`, batches: one(metricsOf(shop, "", summaryPoint(4, 10, 0, 0, 1, 0.99, 5, 1, math.NaN())))},
	{name: "summary of prometheus", batches: []pmetric.Metrics{
		metricsOf(attrs{"service.name": "shop", "receiver": "prometheus"}, "", summaryPoint(4, 10, 0, 0.5, 2)),
		metricsOf(attrs{"service.name": "shop", "receiver": "prometheus"}, "", summaryPoint(6, 16, time.Minute, 0.5, 3)),
		metricsOf(attrs{"service.name": "shop", "receiver": "prometheus"}, "", summaryPoint(1, 2, 2*time.Minute, 0.5, 2)),
	}},

	{name: "namespace of the configuration", config: `namespace: Mine`, batches: one(metricsOf(shop, "", gauge("a", "", 1, nil)))},
	{name: "namespace of the service", batches: one(metricsOf(attrs{"service.name": "shop"}, "", gauge("a", "", 1, nil)), metricsOf(attrs{"service.namespace": "web"}, "", gauge("a", "", 1, nil)), metricsOf(nil, "", gauge("a", "", 1, nil)))},
	{name: "placeholders", config: `
log_group_name: /aws/ecs/{ClusterName}/{ServiceName}
log_stream_name: '{TaskId}-{NodeName}-{PodName}'`, batches: one(
		metricsOf(attrs{"aws.ecs.cluster.name": "c1", "service.name": "sh op", "TaskId": "t:1", "aws.ecs.task.id": "long"}, "", gauge("a", "", 1, attrs{"NodeName": "n1"})),
		metricsOf(attrs{"ClusterName": ""}, "", gauge("a", "", 1, attrs{"k8s.node.name": "n2", "pod": "p2"})),
	)},

	{name: "rollup of single dimensions", config: `dimension_rollup_option: SingleDimensionRollupOnly`, batches: one(metricsOf(shop, "lib", gauge("a", "", 1, attrs{"x": "1", "y": "2"})))},
	{name: "no rollup", config: `dimension_rollup_option: NoDimensionRollup`, batches: one(metricsOf(shop, "lib", gauge("a", "", 1, attrs{"x": "1", "y": "2"})))},
	{name: "labels that are no dimensions", config: `dimension_rollup_option: NoDimensionRollup`, batches: one(metricsOf(shop, "", gauge("a", "", 1, attrs{
		"empty": "", "blank": " ", ":colon": "1", "long": strings.Repeat("v", 1025), "a": "hidden by the metric", "_aws": "x", "Version": "7", "number": 7, "list": []any{"x", 1}, "ok": "1",
	})))},
	{name: "more labels than dimensions", config: `dimension_rollup_option: NoDimensionRollup`, batches: one(metricsOf(shop, "", gauge("a", "", 1, func() attrs {
		a := attrs{}
		for i := range 31 {
			a[fmt.Sprintf("l%02d", i)] = "v"
		}
		return a
	}())))},
	{name: "resource to telemetry", config: `resource_to_telemetry_conversion: {enabled: true}`, batches: one(metricsOf(shop, "", gauge("a", "", 1, attrs{"x": "1", "service.name": "of the point"})))},
	{name: "resource to telemetry without the service", config: `resource_to_telemetry_conversion: {enabled: true, exclude_service_attributes: true}`, batches: one(metricsOf(attrs{"service.name": "shop", "pod": "p"}, "", gauge("a", "", 1, nil)))},

	{name: "declarations", config: `
dimension_rollup_option: NoDimensionRollup
metric_declarations:
  - dimensions: [[EKS_Cluster, EKS_Namespace], [EKS_Namespace, EKS_Cluster], [EKS_Cluster], [missing]]
    metric_name_selectors: ['apiserver_request_.*', '^container_threads$']
  - dimensions: [[EKS_Cluster], []]
    metric_name_selectors: ['container_.*']
  - dimensions: [[missing]]
    metric_name_selectors: ['nowhere']`, batches: one(metricsOf(shop, "", func() []func(pmetric.Metric) {
		a := attrs{"EKS_Cluster": "c", "EKS_Namespace": "n"}
		return []func(pmetric.Metric){gauge("apiserver_request_total", "", 1, a), gauge("container_threads", "", 2, a), gauge("container_memory", "", 3, a), gauge("unselected", "", 4, a), gauge("nowhere", "", 5, a)}
	}()...))},
	{name: "declarations with rollup", config: `
metric_declarations:
  - dimensions: [[x]]
    metric_name_selectors: [.*]`, batches: one(metricsOf(shop, "", gauge("a", "", 1, attrs{"x": "1", "y": "2"})))},
	{name: "declarations with matchers", config: `
dimension_rollup_option: NoDimensionRollup
metric_declarations:
  - dimensions: [[x]]
    metric_name_selectors: [a]
    label_matchers:
      - {label_names: [x, y], regex: '^1;2$'}
      - {label_names: [x, y], separator: /, regex: '^3/4$'}`, batches: one(metricsOf(shop, "",
		gauge("a", "", 1, attrs{"x": "1", "y": "2"}), gauge("a", "", 1, attrs{"x": "3", "y": "4"}), gauge("a", "", 1, attrs{"x": "1", "y": "4"})))},
	{name: "declarations that select nothing", config: `
metric_declarations:
  - dimensions: [[x]]
    metric_name_selectors: [b]`, batches: one(metricsOf(shop, "", gauge("a", "", 1, attrs{"x": "1"})))},

	{name: "json in labels", config: `parse_json_encoded_attr_values: [Sources, kubernetes, broken, quoted]`, batches: one(metricsOf(shop, "", gauge("a", "", 1, attrs{
		"Sources": `["cadvisor", "pod"]`, "kubernetes": `{"pod_name": "p"}`, "broken": `{`, "quoted": `"text"`,
	})))},
	{name: "container insights on fargate", config: `
eks_fargate_container_insights_enabled: true
dimension_rollup_option: NoDimensionRollup`, batches: one(metricsOf(shop, "", gauge("pod_cpu", "", 1, attrs{
		"Type": "Pod", "container": "c", "container_id": "id", "NodeName": "n", "app": "a", "Namespace": "ns", "PodId": "pid", "PodName": "p", "owner_kind": "Deployment", "owner_name": "d", "Service": "s",
	}), gauge("node_cpu", "", 1, attrs{"Type": "Node"})))},
	{name: "prometheus", batches: one(metricsOf(attrs{"service.name": "shop", "receiver": "prometheus"}, "", gauge("a", "", 1, nil), histogramPoint(1, 2, func(pmetric.HistogramDataPoint) {}), upDown("b", 1)))},
	{name: "version 0", config: `version: "0"`, batches: one(metricsOf(shop, "", gauge("a", "", 1, attrs{"Version": "hidden", "x": "1"})))},
	{name: "no extraction", config: `disable_metric_extraction: true`, batches: one(metricsOf(shop, "", gauge("a", "", 1, attrs{"x": "1"})))},
	{name: "no extraction in version 0", config: "disable_metric_extraction: true\nversion: \"0\"", batches: one(metricsOf(shop, "", gauge("a", "", 1, attrs{"x": "1"})))},
	{name: "text that is hard to write", config: `namespace: "a\"b"`, batches: one(metricsOf(shop, "", gauge("a\\b\"c", "", 1e-9, attrs{"\x01": "tab\t\u2028é", "bad\xff": "\xc3("})))},
}

func TestGolden(t *testing.T) {
	names := make(map[string]bool)
	for _, tc := range goldenCases {
		t.Run(tc.name, func(t *testing.T) {
			if names[tc.name] {
				t.Fatal("two cases have this name")
			}
			names[tc.name] = true
			golden(t, strings.ReplaceAll(tc.name, " ", "-")+".txt", translated(t, tc.config, tc.batches))
		})
	}
}

// translated returns a transcript of what the batches become.
func translated(t *testing.T, config string, batches []pmetric.Metrics) string {
	s := settingsOf(t, config)
	var text strings.Builder
	dropped := make(map[reason]int)
	d := newDeltas(s.config, func(_ context.Context, md pmetric.Metrics) error {
		b := s.translate(md, t0)
		for _, st := range b.streams {
			fmt.Fprintf(&text, "# %s %s\n", st.Group, st.Name)
			for _, e := range st.Events {
				if err := checkEvent(e.Message, s.config); err != nil {
					t.Errorf("%v in %s", err, e.Message)
				}
				var line bytes.Buffer
				if err := json.Indent(&line, []byte(e.Message), "", " "); err != nil {
					t.Errorf("%v in %s", err, e.Message)
				}
				fmt.Fprintf(&text, "%d %s\n", e.Time-t0.UnixMilli(), compactLeaves(line.String()))
			}
		}
		for why, n := range b.dropped {
			dropped[why] += n
		}
		return nil
	}, func(by map[reason]int) {
		for why, n := range by {
			dropped[why] += n
		}
	})
	for i, md := range batches {
		fmt.Fprintf(&text, "## batch %d\n", i+1)
		if err := d.consume(t.Context(), md); err != nil {
			t.Fatal(err)
		}
	}
	if len(dropped) > 0 {
		line, err := json.Marshal(dropped)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "## dropped %s\n", line)
	}
	return text.String()
}

// compactLeaves puts arrays and objects that hold no others on one line.
func compactLeaves(indented string) string {
	lines := strings.Split(indented, "\n")
	for i := 0; i < len(lines); i++ {
		opens := strings.HasSuffix(lines[i], "{") || strings.HasSuffix(lines[i], "[")
		if !opens {
			continue
		}
		end := i + 1
		for end < len(lines) && !strings.HasSuffix(lines[end], "{") && !strings.HasSuffix(lines[end], "[") && strings.Trim(lines[end], " ,") != "}" && strings.Trim(lines[end], " ,") != "]" {
			end++
		}
		if end == len(lines) || strings.HasSuffix(lines[end], "{") || strings.HasSuffix(lines[end], "[") {
			continue
		}
		joined := lines[i]
		for _, l := range lines[i+1 : end] {
			joined += strings.TrimLeft(l, " ")
			if strings.HasSuffix(l, ",") {
				joined += " "
			}
		}
		joined += strings.TrimLeft(lines[end], " ")
		lines = slices.Replace(lines, i, end+1, joined)
	}
	return strings.Join(lines, "\n")
}
