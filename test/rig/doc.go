// Package rig starts real programs for tests across processes: the radiograph
// binary on free loopback ports with a directory of its own, and whatever talks to
// it. It waits for conditions, never for a time, and ends what it started by
// process id when the test ends; a failed test shows the programs' output.
//
// Start with [StartRadiograph] and [Start]. The binary under test is named by the
// environment variable RADIOGRAPH_BIN; make e2e sets it.
package rig
