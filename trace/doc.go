// Package trace assembles segments into traces and says what a trace means: the
// tree, inferred segments, the summary with its root causes, and the observations
// from which service graphs are built. It does no I/O.
//
// Everything here is a pure function of a trace's documents and their receipt
// times. Arrival order, batching, duplicates and restarts do not change a result.
// Start with [Assemble], [Trace] and [Summary].
package trace
