// Package segment holds X-Ray segment documents: decode, validate, normalise and
// encode them, and know their limits. It does no I/O.
//
// Start with [Segment], the decoded form of a segment or subsegment, [Decode],
// which judges one document as the X-Ray service does, and [Segment.AppendJSON],
// which writes the processed document that BatchGetTraces returns. A program that
// decodes much uses a [Decoder], which keeps its memory.
//
// Times are integer nanoseconds since the Unix epoch: every precision that a
// client sends survives. Members of the wrong type and unknown members are
// dropped, never refused; of a repeated member the last counts. Strings are valid
// UTF-8, whatever the document had.
//
// Limits: names are cut to 200 code points; annotation keys have at most 500
// characters; objects and arrays nest 1000 deep, deeper documents are refused; a
// document has at most 131072 annotations, exceptions, frames and paths, more are
// dropped. Decoding takes time in proportion to the document's length.
//
// Source of the shapes: the X-Ray segment document schema 1.0.0 and the guide
// "X-Ray segment documents".
package segment
