// Package proxy is the TCP side of the X-Ray daemon: an HTTP server that signs
// requests which came without a signature, and forwards them to an AWS service.
// SDKs ask it for sampling rules and targets, so that applications need no
// credentials of their own.
//
// [Config] is what users write and [New] makes a [Server] of it. The region and the
// credentials are looked for once the server runs: as long as there are none it
// answers 503 and says why. A server that is not AWS's own is also sent requests
// that could not be signed, as the daemon does.
package proxy
