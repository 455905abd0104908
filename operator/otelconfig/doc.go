// Package otelconfig reads the configuration of a collector for what Kubernetes must know
// about it: the ports it opens, the probe it answers, the permissions it needs, and the text
// that its pod is started with. It does no I/O.
//
// Start with [Parse] and [Defaults]: what runs is the configuration that Defaults returns, so
// [Render], [Hash], [Ports], [MetricsPort], [HealthProbe] and [Rules] want that one. [Lint]
// wants the configuration as its author wrote it.
//
// No function changes its arguments, and each returns the same for the same configuration,
// whatever the order of keys. Numbers are written as they were read, "$$" and "${env:NAME}"
// stay untouched: the collector expands them, and only the collector knows its environment.
//
// A component's type is known by both spellings it may have, "k8s_attributes" and
// "k8sattributes": the collector's components were renamed, and the old names are aliases.
package otelconfig
