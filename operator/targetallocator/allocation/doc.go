// Package allocation decides which collector scrapes which target. It is pure: it knows
// neither Prometheus nor Kubernetes, does no I/O and asks no clock.
//
// An [Allocator] is told the [Target]s and the [Collector]s there are, and answers with who
// has what. Consistent hashing depends on those two sets alone, so several allocators with the
// same sets come to the same answer; the other strategies also depend on the past.
package allocation
