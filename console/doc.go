// Package console is the page that a browser shows at the service's address: the
// service map of the last minutes, the newest traces, and what to type next. It is
// rendered here, refreshes itself and runs no script.
//
// Start with [New]. Drawing is in diagram.
package console
