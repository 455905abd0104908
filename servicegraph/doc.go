// Package servicegraph adds up what traces observed: nodes, edges, statistics,
// histograms; merges and subtracts them, and makes time series. It does no I/O.
//
// Start with [Graph] and [Graph.Observe]. Adding is associative and commutative,
// so graphs of parts (minutes, blocks, traces) can be merged in any order; a
// trace's old contribution is subtracted before its new one is added. Counts may
// be negative meanwhile.
package servicegraph
