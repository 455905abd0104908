package cluster

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/mod/modfile"
)

const modulePath = "github.com/radiograph/radiograph/test/cluster"

// Part is a set of programs that one small module under parts/ builds. The module pins
// the version; its go.mod and go.sum say what the programs are made of.
type Part struct {
	Name     string   // directory under parts/
	Module   string   // whose version is the part's; empty for a program of our own
	Packages []string // main packages
	stamp    func(version string) string
}

// The parts a cluster is made of, and those that tests install into it.
var (
	Kubernetes = Part{
		Name:   "kubernetes",
		Module: "k8s.io/kubernetes",
		Packages: []string{
			"k8s.io/kubernetes/cmd/kube-apiserver", "k8s.io/kubernetes/cmd/kube-controller-manager",
			"k8s.io/kubernetes/cmd/kube-scheduler", "k8s.io/kubernetes/cmd/kubelet",
			"k8s.io/kubernetes/cmd/kube-proxy", "k8s.io/kubernetes/cmd/kubectl",
		},
		stamp: kubernetesStamp,
	}
	CoreDNS     = Part{Name: "coredns", Module: "github.com/coredns/coredns", Packages: []string{"github.com/coredns/coredns"}}
	Pause       = Part{Name: "pause", Packages: []string{"."}}
	Probe       = Part{Name: "probe", Packages: []string{"."}}
	Helm        = Part{Name: "helm", Module: "helm.sh/helm/v3", Packages: []string{"helm.sh/helm/v3/cmd/helm"}}
	VersityGW   = Part{Name: "versitygw", Module: "github.com/versity/versitygw", Packages: []string{"github.com/versity/versitygw/cmd/versitygw"}}
	CertManager = Part{
		Name:     "certmanager",
		Module:   "github.com/cert-manager/cert-manager",
		Packages: []string{"./controller", "./webhook", "./cainjector"},
	}
)

// Parts returns all parts.
func Parts() []Part {
	return []Part{Kubernetes, CoreDNS, Pause, Probe, Helm, VersityGW, CertManager}
}

// kubernetesStamp sets the version that the programs report. Without it clients cannot
// parse the server's version.
func kubernetesStamp(version string) string {
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	var flags strings.Builder
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		fmt.Fprintf(&flags, " -X %[1]s.gitVersion=%[2]s -X %[1]s.gitMajor=%[3]s -X %[1]s.gitMinor=%[4]s", pkg, version, major, minor)
	}
	return flags.String()
}

// CacheDir is where built parts are kept: radiograph/cluster under XDG_CACHE_HOME or
// ~/.cache.
func CacheDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache directory: %w", err)
	}
	return filepath.Join(cache, "radiograph", "cluster"), nil
}

// Build returns the directory with the part's programs, each under the last element of
// its package's path. It builds them when the cache does not hold the part at this
// version; progress is told on w. Processes that build the same part wait for each other.
func (p Part) Build(ctx context.Context, w io.Writer) (string, error) {
	source, err := p.source(ctx)
	if err != nil {
		return "", err
	}
	version, err := p.Version(ctx)
	if err != nil {
		return "", err
	}
	hash, err := hashDir(source)
	if err != nil {
		return "", fmt.Errorf("build %s: %w", p.Name, err)
	}
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	target := filepath.Join(cache, p.Name, version+"-"+runtime.GOARCH+"-"+hash[:12])
	if isDir(target) {
		return target, nil
	}
	unlock, err := lockFile(target+".lock", func() { say(w, "waiting for another process, which builds %s", p.Name) })
	if err != nil {
		return "", fmt.Errorf("build %s: %w", p.Name, err)
	}
	defer unlock()
	if isDir(target) { // another process has built it meanwhile
		return target, nil
	}
	if err := p.build(ctx, w, source, version, target); err != nil {
		return "", fmt.Errorf("build %s %s: %w", p.Name, version, err)
	}
	return target, nil
}

func (p Part) build(ctx context.Context, w io.Writer, source, version, target string) error {
	fresh := target + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.MkdirAll(fresh, 0o750); err != nil {
		return err
	}
	started := time.Now()
	say(w, "building %s %s, once; it is kept in %s", p.Name, version, target)
	ldflags := "-s -w"
	if p.stamp != nil {
		ldflags += p.stamp(version)
	}
	args := append([]string{"build", "-p", "2", "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o", fresh + "/"}, p.Packages...)
	//nolint:gosec // the arguments are the harness's own
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-trimpath -buildvcs=false")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w\n%s", err, output.Bytes())
	}
	say(w, "built %s in %s", p.Name, time.Since(started).Round(time.Second))
	return os.Rename(fresh, target)
}

// Version returns the version that the part's module pins, "v0" for a program of our
// own.
func (p Part) Version(ctx context.Context) (string, error) {
	if p.Module == "" {
		return "v0", nil
	}
	source, err := p.source(ctx)
	if err != nil {
		return "", err
	}
	path := filepath.Join(source, "go.mod")
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the version of %s: %w", p.Name, err)
	}
	file, err := modfile.ParseLax(path, text, nil)
	if err != nil {
		return "", fmt.Errorf("read the version of %s: %w", p.Name, err)
	}
	for _, r := range file.Require {
		if r.Mod.Path == p.Module {
			return r.Mod.Version, nil
		}
	}
	return "", fmt.Errorf("read the version of %s: %s does not require %s", p.Name, path, p.Module)
}

// ModuleDir returns the directory of the part's module in the module cache, for the
// files that come with it.
func (p Part) ModuleDir(ctx context.Context) (string, error) {
	source, err := p.source(ctx)
	if err != nil {
		return "", err
	}
	// The download also makes sure that the module is there when the programs came
	// from the cache.
	if _, err := goCommand(ctx, source, "mod", "download", p.Module); err != nil {
		return "", err
	}
	return goCommand(ctx, source, "list", "-m", "-f", "{{.Dir}}", p.Module)
}

func (p Part) source(ctx context.Context) (string, error) {
	dir, err := sourceDir(ctx)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "parts", p.Name), nil
}

// sourceDir asks the go command where this module is, because a binary that was built
// with -trimpath does not know, and the parts, modules of their own, cannot be embedded.
func sourceDir(ctx context.Context) (string, error) {
	dir, err := goCommand(ctx, "", "list", "-m", "-f", "{{.Dir}}", modulePath)
	if err != nil {
		return "", fmt.Errorf("find the source of the cluster's parts: %w", err)
	}
	if dir == "" {
		return "", fmt.Errorf("find the source of the cluster's parts: run inside a module that requires %s", modulePath)
	}
	return dir, nil
}

func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	//nolint:gosec // the arguments are the harness's own
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	return output(cmd)
}

// output runs the command and returns what it printed, without the last line end. Its
// error carries what the command wrote to standard error.
func output(cmd *exec.Cmd) (string, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// hashDir hashes the names and the contents of a directory's files.
func hashDir(dir string) (string, error) {
	hash := sha256.New()
	root := os.DirFS(dir)
	err := walkFiles(root, func(name string, content []byte) {
		fmt.Fprintf(hash, "%s %d\n", name, len(content))
		hash.Write(content)
	})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// lockFile waits until the file is locked and returns the function that unlocks it. It
// calls waiting when it must wait for another process.
func lockFile(path string, waiting func()) (func(), error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_EX | syscall.LOCK_NB
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			waiting()
			how = syscall.LOCK_EX
			continue
		}
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = f.Close() }, nil
}
