// Package otlp translates between OTLP spans and X-Ray segments, both ways and
// without loss: a span that becomes a segment and comes back is the same span, and
// a segment that becomes spans and comes back is the same segment.
//
// [Encoder] turns batches of spans into segment documents: the spans of one local
// root that arrive together become one document. [Builder] turns segments into
// spans. Neither does I/O.
package otlp
