// Package group holds groups: named filter expressions whose traces are collected
// at ingestion. A trace joins a group when an update of it first matches, and
// keeps the version of the filter of that moment. It does no I/O beyond the
// [State] that it is given.
//
// Start with [Registry]: Create, Update, Delete and Find are what the X-Ray API
// offers, [Registry.Classify] is what a store asks about every trace.
//
// A filter may name other groups. It then means their current filters, so every
// change compiles all filters again, and a change after which they would go round
// in a circle is refused.
package group
