//go:build e2e

package story

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/radiograph/radiograph/test/cluster/image"
)

// client returns the path of a program among the clients that test/clients/prepare has made.
func client(name string) string {
	return filepath.Join(os.Getenv("RADIOGRAPH_CLIENTS"), "python", "bin", name)
}

// netcat is nc -u -w1 HOST PORT. What comes through the pipe is one datagram, however the shell
// writes it.
const netcat = `
import socket, sys
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(sys.stdin.buffer.read(), (sys.argv[3], int(sys.argv[4])))
`

// awsImage has the aws command, a shell and nc.
func awsImage(ctx context.Context) (v1.Image, error) {
	out, err := exec.CommandContext(ctx, client("python"), "-c", "import sysconfig; print(sysconfig.get_path('stdlib')); print(sysconfig.get_path('purelib'))").Output()
	if err != nil {
		return nil, fmt.Errorf("ask Python for its libraries: %w", err)
	}
	paths := []string{client("python"), client("aws"), filepath.Join(filepath.Dir(client("")), "pyvenv.cfg"), "/bin/bash", "/bin/date"}
	for dir := range strings.FieldsSeq(string(out)) {
		files, err := pythonFiles(dir)
		if err != nil {
			return nil, err
		}
		paths = append(paths, files...)
	}
	const wait = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit()); signal.pause()"
	return image.FromHost(paths, image.Spec{
		Files: append(directories("/tmp"),
			image.File{Path: "/usr/bin/aws", Mode: fs.ModeSymlink | 0o777, Link: client("aws")},
			image.File{Path: "/usr/bin/nc", Mode: 0o755, Content: []byte("#!" + client("python") + netcat)}),
		Entrypoint: []string{client("python"), "-c", wait},
	})
}

// pythonFiles are those of a directory of Python's libraries that the aws command needs.
func pythonFiles(dir string) ([]string, error) {
	unused := []string{"__pycache__", "site-packages", "test", "idlelib", "tkinter", "ensurepip", "pip", "setuptools", "examples"}
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			files = append(files, path)
		case path == dir:
		case slices.Contains(unused, entry.Name()), strings.HasPrefix(entry.Name(), "config-"):
			return fs.SkipDir
		}
		return nil
	})
	return files, err
}

// shell makes a pod in which commands can be typed, as a service account, until the walkthrough
// is over. More of its container is lines that are indented by six spaces, and more of its spec
// by two.
func (w *walkthrough) shell(t *testing.T, ns, name, account, container, spec string) {
	t.Helper()
	apply(t, fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: {name: %s, namespace: %s}
spec:
  serviceAccountName: %s
  terminationGracePeriodSeconds: 5
  containers:
    - name: shell
      image: radiograph/aws-cli:latest
      imagePullPolicy: IfNotPresent
%s%s`, name, ns, account, container, spec))
	w.whole.Cleanup(func() { remove(w.whole, "pod", name, "-n", ns, "--wait=false") })
	wait(t, `{.status.conditions[?(@.type=="Ready")].status}`, "True", "pod", name, "-n", ns)
}
