// Package sampling holds sampling rules, matching, and the allocation of
// reservoirs over clients: leases, statistics windows, boost.
//
// Start with [Registry], [Rule] and [Registry.Targets].
package sampling
