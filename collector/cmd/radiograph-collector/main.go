// Command radiograph-collector is an OpenTelemetry Collector that speaks X-Ray: it
// takes segments by UDP and spans by OTLP, and sends either to X-Ray, to radiograph
// or anywhere else.
//
// Without --config it runs the configuration in default.yaml. The variable
// AOT_CONFIG_CONTENT, when set, is the whole configuration and wins over --config.
package main

import (
	"os"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/otelcol"

	"github.com/radiograph/radiograph/internal/version"
)

func main() {
	cmd := command()
	cmd.SetArgs(withContent(os.Args[1:], os.Getenv(contentVariable)))
	if err := cmd.Execute(); err != nil {
		os.Exit(1)
	}
}

// command returns the command line: run, validate, print-config, components,
// featuregate and healthcheck.
func command() *cobra.Command {
	cmd := otelcol.NewCommand(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{
			Command:     "radiograph-collector",
			Description: "OpenTelemetry Collector that speaks X-Ray",
			Version:     version.String(),
		},
		Factories:              factories,
		ConfigProviderSettings: configuration(),
	})
	cmd.Short = "OpenTelemetry Collector that speaks X-Ray"
	cmd.AddCommand(healthcheckCommand())
	return cmd
}
