package otelconfig

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// DefaultMetricsPort is where a collector serves its own metrics when nothing else is said.
const DefaultMetricsPort = 8888

// MetricsPort returns the port of the collector's own metrics: that of the first reader which
// is scraped, or of service.telemetry.metrics.address. It is DefaultMetricsPort when the
// configuration does not say, or says it by an environment variable. It is false when the
// collector serves none.
func MetricsPort(cfg *v1beta1.Config) (int32, bool) {
	if cfg.Service.Telemetry == nil {
		return DefaultMetricsPort, true
	}
	v, ok := lookup(cfg.Service.Telemetry.Values, "metrics")
	if !ok || v == nil {
		return DefaultMetricsPort, true
	}
	if text(v, "level") == "none" {
		return DefaultMetricsPort, false
	}
	scraped := false
	for _, reader := range list(v, "readers") {
		prometheus, ok := lookup(reader, "pull", "exporter", "prometheus")
		if !ok {
			continue
		}
		scraped = true
		if a := parseEndpoint(text(prometheus, "port")); a.port != 0 {
			return a.port, true
		}
	}
	if _, set := lookup(v, "readers"); set {
		return DefaultMetricsPort, scraped
	}
	if a := parseEndpoint(text(v, "address")); a.port != 0 {
		return a.port, true
	}
	return DefaultMetricsPort, true
}

// Probe is what a kubelet asks to learn whether the collector is well: GET Path at Port.
type Probe struct {
	Path   string
	Port   int32
	Scheme corev1.URIScheme
}

// HealthProbe returns the probe that the first health_check extension of the configuration
// answers, nil when none runs.
func HealthProbe(cfg *v1beta1.Config) *Probe {
	for _, c := range enabled(cfg, extensions) {
		if !isHealthCheck(c) {
			continue
		}
		p := &Probe{Path: text(c.settings, "path"), Port: 13133, Scheme: corev1.URISchemeHTTP}
		if a := parseEndpoint(text(c.settings, "endpoint")); a.port != 0 {
			p.Port = a.port
		}
		if p.Path == "" {
			p.Path = "/"
		}
		if v, _ := lookup(c.settings, "tls"); v != nil {
			p.Scheme = corev1.URISchemeHTTPS
		}
		return p
	}
	return nil
}

// readyReceivers have a TCP socket that says, by being open, that the collector runs: receivers
// are started last, after everything that they send to.
var readyReceivers = []string{"otlp", "awsxray", "zipkin", "jaeger"}

// ReadyPort returns a port at which a connection can be made once the collector of the
// configuration runs, 0 when it is not sure that there is one. It is for configurations without
// health_check; those that come from [Defaults] have their sockets open to other pods.
func ReadyPort(cfg *v1beta1.Config) int32 {
	for _, c := range enabled(cfg, receivers) {
		if !slices.Contains(readyReceivers, c.kind()) {
			continue
		}
		for _, l := range listenersOf(c) {
			object := l.object(c.settings)
			if !l.open(c.settings) || l.transport(c.settings) != corev1.ProtocolTCP || object["tls"] != nil {
				continue
			}
			switch a := parseEndpoint(text(object, l.endpointKey())); {
			case a.unix, a.err != "", a.env:
			case a.host == "0.0.0.0" || a.host == "::":
				return a.port
			}
		}
	}
	return 0
}

func isHealthCheck(c component) bool {
	return c.kind() == "healthcheck" || c.kind() == "healthcheckv2"
}

// Env returns the environment variables that components of the configuration read without
// being told: K8S_NODE_NAME for the kubelet's receiver.
func Env(cfg *v1beta1.Config) []corev1.EnvVar {
	for _, c := range enabled(cfg, receivers) {
		if c.kind() == "kubeletstats" {
			return []corev1.EnvVar{{Name: "K8S_NODE_NAME", ValueFrom: &corev1.EnvVarSource{
				FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: "spec.nodeName"},
			}}}
		}
	}
	return nil
}
