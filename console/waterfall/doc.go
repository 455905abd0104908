// Package waterfall lays a trace out in lines: an entity each, below the one that
// called it, in order of start. The command line and the page draw what it finds.
//
// Start with [New] and [Trace.Lines].
package waterfall
