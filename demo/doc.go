// Package demo runs the demo shop for a service: it sees to a sampling rule under
// which every request of the shop is traced, and starts the shop's own program,
// radiograph-shop, which must lie beside the executable that runs.
//
// Start with [Find] and [Run]. The shop itself is in shop. It is a process of its
// own because the X-Ray SDK that it is instrumented with acts on its environment
// before main begins, and brings more code than the rest of the service.
package demo
