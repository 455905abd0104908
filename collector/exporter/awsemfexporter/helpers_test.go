package awsemfexporter

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/xconfmap"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/goleak"
	"go.uber.org/zap"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// t0 is when the data points of the tests are of.
var t0 = time.UnixMilli(1_760_000_000_000)

// configOf returns the default configuration with some YAML on top, which must be
// valid.
func configOf(t testing.TB, yaml string) *Config {
	t.Helper()
	c, err := loadConfig(yaml)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func loadConfig(yaml string) (*Config, error) {
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(yaml))
	if err != nil {
		return nil, err
	}
	conf, err := retrieved.AsConf()
	if err != nil {
		return nil, err
	}
	c := defaultConfig().(*Config)
	if err := conf.Unmarshal(c); err != nil {
		return nil, err
	}
	return c, xconfmap.Validate(c)
}

func settingsOf(t testing.TB, yaml string) *settings {
	t.Helper()
	s, err := newSettings(configOf(t, yaml), "otel-stream-test", zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// attrs are attributes.
type attrs map[string]any

func (a attrs) to(m pcommon.Map) {
	if err := m.FromRaw(a); err != nil {
		panic(err)
	}
}

// metricsOf returns metrics of one resource and one scope.
func metricsOf(resource attrs, scope string, fill ...func(pmetric.Metric)) pmetric.Metrics {
	md := pmetric.NewMetrics()
	addMetrics(md, resource, scope, fill...)
	return md
}

func addMetrics(md pmetric.Metrics, resource attrs, scope string, fill ...func(pmetric.Metric)) {
	rm := md.ResourceMetrics().AppendEmpty()
	resource.to(rm.Resource().Attributes())
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName(scope)
	for _, f := range fill {
		f(sm.Metrics().AppendEmpty())
	}
}

func at(after time.Duration) pcommon.Timestamp {
	return pcommon.NewTimestampFromTime(t0.Add(after))
}

// gauge has one point.
func gauge(name, unit string, v float64, a attrs) func(pmetric.Metric) {
	return func(m pmetric.Metric) {
		m.SetName(name)
		m.SetUnit(unit)
		p := m.SetEmptyGauge().DataPoints().AppendEmpty()
		p.SetTimestamp(at(0))
		p.SetDoubleValue(v)
		a.to(p.Attributes())
	}
}

// counter has one cumulative point.
func counter(name string, v int64, after time.Duration, a attrs) func(pmetric.Metric) {
	return func(m pmetric.Metric) {
		m.SetName(name)
		s := m.SetEmptySum()
		s.SetIsMonotonic(true)
		s.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		p := s.DataPoints().AppendEmpty()
		p.SetTimestamp(at(after))
		p.SetIntValue(v)
		a.to(p.Attributes())
	}
}

// golden compares text with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs\ngot:\n%s\nwant:\n%s", path, got, strings.TrimSpace(string(want)))
	}
}
