// Package group holds groups: named filter expressions whose traces are collected
// at ingestion. A trace joins a group when an update of it first matches, and
// keeps the version of the filter of that moment.
//
// Start with [Registry].
package group
