package otelconfig

import "github.com/radiograph/radiograph/operator/api/v1beta1"

// Options says what Defaults must know beside the configuration.
type Options struct {
	// IPv6Only is set when pods have IPv6 addresses alone: there 0.0.0.0 cannot be bound.
	IPv6Only bool
	// TLS is written where a server of the configuration has TLS and does not say itself what
	// it speaks.
	TLS TLSProfile
}

func (o Options) anyHost() string {
	if o.IPv6Only {
		return "::"
	}
	return "0.0.0.0"
}

// Defaults returns the configuration as a collector in a pod gets it: a copy in which
//
//   - every component that is null is an empty object;
//   - every socket of a component that runs is reachable from other pods: a missing endpoint
//     becomes 0.0.0.0 with the component's port, and ":2000" or "2000" gets that host. The
//     collector's own default is localhost. An endpoint with a host stays;
//   - health_check has a path;
//   - the collector's own metrics are served at port 8888, unless service.telemetry.metrics
//     has readers, an address, or the level none;
//   - servers with TLS speak what the options say, unless they say otherwise.
func Defaults(cfg *v1beta1.Config, opts Options) *v1beta1.Config {
	out := cfg.DeepCopy()
	for _, name := range []string{receivers, exporters, processors, connectors, extensions} {
		for id, value := range section(out, name) {
			if value == nil {
				section(out, name)[id] = map[string]any{}
			}
		}
	}
	for _, name := range []string{receivers, exporters, extensions} {
		for _, c := range enabled(out, name) {
			if c.settings != nil {
				defaultEndpoints(c, opts.anyHost())
			}
		}
	}
	for _, c := range enabled(out, extensions) {
		if isHealthCheck(c) && c.settings != nil && c.settings["path"] == nil {
			c.settings["path"] = "/"
		}
	}
	defaultTelemetry(out, opts.anyHost())
	opts.TLS.write(out)
	return out
}

// defaultEndpoints writes the endpoints of a component's sockets into its settings.
func defaultEndpoints(c component, host string) {
	main := ""
	for _, l := range listenersOf(c) {
		if !l.open(c.settings) {
			continue
		}
		if l.port == 0 && l.object(c.settings) == nil {
			continue
		}
		object := ensure(c.settings, l.path...)
		if object == nil || l.transport(c.settings) == "unix" {
			continue
		}
		said := text(object, l.endpointKey())
		a := parseEndpoint(said)
		switch {
		case said == "" && l.likeMain && main != "":
			object[l.endpointKey()] = main
		case said == "" && l.port != 0:
			object[l.endpointKey()] = hostPort(host, l.port)
		case a.host == "" && a.port != 0:
			object[l.endpointKey()] = hostPort(host, a.port)
		}
		if main == "" {
			main = text(object, l.endpointKey())
		}
	}
}

// defaultTelemetry lets the collector's own metrics be scraped from outside.
func defaultTelemetry(cfg *v1beta1.Config, host string) {
	if cfg.Service.Telemetry == nil {
		cfg.Service.Telemetry = &v1beta1.Object{}
	}
	if cfg.Service.Telemetry.Values == nil {
		cfg.Service.Telemetry.Values = map[string]any{}
	}
	metrics := ensure(cfg.Service.Telemetry.Values, "metrics")
	if metrics == nil || text(metrics, "level") == "none" || text(metrics, "address") != "" {
		return
	}
	if metrics["readers"] != nil {
		return
	}
	metrics["readers"] = readers(host, DefaultMetricsPort)
}
