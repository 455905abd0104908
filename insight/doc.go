// Package insight finds fault anomalies: services whose fault rate has left what
// their own recent past leads one to expect. Anomalies that occur together are one
// [Insight], which has a root cause, an impact, events and an end.
//
// Start with [Model], which says what is expected, and [Watcher], which follows the
// groups that have insights enabled. AWS does not publish X-Ray's model; this one is
// described in docs/insights.md. Everything that is decided is a function of the
// minutes of a group, so that minutes that are judged again give the same insights.
//
// The package does no I/O beyond the [State] and the source of minutes that it is
// given.
package insight
