// Package webhook is what the operator says to the API server about objects before they are
// stored: it fills in defaults, refuses what cannot work and warns of what may not.
//
// Start with [Register], which serves all kinds of opentelemetry.io and the conversion of
// collectors. The chart radiograph-operator tells the API server about it.
//
// Defaults of a collector's configuration are not written into the object: package otelconfig
// computes them when the configuration is rendered, so that the object stays what its author
// wrote. All rules are checked, and all that are broken are reported together. An update that
// leaves the spec alone is never refused, so that labels, finalizers and status of an object
// that became invalid can still change.
package webhook
