package awsemfexporter

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// scrape returns 20 metrics of 50 pods, as a scrape of many targets gives.
func scrape(fill func(pmetric.Metric, int)) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for pod := range 50 {
		var all []func(pmetric.Metric)
		for i := range 20 {
			all = append(all, func(m pmetric.Metric) {
				fill(m, i)
				m.SetName(fmt.Sprintf("container_metric_%d", i))
			})
		}
		addMetrics(md, attrs{"service.name": "shop", "k8s.pod.name": fmt.Sprintf("shop-7d4b9c%d", pod), "k8s.namespace.name": "web"}, "prometheus", all...)
	}
	return md
}

var benchLabels = attrs{"EKS_Cluster": "demo", "EKS_Namespace": "web", "code": "200", "method": "GET"}

var benchConfigs = []struct{ name, config string }{
	{"default", ""},
	{"seed", `
namespace: ContainerInsights/Prometheus
resource_to_telemetry_conversion: {enabled: true}
dimension_rollup_option: NoDimensionRollup
parse_json_encoded_attr_values: [Sources, kubernetes]
metric_declarations:
  - dimensions: [[EKS_Cluster, EKS_Namespace, k8s.pod.name]]
    metric_name_selectors: [apiserver_request_.*, container_metric_.*, container_threads, otelcol_process_.*]`},
}

func BenchmarkTranslate(b *testing.B) {
	for _, kind := range []struct {
		name string
		fill func(pmetric.Metric, int)
	}{
		{"gauge", func(m pmetric.Metric, i int) { gauge("", "By", float64(i)*1.5, benchLabels)(m) }},
		{"histogram", func(m pmetric.Metric, i int) {
			histogramPoint(100, 5000, func(p pmetric.HistogramDataPoint) {
				benchLabels.to(p.Attributes())
				p.ExplicitBounds().FromRaw([]float64{5, 10, 25, 50, 100, 250, 500, 1000})
				p.BucketCounts().FromRaw([]uint64{1, 9, 20, 40, 20, 9, 1, 0, 0})
			})(m)
		}},
		{"exponential", func(m pmetric.Metric, i int) {
			exponentialPoint(func(p pmetric.ExponentialHistogramDataPoint) {
				benchLabels.to(p.Attributes())
				p.SetScale(3)
				p.SetSum(1000)
				p.Positive().BucketCounts().FromRaw(ones(80))
			})(m)
		}},
	} {
		for _, c := range benchConfigs {
			b.Run("kind="+kind.name+"/config="+c.name, func(b *testing.B) {
				s, md := settingsOf(b, c.config), scrape(kind.fill)
				b.ReportAllocs()
				for b.Loop() {
					s.translate(md, t0)
				}
				perPoint(b, md.DataPointCount())
			})
		}
	}
}

func perPoint(b *testing.B, points int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*points), "ns/point")
}

func BenchmarkDelta(b *testing.B) {
	md := scrape(func(m pmetric.Metric, i int) { counter("", int64(i), 0, benchLabels)(m) })
	points := md.DataPointCount()
	d := newDeltas(&Config{DeltaExpiry: time.Hour, RetainInitialValue: true}, func(context.Context, pmetric.Metrics) error { return nil }, func(map[reason]int) {})
	b.ReportAllocs()
	for b.Loop() {
		for _, rm := range md.ResourceMetrics().All() {
			for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
				m.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			}
		}
		if err := d.consume(b.Context(), md); err != nil {
			b.Fatal(err)
		}
	}
	perPoint(b, points)
}
