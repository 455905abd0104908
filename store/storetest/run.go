package storetest

import (
	"testing"

	"github.com/radiograph/radiograph/store"
)

// Harness is how [Run] gets at an engine.
type Harness struct {
	// Open returns a new, empty store. It registers its own cleanup.
	Open func(t *testing.T, classify store.Classify) store.Store

	// Reopen closes s and opens it again as it is on disk, with the classify that
	// Open got. Nil for engines that keep nothing.
	Reopen func(t *testing.T, s store.Store) store.Store

	// Settle, if not nil, makes the engine do its background work now (write blocks,
	// merge them, …), so that the suite sees answers from every stage.
	Settle func(t *testing.T, s store.Store)
}

// Run is the conformance suite.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"traces by id", testTraces},
		{"first completed version wins", testVersions},
		{"late segment joins its trace", testLateSegment},
		{"scan selects by its clock", testScanClocks},
		{"scan pages", testScanPages},
		{"pages are stable under writes", testScanStable},
		{"scan keeps a fraction", testScanFraction},
		{"scan filters", testScanFilter},
		{"graph counts what was received in the range", testGraphRange},
		{"series", testSeries},
		{"groups", testGroups},
		{"links", testLinks},
		{"values", testValues},
		{"state", testState},
		{"closed", testClosed},
		{"agrees with the reference store", testAgainstMemory},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, h) })
	}
}

// stages runs check on s as it is, after its background work, and after it was
// opened again.
func (h Harness) stages(t *testing.T, s store.Store, check func(t *testing.T, s store.Store)) {
	t.Helper()
	t.Run("fresh", func(t *testing.T) { check(t, s) })
	if h.Settle != nil {
		h.Settle(t, s)
		t.Run("settled", func(t *testing.T) { check(t, s) })
	}
	if h.Reopen != nil {
		s = h.Reopen(t, s)
		t.Run("reopened", func(t *testing.T) { check(t, s) })
	}
}
