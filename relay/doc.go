// Package relay speaks the protocol of the X-Ray daemon, port 2000: segment
// documents in UDP datagrams, and the X-Ray API over plain HTTP on the TCP port of
// the same number, from which SDKs fetch sampling rules and targets.
//
// Start with [Listen] and [Relay.Serve]. Documents go to a [Sink], which judges
// and stores them; the relay does not look into them.
//
// A datagram is a header line and one document:
//
//	{"format":"json","version":1}\n{"name":"shop-api","id":"5f1e0a9b3c7d2e44",…}
//
// White space in the header does not matter, nor does its line end (LF or CRLF).
//
// A stream carries documents that are too large for a datagram. It is the same
// header line, sent once, and then any number of documents, one after the other,
// with white space between them or none: newline-delimited JSON is the usual form,
// but a document may as well be printed over many lines. The TCP port tells the two
// protocols by the first byte: no HTTP request begins with a brace. Nothing is
// answered on a stream; a client that is faster than the store is slowed down by
// TCP. See docs/relay.md.
//
// Both forms are also offered on Unix sockets: datagrams on one path, streams and
// HTTP on another.
//
// What happens to a document: the reader copies it from the socket into a chunk;
// chunks wait in a bounded queue; workers hand them to the sink, and try again for
// a while when the sink is throttled. When the queue is full, readers wait. Then
// streams slow down and datagrams pile up in the socket's receive buffer; when that
// overflows the kernel drops the newest. Every loss is counted by its reason, see
// [Drops], and logged at most every ten seconds.
package relay
