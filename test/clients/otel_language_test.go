//go:build e2e

package clients

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// otelLanguage is one OpenTelemetry SDK with its application, and what is particular
// to it.
type otelLanguage struct {
	name     string
	sdk      string // aws.xray.sdk of its segments
	protocol string // of OTLP
	api      bool   // sends to the API's port, where there is a choice
	command  func(t *testing.T) *exec.Cmd

	said      bool   // the application adds attributes, an event and a link of its own
	database  string // name of the SQL subsegment
	query     string // text of the query as the SDK records it
	charge    string // name of the span that fails
	exception string // type of the exception of /fail
	hidden    bool   // spans without a status stand between the failed server and the failed charge
}

var otelLanguages = []otelLanguage{
	{
		name: "go", sdk: "opentelemetry for go", protocol: "grpc", command: otelGoApp,
		said: true, database: "orders", query: "SELECT 1 + 1",
		charge: "charge", exception: "*errors.errorString",
	},
	{
		name: "node", sdk: "opentelemetry for nodejs", protocol: "http/json", command: otelNodeApp,
		said: true, database: "postgres@127.0.0.1", query: "SELECT 1 + 1",
		charge: "charge", exception: "Error",
		// Those of the router.
		hidden: true,
	},
	{
		name: "python", sdk: "opentelemetry for python", protocol: "http/protobuf", api: true, command: otelPythonApp,
		said: true, database: "sqlite", query: "SELECT 1 + 1",
		charge: "charge", exception: "ValueError",
	},
	{
		name: "java", sdk: "opentelemetry for java", protocol: "http/protobuf",
		command:  func(t *testing.T) *exec.Cmd { return otelJavaApp(t, "opentelemetry-javaagent.jar") },
		database: "orders", query: "SELECT ? + ?",
		charge: "App.charge", exception: "java.lang.IllegalStateException",
	},
	{
		// AWS's distribution of the agent, which makes trace ids with a time.
		name: "adot", sdk: "opentelemetry for java", protocol: "grpc",
		command:  func(t *testing.T) *exec.Cmd { return otelJavaApp(t, "aws-opentelemetry-agent.jar") },
		database: "orders", query: "SELECT ? + ?",
		charge: "App.charge", exception: "java.lang.IllegalStateException",
	},
}

func otelGoApp(t *testing.T) *exec.Cmd { return exec.Command(prepared(t, "otel", "go", "app")) }

func otelNodeApp(t *testing.T) *exec.Cmd {
	cmd := exec.Command("node", "--require", source(t, "otel", "node", "tracing.js"), source(t, "otel", "node", "app.js"))
	cmd.Env = []string{
		"NODE_PATH=" + prepared(t, "otel", "node", "node_modules"),
		"OTEL_NODE_RESOURCE_DETECTORS=env,host,os,process", // the others ask clouds who they are
	}
	return cmd
}

func otelPythonApp(t *testing.T) *exec.Cmd {
	return exec.Command(prepared(t, "otel", "python", "bin", "opentelemetry-instrument"),
		prepared(t, "otel", "python", "bin", "python"), source(t, "otel", "python", "app.py"))
}

// otelJavaApp runs the application, in which nothing is of tracing, with an agent.
func otelJavaApp(t *testing.T, agent string) *exec.Cmd {
	classes := prepared(t, "otel", "java", "target", "classes")
	lib := prepared(t, "otel", "java", "target", "lib")
	cmd := exec.Command("java", "-XX:TieredStopAtLevel=1", "-Xmx256m",
		"-javaagent:"+prepared(t, "otel", "java", "target", "agents", agent),
		"-cp", classes+string(os.PathListSeparator)+filepath.Join(lib, "*"), "radiograph.App")
	cmd.Env = []string{"OTEL_INSTRUMENTATION_METHODS_INCLUDE=radiograph.App[charge]"}
	return cmd
}

// otelApp is a running application with OpenTelemetry.
type otelApp struct {
	otelLanguage
	service string
	url     string
}

// startOTelApp starts the language's application under a service name, sending its
// spans into a way, and waits until it accepts connections.
func startOTelApp(t *testing.T, l otelLanguage, service string, w way, dynamo *httptest.Server) otelApp {
	t.Helper()
	return otelApp{otelLanguage: l, service: service, url: startProgram(t, service, l.command(t), dynamo,
		"OTEL_SERVICE_NAME="+service,
		"OTEL_TRACES_EXPORTER=otlp", "OTEL_METRICS_EXPORTER=none", "OTEL_LOGS_EXPORTER=none",
		"OTEL_EXPORTER_OTLP_PROTOCOL="+l.protocol,
		"OTEL_EXPORTER_OTLP_ENDPOINT="+w.otlp(l),
		"OTEL_PROPAGATORS=tracecontext,xray",
		"OTEL_BSP_SCHEDULE_DELAY=200")} // milliseconds
}
