package awsxrayexporter

import (
	"go.opentelemetry.io/collector/featuregate"
	"go.uber.org/zap"
)

// The gates of the community's exporter are known, so that command lines which name
// them keep working. Both have been on for years.
var gates = []*featuregate.Gate{
	featuregate.GlobalRegistry().MustRegister("exporter.awsxray.skiptimestampvalidation", featuregate.StageBeta,
		featuregate.WithRegisterDescription("Spans are sent whatever time their trace id says. Always so: W3C trace ids hold no time."),
		featuregate.WithRegisterFromVersion("v0.84.0")),
	featuregate.GlobalRegistry().MustRegister("exporter.xray.allowDot", featuregate.StageBeta,
		featuregate.WithRegisterDescription("Dots stay in the keys of annotations. Always so: X-Ray takes them."),
		featuregate.WithRegisterFromVersion("v0.97.0")),
}

// warnGates says that a gate that was switched off changes nothing.
func warnGates(log *zap.Logger) {
	for _, g := range gates {
		if !g.IsEnabled() {
			log.Warn("feature gate cannot be switched off any more", zap.String("gate", g.ID()))
		}
	}
}
