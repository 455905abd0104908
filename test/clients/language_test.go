//go:build e2e

package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// language is one X-Ray SDK with its application, and what is particular to it.
type language struct {
	name    string
	sdk     string // aws.xray.sdk of its segments
	command func(t *testing.T) *exec.Cmd

	database  string // name of the SQL subsegment
	query     bool   // the SDK records the text of queries
	dynamo    nodeKey
	exception string // type of the exception of /fail
	status    int    // HTTP status that the SDK records for /fail
}

// nodeKey identifies a node of a service graph.
type nodeKey struct{ Name, Type string }

var table = nodeKey{Name: "carts", Type: "AWS::DynamoDB::Table"}

var languages = []language{
	{
		name: "go", sdk: "X-Ray for Go", command: goApp,
		database: "Unknown", query: true,
		// The Go SDK does not record the table's name.
		dynamo:    nodeKey{Name: "DynamoDB", Type: "AWS::DynamoDB"},
		exception: "errors.errorString", status: 500,
	},
	{
		name: "node", sdk: "X-Ray for Node.js", command: nodeApp,
		database: "orders@db.internal", query: true, dynamo: table,
		exception: "Error", status: 500,
	},
	{
		name: "python", sdk: "X-Ray for Python", command: pythonApp,
		// The Python SDK does not record the text of SQLite queries.
		database: "orders.db", dynamo: table,
		exception: "ValueError", status: 500,
	},
	{
		name: "java", sdk: "X-Ray for Java", command: javaApp,
		database: "ORDERS", query: true, dynamo: table,
		// The servlet filter reads the status before the container has set it.
		exception: "java.lang.IllegalStateException", status: 200,
	},
}

func goApp(t *testing.T) *exec.Cmd { return exec.Command(prepared(t, "go", "app")) }

func nodeApp(t *testing.T) *exec.Cmd {
	cmd := exec.Command("node", source(t, "node", "app.js"))
	cmd.Env = []string{"NODE_PATH=" + prepared(t, "node", "node_modules")}
	return cmd
}

func pythonApp(t *testing.T) *exec.Cmd {
	return exec.Command(prepared(t, "python", "bin", "python"), source(t, "python", "app.py"))
}

func javaApp(t *testing.T) *exec.Cmd {
	classes := prepared(t, "java", "target", "classes")
	lib := prepared(t, "java", "target", "lib")
	cmd := exec.Command("java", "-XX:TieredStopAtLevel=1", "-Xmx256m",
		"-cp", classes+string(os.PathListSeparator)+filepath.Join(lib, "*"), "radiograph.App")
	cmd.Env = []string{"AWS_XRAY_COLLECT_SQL_QUERIES=true"}
	return cmd
}

// prepared returns the path of something that the prepare script has made.
func prepared(t *testing.T, elem ...string) string {
	t.Helper()
	dir := os.Getenv("RADIOGRAPH_CLIENTS")
	if dir == "" {
		t.Fatal("RADIOGRAPH_CLIENTS does not name the prepared applications; run make e2e")
	}
	path := filepath.Join(append([]string{dir}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v; run test/clients/prepare %s", err, dir)
	}
	return path
}

// source returns the absolute path of a file of the applications.
func source(t *testing.T, elem ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(append([]string{"apps"}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// environment returns the variables that every client program gets: nothing of
// AWS or of a proxy comes from the machine that runs the test.
func environment(t *testing.T, more ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "AWS_") && !strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			env = append(env, v)
		}
	}
	return append(append(env,
		"HOME="+t.TempDir(),
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER="), more...)
}
