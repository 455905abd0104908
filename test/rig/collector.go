package rig

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Collector is a running radiograph-collector.
type Collector struct {
	*Process

	Health  string // host:port of its health check
	Metrics string // host:port of its own metrics
}

// StartCollector starts a collector with the configurations, which are YAML and
// merged in their order, and waits until it is healthy. The last of them, added
// here, puts the health check and the collector's own metrics on free ports, so the
// service's list of extensions must have health_check. The environment adds to that
// of the test.
func StartCollector(t testing.TB, env []string, configs ...string) *Collector {
	t.Helper()
	c := &Collector{Health: Address(t), Metrics: Address(t)}
	host, port, err := net.SplitHostPort(c.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	configs = append(configs, fmt.Sprintf(`
extensions:
  health_check:
    endpoint: %s
service:
  telemetry:
    metrics:
      readers:
        - pull:
            exporter:
              prometheus:
                host: %s
                port: %s
`, c.Health, host, port))
	var args []string
	for i, config := range configs {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.yaml", i))
		if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	//nolint:gosec // the binary under test
	cmd := exec.Command(CollectorBinary(t), args...)
	cmd.Env = append(append(os.Environ(), "TELEMETRY_PORT="+port), env...)
	c.Process = Start(t, "radiograph-collector", cmd)
	Eventually(t, "collector healthy", func() error {
		if c.Ended() {
			t.Fatalf("the collector ended at start: %v\n%s", c.Wait(), c.Output())
		}
		return answers(t.Context(), "http://"+c.Health+"/")
	})
	return c
}

// CollectorBinary returns the path of the radiograph-collector under test.
func CollectorBinary(t testing.TB) string {
	t.Helper()
	return binary(t, "RADIOGRAPH_COLLECTOR_BIN")
}
