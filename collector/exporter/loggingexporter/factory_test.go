package loggingexporter

import (
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configtelemetry"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/confmap/xconfmap"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func load(t *testing.T, file, id string) (*Config, error) {
	t.Helper()
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	sub, err := conf.Sub(id)
	if err != nil {
		t.Fatal(err)
	}
	cfg := NewFactory().CreateDefaultConfig().(*Config)
	if err := sub.Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, xconfmap.Validate(cfg)
}

func TestConfig(t *testing.T) {
	for _, tc := range []struct {
		id      string
		want    configtelemetry.Level
		initial int
	}{
		{"logging", configtelemetry.LevelBasic, 2},
		{"logging/old", configtelemetry.LevelDetailed, 2},
		{"logging/new", configtelemetry.LevelNormal, 5},
	} {
		t.Run(tc.id, func(t *testing.T) {
			cfg, err := load(t, "config.yaml", tc.id)
			if err != nil {
				t.Fatal(err)
			}
			if cfg.Debug.Verbosity != tc.want || cfg.Debug.SamplingInitial != tc.initial {
				t.Errorf("got verbosity %v, initial %d", cfg.Debug.Verbosity, cfg.Debug.SamplingInitial)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	for file, want := range map[string]string{
		"unknown_loglevel.yaml": "loglevel",
		"both.yaml":             "verbosity alone",
		"typo.yaml":             "log_level",
	} {
		t.Run(file, func(t *testing.T) {
			if _, err := load(t, file, "logging"); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error about %q", err, want)
			}
		})
	}
}

func TestPrintsWhatItGets(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	set := exportertest.NewNopSettings(componentType)
	set.ID = component.MustNewIDWithName("logging", "old")
	set.Logger = zap.New(core)
	cfg, err := load(t, "config.yaml", "logging/old")
	if err != nil {
		t.Fatal(err)
	}
	exp, err := NewFactory().CreateTraces(t.Context(), set, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := exp.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	td := ptrace.NewTraces()
	td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetName("checkout")
	if err := exp.ConsumeTraces(t.Context(), td); err != nil {
		t.Fatal(err)
	}
	if err := exp.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, entry := range logs.All() {
		if strings.Contains(entry.Message, "checkout") {
			return
		}
	}
	t.Errorf("the span's name is in none of %d lines", logs.Len())
}
