package loggingexporter

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configtelemetry"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/xconfmap"
	"go.opentelemetry.io/collector/exporter/debugexporter"
)

// Config is what users write under "logging": the keys of the debug exporter, and
// loglevel, which old configurations have in place of verbosity.
type Config struct {
	// Debug holds the keys of the debug exporter.
	Debug *debugexporter.Config `mapstructure:",squash"`
	// LogLevel is debug, info, warn or error. Debug prints everything, the others one
	// line a batch. Empty means that verbosity applies.
	LogLevel string `mapstructure:"loglevel"`

	both bool // loglevel and verbosity were written
}

var (
	_ confmap.Unmarshaler = (*Config)(nil)
	_ xconfmap.Validator  = (*Config)(nil)
)

// verbosities are what the values of loglevel mean to the debug exporter.
var verbosities = map[string]configtelemetry.Level{
	"debug": configtelemetry.LevelDetailed,
	"info":  configtelemetry.LevelNormal,
	"warn":  configtelemetry.LevelBasic,
	"error": configtelemetry.LevelBasic,
}

func defaultConfig() component.Config {
	debug, _ := debugexporter.NewFactory().CreateDefaultConfig().(*debugexporter.Config)
	return &Config{Debug: debug}
}

// Unmarshal implements confmap.Unmarshaler: a known loglevel sets the verbosity.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if err := conf.Unmarshal(c); err != nil {
		return err
	}
	c.both = conf.IsSet("loglevel") && conf.IsSet("verbosity")
	if v, ok := verbosities[c.LogLevel]; ok && !c.both {
		c.Debug.Verbosity = v
	}
	return nil
}

// Validate implements xconfmap.Validator.
func (c *Config) Validate() error {
	if c.both {
		return errors.New("loglevel and verbosity say the same thing: write verbosity alone")
	}
	if _, ok := verbosities[c.LogLevel]; !ok && c.LogLevel != "" {
		return fmt.Errorf("loglevel: %q is none of debug, info, warn, error", c.LogLevel)
	}
	return nil
}
