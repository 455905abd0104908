package otelconfig

import (
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// State is what a version of the collector may want otherwise than the one before.
type State struct {
	Config *v1beta1.Config
	// Args are the collector's command line, by flag without dashes.
	Args map[string]string
}

// step is what changed with a version of the collector. apply changes the state in place and
// says what it did, "" for nothing; it may be applied again.
type step struct {
	version string
	apply   func(*State) (string, error)
}

// Upgrade brings what a user wrote for the collector's version from to the version to. It
// returns the changed copy and what was changed, in the order of versions. When a step cannot
// be done the error says what the user must do, and the state is the one that came in.
//
// Endpoints and the port of the collector's metrics, which some versions moved, are no
// step: Defaults has them for every version.
func Upgrade(s State, from, to string) (State, []string, error) {
	old, err := version.ParseGeneric(from)
	if err != nil {
		return s, nil, fmt.Errorf("upgrade from version %q: %w", from, err)
	}
	target, err := version.ParseGeneric(to)
	if err != nil {
		return s, nil, fmt.Errorf("upgrade to version %q: %w", to, err)
	}
	next := State{Config: s.Config.DeepCopy(), Args: maps.Clone(s.Args)}
	var changes []string
	for _, step := range steps {
		v := version.MustParseGeneric(step.version)
		if !old.LessThan(v) || target.LessThan(v) {
			continue
		}
		change, err := step.apply(&next)
		if err != nil {
			return s, nil, fmt.Errorf("upgrade from version %s to %s: %w", from, step.version, err)
		}
		if change != "" {
			changes = append(changes, fmt.Sprintf("%s: %s", step.version, change))
		}
	}
	return next, changes, nil
}

// steps are in the order of their versions. Source: the "breaking changes" of the
// collector's changelogs.
//
// Components whose type was renamed (otlp exporter to otlp_grpc, k8sattributes to
// k8s_attributes and so on) are not among them, because the old names are aliases.
var steps = []step{
	{"0.9.0", dropSettings(exporters, "opencensus", "reconnection_delay")},
	{"0.15.0", dropArgs("new-metrics", "legacy-metrics")},
	{"0.19.0", dropComponent(processors, "queuedretry")},
	{"0.24.0", healthCheckEndpoint},
	{"0.31.0", dropSettings(receivers, "influxdb", "metrics_schema")},
	{"0.36.0", otlpTLS},
	{"0.38.0", argsToTelemetry("logs", map[string]string{"log-level": "level", "log-format": "encoding", "log-profile": "development"})},
	{"0.39.0", dropSettings(processors, "memorylimiter", "ballast_size_mib")},
	{"0.39.0", renameReceiver("httpd", "apache")},
	{"0.41.0", otlpCORS},
	{"0.43.0", argsToTelemetry("metrics", map[string]string{"metrics-addr": "address", "metrics-level": "level"})},
	{"0.57.2", healthCheckEndpoint},
	{"0.61.0", noRemoteSampling},
	{"0.105.0", dropGate("-confmap.unifyEnvVarExpansion")},
	{"0.105.0", braceVariables},
	{"0.110.0", dropGate("-component.UseLocalHostAsDefaultHost")},
	{"0.122.0", addressToReader},
}
