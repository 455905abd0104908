// Package settings reads the configuration file of the target allocator, as package otelconfig
// of the operator writes it. Keys it does not know are errors with their line.
package settings
