// Package server wires the parts of the service together and runs them. It is the
// only package that knows all the others.
//
// [New] reads from top to bottom as the list of parts: store, groups, sampling
// rules, ingestion, API, page, relay, OTLP, listeners. [Server.Run] serves until it is
// told to stop, and stops in this order: accept nothing new, finish what was
// accepted, close the store. What the API acknowledged is in the store by then.
package server
