// Package ingest is admission: it validates documents one by one, stamps batches
// with distinct receipt times, hands them to the store, and counts what was lost
// and why. Every intake (X-Ray API, relay, OTLP) goes through [Ingester].
//
// It keeps no queue: a call returns when its batch is stored, so a store that
// cannot keep up slows its callers down, or has them told so (problem.Throttled).
package ingest
