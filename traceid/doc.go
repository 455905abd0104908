// Package traceid holds trace ids and entity ids in X-Ray and W3C spelling, and
// the tracing header X-Amzn-Trace-Id. It does no I/O.
//
// Start with [ID], [EntityID] and [Header]. Both ids are arrays: comparable, map
// keys, free of allocation. Both spellings of a trace id parse to the same value.
package traceid
