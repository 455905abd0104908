// Package console is what a browser shows at the service's address: a page with the
// service map of the last minutes, the newest traces and what to type next, and a
// page for each trace. They are rendered here and run no script; the first
// refreshes itself.
//
// Start with [New]. Drawing is in diagram, the order of a trace's lines in waterfall.
package console
