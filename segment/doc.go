// Package segment holds X-Ray segment documents: decode, validate, normalise and
// encode them, and know their limits. It does no I/O.
//
// Start with [Segment], the decoded form of a segment or subsegment, [Decode],
// which judges one document as the X-Ray service does, and [Segment.AppendJSON],
// which writes the processed document that BatchGetTraces returns.
//
// Times are integer nanoseconds since the Unix epoch: every precision that a
// client sends survives. Members of the wrong type and unknown members are
// dropped, never refused.
//
// Source of the shapes: the X-Ray segment document schema 1.0.0 and the guide
// "X-Ray segment documents".
package segment
