// Package datagram receives segment documents in the daemon's datagrams, many with
// one system call, and queues them in bounded memory. It does not look into the
// documents.
//
// [ListenUDP] opens sockets; a [Reader] takes what arrives on one of them to a
// [Queue], whose users take chunks of documents from [Queue.Ready] and give them back
// with [Queue.Release]. When the queue is full the readers wait, the datagrams pile
// up in the socket's receive buffer, and when that overflows the kernel drops the
// newest: see [Socket.Drops].
//
// A datagram is a header line and one document:
//
//	{"format":"json","version":1}\n{"name":"shop-api","id":"5f1e0a9b3c7d2e44",…}
//
// White space in the header does not matter, nor does its line end (LF or CRLF).
package datagram
