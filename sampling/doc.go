// Package sampling holds sampling rules, matching, and the allocation of
// reservoirs over clients: leases, statistics windows, boost. It does no I/O
// beyond the [State] that it is given.
//
// Start with [Registry], [Rule] and [Registry.Targets].
//
// A reservoir is so many requests a second, sampled before the rule's fixed rate
// applies, shared by all clients of the rule. Clients report what they counted
// every ten seconds; the answer is a lease on a share. Three promises hold:
//
//   - The leases that are valid at one instant never add up to more than the
//     reservoir, whether their clients are heard of or not. (When a reservoir is
//     made smaller, leases granted before run out first.)
//   - A share that its client does not use goes to clients that have more
//     requests than their share: the one gives it back with its report, the others
//     get it with theirs, after that.
//   - Memory is bounded: clients per rule, statistics windows and rules are.
//
// Rules survive a restart, leases do not: the clients' first report after it is
// answered without a lease, and they go on with the one they have.
//
// Locks: Registry.change is taken before Registry.mu.
//
// Source of the shapes and texts: the X-Ray API model, the guide "Configuring
// sampling rules" and recorded answers of the service.
package sampling
