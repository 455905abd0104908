// Package awsxrayexporter is the collector's exporter awsxray: it sends spans to
// X-Ray, or to radiograph, as segment documents.
//
// [NewFactory] is the way in. A batch is translated by package otlp, its documents
// are packed into PutTraceSegments requests by count and by bytes, and the requests
// are sent by several workers. The answer decides about each document: sent, sent
// again later, or refused, counted and logged. What must be sent again goes back to
// the exporter's retry as the spans of those documents alone, so that nothing is
// lost and nothing is sent twice. The one exception is a span that becomes two
// documents of which one was taken: X-Ray keeps the first of two equal documents.
//
// Requests are written and signed here rather than by the SDK's client, which copies
// and escapes every document several times; see BenchmarkRequest.
package awsxrayexporter
