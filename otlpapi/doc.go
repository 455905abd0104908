// Package otlpapi takes spans: OTLP by gRPC and by HTTP (protobuf and JSON), and
// Zipkin's JSON and protobuf, version 2.
//
// [API] serves all of them. Each request goes the same way, whatever its protocol:
// spans are translated to segment documents (package otlp), the documents are stored
// as one batch, and only then is the request acknowledged. Spans that cannot be
// stored are counted and reported to the client as a partial success. When the store
// takes nothing, the client is told to come again, in the words of its protocol.
//
// Metrics and logs are not taken.
package otlpapi
