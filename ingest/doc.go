// Package ingest is admission: it validates documents one by one, stamps batches
// with distinct receipt times, hands them to the store, and counts what was lost
// and why. Every intake (X-Ray API, relay, OTLP) goes through [Ingester].
package ingest
