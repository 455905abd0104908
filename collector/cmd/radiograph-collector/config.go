package main

import (
	_ "embed"
	"strings"

	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/httpprovider"
	"go.opentelemetry.io/collector/confmap/provider/httpsprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/otelcol"
)

// contentVariable holds a whole configuration, as in the images of AWS's
// distribution.
const contentVariable = "AOT_CONFIG_CONTENT"

// defaultConfig is what runs when no configuration is given.
//
//go:embed default.yaml
var defaultConfig string

// configuration says where configurations come from: files, the environment,
// literal YAML, HTTP.
func configuration() otelcol.ConfigProviderSettings {
	return otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
		URIs:          []string{"yaml:" + defaultConfig},
		DefaultScheme: "env",
		ProviderFactories: []confmap.ProviderFactory{
			envprovider.NewFactory(),
			fileprovider.NewFactory(),
			yamlprovider.NewFactory(),
			httpprovider.NewFactory(),
			httpsprovider.NewFactory(),
		},
	}}
}

// withContent returns args with every --config replaced by the content of
// contentVariable, if there is any and the command reads a configuration.
func withContent(args []string, content string) []string {
	if content == "" || !readsConfig(args) {
		return args
	}
	var out []string
	for i := 0; i < len(args); i++ {
		name, _, hasValue := strings.Cut(args[i], "=")
		switch {
		case name != "--config" && name != "-config":
			out = append(out, args[i])
		case !hasValue:
			i++ // the value is the next argument
		}
	}
	return append(out, "--config=env:"+contentVariable)
}

// readsConfig says whether the command in args takes --config.
func readsConfig(args []string) bool {
	for _, a := range args {
		switch a {
		case "components", "featuregate", "healthcheck", "help", "completion", "-h", "--help", "-v", "--version":
			return false
		}
	}
	return true
}
