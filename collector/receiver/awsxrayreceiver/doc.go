// Package awsxrayreceiver is a collector receiver that takes the place of the X-Ray
// daemon: segment documents in UDP datagrams become spans, and requests on the TCP
// port of the same number are signed and forwarded to X-Ray. See the README for its
// settings.
//
// What happens to a document: a reader copies it from the socket into a chunk of a
// bounded queue (package datagram). A worker takes the chunks of a moment, sorts
// their documents by sender, and makes batches of spans of them, which it hands to
// the pipeline. What the pipeline refuses is made anew from the documents and tried
// again for a while; meanwhile the queue fills, then the socket's receive buffer, and
// then the kernel drops. Every loss is counted by its reason.
package awsxrayreceiver
