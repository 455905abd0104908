// Package shop is a small shop: six services in one process that call each other
// over HTTP, a SQL database, object storage, a key-value table and a bank, with
// customers who keep it busy. Everything is instrumented with the unmodified X-Ray
// SDK for Go and reaches radiograph only as any application does: by datagrams,
// and by asking for sampling rules over TCP.
//
// Start with [Open] and [Shop.Run]. The shop is for looking at radiograph, not for
// measuring it; load does that.
//
// The SDK keeps some state per process (its logger, goroutines that poll sampling
// rules), which lasts until the process ends, and it reads AWS_XRAY_DAEMON_ADDRESS
// before main begins. So the shop has a program of its own, cmd/radiograph-shop,
// and nothing else may depend on this package.
package shop
