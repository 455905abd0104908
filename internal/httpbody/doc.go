// Package httpbody reads the bodies of HTTP requests: decompressed, bounded, into
// memory that is used again.
package httpbody
