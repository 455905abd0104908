// Package collectorcheck asks the real collector what it thinks of a configuration: it runs
// the collector's own "validate" as a process of its own, with a limit on time and memory and
// none of the operator's environment.
//
// Start with [Checker.Check]. Its [Verdict] is conclusive only when nothing that the operator
// cannot know, such as a variable from a Secret or a mounted file, could have changed it.
//
// A configuration is somebody else's input. The collector can be told by one to read files
// and to fetch URLs while it loads it, and would then do so in the operator's name, and show
// what it read in its errors. So a configuration with such a reference is never run; see
// references in reference.go.
package collectorcheck
