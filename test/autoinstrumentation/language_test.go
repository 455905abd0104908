//go:build e2e

package autoinstrumentation

import (
	"net"
	"os/exec"
	"path/filepath"
	"testing"
)

// language is one image with an application of that language.
type language struct {
	name string

	copy   func(image, volume string) []string // arguments of cp in the init container
	env    func(volume string) []string        // what the operator sets for the language
	app    func(t *testing.T) *exec.Cmd
	http   bool // spans go by HTTP
	server bool // the application's HTTP server is instrumented
}

var languages = []language{
	{
		name: "nodejs", server: true,
		copy: func(image, volume string) []string {
			return []string{"-r", image + "/autoinstrumentation/.", volume}
		},
		env: func(volume string) []string {
			return []string{"NODE_OPTIONS= --require " + volume + "/autoinstrumentation.js"}
		},
		app: func(t *testing.T) *exec.Cmd {
			return exec.Command("node", filepath.Join(application(t, "node"), "app.js"))
		},
	},
	{
		name: "java", server: true, http: true,
		copy: func(image, volume string) []string {
			return []string{image + "/javaagent.jar", volume + "/javaagent.jar"}
		},
		env: func(volume string) []string {
			return []string{"JAVA_TOOL_OPTIONS= -javaagent:" + volume + "/javaagent.jar"}
		},
		app: func(t *testing.T) *exec.Cmd {
			dir := application(t, "java")
			return exec.Command("java", "-XX:TieredStopAtLevel=1", "-Xmx256m",
				"-cp", filepath.Join(dir, "otlpapp.jar")+":"+filepath.Join(dir, "lib", "*"), "radiograph.App")
		},
	},
	{
		name: "python", http: true,
		copy: func(image, volume string) []string {
			return []string{"-r", image + "/autoinstrumentation/.", volume}
		},
		env: func(volume string) []string {
			return []string{
				"PYTHONPATH=" + volume + "/opentelemetry/instrumentation/auto_instrumentation:" + volume,
				"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_TRACES_EXPORTER=otlp",
			}
		},
		app: func(t *testing.T) *exec.Cmd { return exec.Command("python3", filepath.Join("testdata", "app.py")) },
	},
}

// port returns the port of an address.
func port(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}
