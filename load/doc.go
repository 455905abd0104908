// Package load makes realistic X-Ray load: a shop whose typical request is 18
// spans (segments and subsegments) of 350 bytes, in 5 documents from 5 services,
// with HTTP, AWS and SQL calls, annotations, metadata, exceptions and a tail of
// slow requests.
//
// [Run] sends it to the PutTraceSegments API, in UDP datagrams, or as the spans that
// OpenTelemetry's SDKs would make of the same requests, by OTLP; as fast as possible
// or at a steady rate. It returns what was achieved in a [Result]. Documents and
// spans are rendered once, when the package starts; for each trace only ids, times
// and a few values of fixed width are written over them ([Generator]).
// Trace number n of a seed is always the same but for the clock.
package load
