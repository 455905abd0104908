package main

import (
	"crypto/fips140"
	"fmt"
	"os"
	"strings"
)

// gates that are known, and whether they are open when nothing is said. Those that change
// nothing here are accepted, so that flags written for other operators go on working.
var gates = map[string]bool{
	"operator.golang.flags":                       true,
	"operator.networkpolicy":                      true,
	"operand.networkpolicy":                       true,
	"operator.targetallocator.fallbackstrategy":   false,
	"operator.targetallocator.mtls":               false,
	"operator.clusterobservability":               false,
	"operator.collector.usedefaulttelemetryshape": true,
}

// checkGates reports gates that are not known.
func (o *options) checkGates() error {
	for _, name := range o.featureGates {
		if _, ok := gates[strings.TrimLeft(name, "+-")]; !ok {
			return fmt.Errorf("feature-gates: unknown gate %q", name)
		}
	}
	return nil
}

// gate reports whether a gate is open.
func (o *options) gate(name string) bool {
	open := gates[name]
	for _, told := range o.featureGates {
		if strings.TrimLeft(told, "+-") == name {
			open = !strings.HasPrefix(told, "-")
		}
	}
	return open
}

// fipsFile says whether the kernel is in FIPS mode.
const fipsFile = "/proc/sys/crypto/fips_enabled"

// fips returns the components that are refused, by section, where FIPS 140 is in force; nil
// elsewhere. A component is written as "receiver.otlp"; without a section it is of all.
func (o *options) fips() map[string][]string {
	if data, err := os.ReadFile(fipsFile); !fips140.Enabled() && (err != nil || strings.TrimSpace(string(data)) != "1") {
		return nil
	}
	disabled := make(map[string][]string)
	for _, component := range o.fipsDisabled {
		section, kind, ok := strings.Cut(component, ".")
		if ok {
			section = strings.TrimSuffix(section, "s") + "s"
			disabled[section] = append(disabled[section], kind)
			continue
		}
		for _, section := range []string{"receivers", "exporters", "processors", "connectors", "extensions"} {
			disabled[section] = append(disabled[section], component)
		}
	}
	return disabled
}
