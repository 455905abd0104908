// Package otlp translates between OTLP spans and X-Ray segments, both ways and
// without loss: a span that becomes a segment and comes back is the same span, and
// a segment that becomes spans and comes back is the same segment.
//
// [Encoder] turns batches of spans into segment documents: the spans of one local
// root that arrive together become one document. [Builder] turns segments into
// spans. Neither does I/O.
//
// A span of OpenTelemetry is translated by the semantic conventions, and what the
// native fields of its document do not say is kept in the namespace "otlp" of its
// metadata; see envelope. A span that was made from a segment is known by its scope,
// [ScopeName], and says in its attributes what the segment was. docs/otlp.md is the
// mapping.
//
// Both directions depend on what they are given alone: the same batch gives the
// same documents, ids that are made up included. Translating takes time in
// proportion to the input, whatever it is.
package otlp
