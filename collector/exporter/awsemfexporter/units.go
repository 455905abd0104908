package awsemfexporter

import "strings"

// cloudWatchUnits are the units of a MetricDatum.
var cloudWatchUnits = map[string]bool{
	"Seconds": true, "Microseconds": true, "Milliseconds": true,
	"Bytes": true, "Kilobytes": true, "Megabytes": true, "Gigabytes": true, "Terabytes": true,
	"Bits": true, "Kilobits": true, "Megabits": true, "Gigabits": true, "Terabits": true,
	"Percent": true, "Count": true,
	"Bytes/Second": true, "Kilobytes/Second": true, "Megabytes/Second": true, "Gigabytes/Second": true, "Terabytes/Second": true,
	"Bits/Second": true, "Kilobits/Second": true, "Megabits/Second": true, "Gigabits/Second": true, "Terabits/Second": true,
	"Count/Second": true, "None": true,
}

// otelUnits are the units of OpenTelemetry, which are of UCUM, that CloudWatch has
// too. There is nothing for nanoseconds and for 1, and units of 1024 bytes are none
// of CloudWatch's.
var otelUnits = map[string]string{
	"s": "Seconds", "ms": "Milliseconds", "us": "Microseconds",
	"By": "Bytes", "kBy": "Kilobytes", "MBy": "Megabytes", "GBy": "Gigabytes", "TBy": "Terabytes",
	"bit": "Bits", "kbit": "Kilobits", "Mbit": "Megabits", "Gbit": "Gigabits", "Tbit": "Terabits",
	"By/s": "Bytes/Second", "kBy/s": "Kilobytes/Second", "MBy/s": "Megabytes/Second", "GBy/s": "Gigabytes/Second",
	"bit/s": "Bits/Second", "kbit/s": "Kilobits/Second", "Mbit/s": "Megabits/Second", "Gbit/s": "Gigabits/Second",
	"%": "Percent",
}

// units finds the units of metrics.
type units map[string]MetricDescriptor // by the metric's name

func newUnits(descriptors []MetricDescriptor) units {
	u := make(units, len(descriptors))
	for _, d := range descriptors {
		u[d.MetricName] = d
	}
	return u
}

// of returns CloudWatch's unit of a metric, or "" when there is none: an event with
// any other unit would be refused.
func (u units) of(name, unit string) string {
	if d, ok := u[name]; ok && (unit == "" || d.Overwrite) {
		return d.Unit
	}
	if cloudWatchUnits[unit] {
		return unit
	}
	return otelUnits[withoutAnnotation(unit)]
}

// withoutAnnotation removes what is in braces: By{free} are bytes.
func withoutAnnotation(unit string) string {
	before, rest, ok := strings.Cut(unit, "{")
	if !ok {
		return unit
	}
	_, after, _ := strings.Cut(rest, "}")
	return before + after
}
