//go:build e2e

package e2e

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

const (
	database  = "sample"
	role      = "sample"
	accessKey = "sample-access"
	secretKey = "sample-secret"
)

// command returns a program with variables on top of this process's environment,
// without those that would point the SDKs elsewhere.
func command(program string, env []string, args ...string) *exec.Cmd {
	//nolint:noctx // start and run see to the end of it
	cmd := exec.Command(program, args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// build compiles the programs of the application, and the storage, into a directory.
func build(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	for dir, packages := range map[string]string{"..": "./cmd/...", "../tools": "github.com/versity/versitygw/cmd/versitygw"} {
		cmd := command("go", []string{"CGO_ENABLED=0", "GOFLAGS=-trimpath", "GOWORK=off"}, "build", "-ldflags", "-s -w", "-o", bin+"/", packages)
		cmd.Dir = dir
		run(t, cmd)
	}
	return bin
}

// startRadiograph returns the base address of the API and the daemon's address.
func startRadiograph(t *testing.T) (api, daemon string) {
	t.Helper()
	binary := os.Getenv("RADIOGRAPH_BIN")
	if binary == "" {
		t.Fatal("RADIOGRAPH_BIN does not name the radiograph binary")
	}
	http, daemon := address(t), address(t)
	start(t, "radiograph", command(binary, nil, "up", "--data", t.TempDir(), "--http", http, "--daemon", daemon, "--otlp-grpc=", "--otlp-http="))
	api = "http://" + http
	eventually(t, "radiograph ready", func() error { return answers(t, api+"/readyz") })
	return api, daemon
}

// startPostgreSQL starts an empty database and returns its URL.
func startPostgreSQL(t *testing.T) string {
	t.Helper()
	bin, listen := postgresBin(t), address(t)
	// The server refuses to run as root, and the user it runs as instead has to reach
	// its directory: the directories of t.TempDir are for this process's user alone.
	dir, err := os.MkdirTemp("", "sample-postgres") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	var as *syscall.Credential
	if os.Geteuid() == 0 {
		as = &syscall.Credential{Uid: 65534, Gid: 65534}
		if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(dir, "data")
	program := func(name string, args ...string) *exec.Cmd {
		cmd := command(filepath.Join(bin, name), nil, args...)
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
		return cmd
	}
	run(t, program("initdb", "--pgdata", data, "--username", role, "--auth", "trust", "--encoding", "UTF8", "--locale", "C"))
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		t.Fatal(err)
	}
	start(t, "postgres", program("postgres", "-D", data, "-h", host, "-p", port, "-k", dir, "-c", "fsync=off"))
	server := "postgres://" + role + "@" + listen
	eventually(t, "database created", func() error {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, server+"/postgres?sslmode=disable")
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, "CREATE DATABASE "+database)
		return err
	})
	return server + "/" + database + "?sslmode=disable"
}

// postgresBin returns the directory of the server's programs.
func postgresBin(t *testing.T) string {
	t.Helper()
	var dirs []string
	if out, err := exec.CommandContext(t.Context(), "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	installed, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range append(dirs, installed...) {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir
		}
	}
	t.Fatal("the programs of a PostgreSQL server are not installed")
	return ""
}

// startStorage starts the S3-compatible server and returns its endpoint.
func startStorage(t *testing.T, bin string) string {
	t.Helper()
	listen := address(t)
	objects, metadata := t.TempDir(), t.TempDir()
	start(t, "versitygw", command(filepath.Join(bin, "versitygw"), []string{"ROOT_ACCESS_KEY=" + accessKey, "ROOT_SECRET_KEY=" + secretKey},
		"--port", listen, "--health", "/healthz", "posix", "--sidecar", metadata, objects))
	eventually(t, "storage ready", func() error { return answers(t, "http://"+listen+"/healthz") })
	return "http://" + listen
}

// startApplication starts both services and returns the front-end's base address.
func startApplication(t *testing.T, bin, daemon, database, storage string) string {
	t.Helper()
	datastore, frontend := address(t), address(t)
	start(t, "datastore", command(filepath.Join(bin, "await"), []string{
		"LISTEN=" + datastore, "DATABASE_URL=" + database, "AWS_XRAY_DAEMON_ADDRESS=" + daemon,
	}, filepath.Join(bin, "datastore")))
	start(t, "frontend", command(filepath.Join(bin, "await"), []string{
		"LISTEN=" + frontend, "DATASTORE_URL=http://" + datastore, "AWS_XRAY_DAEMON_ADDRESS=" + daemon,
		"AWS_ENDPOINT_URL_S3=" + storage, "S3_PATH_STYLE=true", "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey,
	}, filepath.Join(bin, "frontend")))
	eventually(t, "datastore ready", func() error { return answers(t, "http://"+datastore+"/healthz") })
	eventually(t, "frontend ready", func() error { return answers(t, "http://"+frontend+"/readyz") })
	return "http://" + frontend
}

// runNewman runs the collection a number of times. It fails when an assertion does.
func runNewman(t *testing.T, baseURL, iterations string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../postman")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"npm", "ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"},
		{"npx", "--no-install", "newman", "run", "radiograph-sample.postman_collection.json", "--env-var", "baseUrl=" + baseURL, "--iteration-count", iterations, "--color", "off"},
	} {
		cmd := command(args[0], nil, args[1:]...)
		cmd.Dir = dir
		out := run(t, cmd)
		t.Log(out[max(0, len(out)-2000):])
	}
}
