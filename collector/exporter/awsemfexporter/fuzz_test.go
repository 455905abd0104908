package awsemfexporter

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// fuzzConfigs have all options that change events.
var fuzzConfigs = []string{
	``,
	`version: "0"`,
	"detailed_metrics: true\ndimension_rollup_option: NoDimensionRollup\nretain_initial_value_of_delta_metric: true",
	"resource_to_telemetry_conversion: {enabled: true}\ndimension_rollup_option: SingleDimensionRollupOnly\nlog_group_name: '/a/{ServiceName}'\nlog_stream_name: '{PodName}'",
	"parse_json_encoded_attr_values: [a, x, kubernetes]\neks_fargate_container_insights_enabled: true",
	"metric_declarations: [{dimensions: [[a], [x, y], []], metric_name_selectors: [a, '.*c'], label_matchers: [{label_names: [a], regex: '.*'}]}, {metric_name_selectors: ['']}]",
	"disable_metric_extraction: true",
}

// FuzzTranslate gives any bytes that are metrics to the exporter. It must not panic,
// and every event must be one that CloudWatch takes.
func FuzzTranslate(f *testing.F) {
	var marshaler pmetric.ProtoMarshaler
	for i, tc := range goldenCases {
		for _, md := range tc.batches {
			copied := pmetric.NewMetrics()
			md.CopyTo(copied)
			b, err := marshaler.MarshalMetrics(copied)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b, uint8(i))
		}
	}
	extreme := metricsOf(shop, "", exponentialPoint(func(p pmetric.ExponentialHistogramDataPoint) {
		p.SetScale(math.MinInt32)
		p.SetMin(math.Inf(1))
		p.Positive().SetOffset(math.MaxInt32)
		p.Positive().BucketCounts().FromRaw([]uint64{math.MaxUint64, 1})
	}))
	b, err := marshaler.MarshalMetrics(extreme)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b, uint8(0))

	var all []*settings
	for _, c := range fuzzConfigs {
		all = append(all, settingsOf(f, c))
	}
	f.Fuzz(func(t *testing.T, data []byte, choice uint8) {
		s := all[int(choice)%len(all)]
		var unmarshaler pmetric.ProtoUnmarshaler
		md, err := unmarshaler.UnmarshalMetrics(data)
		if err != nil {
			return
		}
		points := md.DataPointCount()
		d := newDeltas(s.config, func(_ context.Context, md pmetric.Metrics) error { return checkBatch(s, md) }, func(map[reason]int) {})
		again := pmetric.NewMetrics()
		md.CopyTo(again)
		if err := d.consume(t.Context(), md); err != nil {
			t.Error(err)
		}
		if err := d.consume(t.Context(), again); err != nil {
			t.Errorf("the second time: %v", err)
		}
		if got := md.DataPointCount(); got > points {
			t.Errorf("%d points became %d", points, got)
		}
	})
}

// checkBatch translates metrics and checks the events, and that any of them could be
// given back.
func checkBatch(s *settings, md pmetric.Metrics) error {
	points := md.DataPointCount()
	b := s.translate(md, time.Now())
	wanted := make(map[int]bool)
	for _, st := range b.streams {
		if st.Group == "" || len(st.Group) > maxLogName || st.Name == "" || len(st.Name) > maxLogName {
			return fmt.Errorf("stream %q of %q", st.Name, st.Group)
		}
		for _, e := range st.Events {
			if err := checkEvent(e.Message, s.config); err != nil {
				return fmt.Errorf("%w in %s", err, e.Message)
			}
			for _, ordinal := range b.points[e.Index] {
				if ordinal < 0 || ordinal >= points {
					return fmt.Errorf("point %d of %d", ordinal, points)
				}
				wanted[ordinal] = true
			}
		}
	}
	keepPoints(md, wanted)
	if got := md.DataPointCount(); got != len(wanted) {
		return fmt.Errorf("%d points are given back, not %d", got, len(wanted))
	}
	return nil
}
