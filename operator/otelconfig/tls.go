package otelconfig

import (
	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// TLSProfile is what servers of a collector speak that have TLS. The zero value leaves that to
// the collector.
type TLSProfile struct {
	// MinVersion is the lowest version, as the collector spells it: "1.2" or "1.3".
	MinVersion string
	// CipherSuites are those of TLS 1.2, by their IANA names. Those of 1.3 are not for choice.
	CipherSuites []string
}

// notServerTLS are receivers whose "tls" beside an endpoint is about what they call.
var notServerTLS = kinds("awsxray")

// write fills the profile in where a server that runs has TLS and says nothing of its own
// (https://github.com/open-telemetry/opentelemetry-collector/tree/main/config/configtls). It
// turns TLS on nowhere.
func (p TLSProfile) write(cfg *v1beta1.Config) {
	if p.MinVersion == "" && len(p.CipherSuites) == 0 {
		return
	}
	for name, known := range map[string]map[string][]listener{
		receivers: receiverListeners, exporters: exporterListeners, extensions: extensionListeners,
	} {
		for _, c := range enabled(cfg, name) {
			if notServerTLS[c.kind()] {
				continue
			}
			for _, l := range known[c.kind()] {
				if object, ok := l.object(c.settings)["tls"].(map[string]any); ok && l.open(c.settings) {
					p.fill(object)
				}
			}
		}
	}
}

// fill writes what the settings of one server do not say.
func (p TLSProfile) fill(settings map[string]any) {
	if p.MinVersion != "" && settings["min_version"] == nil {
		settings["min_version"] = p.MinVersion
	}
	if len(p.CipherSuites) == 0 || settings["cipher_suites"] != nil || settings["min_version"] == "1.3" {
		return
	}
	suites := make([]any, len(p.CipherSuites))
	for i, name := range p.CipherSuites {
		suites[i] = name
	}
	settings["cipher_suites"] = suites
}
