//go:build e2e

package clients

import (
	"testing"
)

// TestXRayThroughCollector drives each X-Ray SDK's application, unchanged, with a
// collector in the place of the X-Ray daemon: segments by UDP, sampling rules by TCP.
// Everything has to be as it is without the collector, the graph too.
func TestXRayThroughCollector(t *testing.T) {
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			direct, collected := startDirect(t), startThroughCollector(t)
			want := driveSDK(t, l, direct.rg, direct.daemon)
			got := driveSDK(t, l, collected.rg, collected.daemon)
			waitForSameGraph(t, want, got)
			direct.rg.Stop(t)
			collected.rg.Stop(t)
		})
	}
}
