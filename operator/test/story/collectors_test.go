//go:build e2e

package story

import "testing"

// TestCollectors runs the tests that mind only the collectors of their own namespace, some at
// the same time. Those that disturb the operator, or take it away, come alone.
func TestCollectors(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"change":          testConfigurationChange,
		"sidecar":         testSidecar,
		"daemonset":       testDaemonSet,
		"statefulset":     testStatefulSet,
		"scrape":          testScrapeJobs,
		"scale":           testScale,
		"versions":        testVersions,
		"refusals":        testRefusals,
		"children":        testOptionalChildren,
		"instrumentation": testInstrumentation,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}
