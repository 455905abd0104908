// Package controller makes the cluster look as its OpenTelemetryCollectors, TargetAllocators
// and Instrumentations say.
//
// Start with [CollectorReconciler.Reconcile], which is the list of steps. What the children of
// a collector look like is decided by package manifest, whether they have to be written by
// package apply, and whether a configuration is good by package collectorcheck; here is only
// the order of things, and the status.
//
// At rest nothing is written: neither children, nor status, nor events. A reconciliation that
// changes nothing reads from the cache alone.
package controller
