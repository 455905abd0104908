// Package awsproxy is a collector extension that signs requests which came without
// a signature, and forwards them to an AWS service, X-Ray by default: the TCP side
// of the X-Ray daemon. See the README for its settings.
package awsproxy
