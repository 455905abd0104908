// Package trace assembles segments into traces and says what a trace means: the
// tree, inferred segments, the summary with its root causes, and the observations
// from which service graphs are built. It does no I/O.
//
// Everything here is a pure function of a trace's documents and their receipt
// times. Arrival order, batching, duplicates and restarts do not change a result.
// Start with [Assemble], [Trace] and [Summary].
//
// Segments, embedded subsegments and subsegments that were sent on their own share
// one space of ids. Of each id one version counts: the first completed one, or
// while there is none the latest in-progress one. An entity that has been
// announced once stays, even if a later version of its segment does not mention
// it.
//
// What counts for the service graph is stricter than what is shown: an
// observation has a receipt time, and so counts, only when both the entity and
// the segment that it belongs to are complete. See [Observation].
package trace
