// Package consoleapi answers the console's questions that the X-Ray API has no
// operation for: completion with real values, exact comparisons of sets of traces,
// traces as columns, the graph of the traces that match, a live tail, what sampling
// rules do, and who sends. docs/console-api.md is its contract.
//
// Start with [New]. Everything is read from a [Reader], the registries of groups and
// sampling rules, and counters that the owner supplies; nothing is changed.
package consoleapi
