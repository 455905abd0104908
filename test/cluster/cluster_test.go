package cluster

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	stat := "42 (a) b ( c) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1 2"
	start, state, err := parseStat([]byte(stat))
	if err != nil || start != 123456 || state != 'S' {
		t.Errorf("got start %d, state %c, error %v", start, state, err)
	}
	for _, bad := range []string{"", "42 (a", "42 (a) S 1 2", "42 (a) S" + strings.Repeat(" x", 30)} {
		if _, _, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}

func FuzzParseProc(f *testing.F) {
	f.Add("42 (a) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1 2")
	f.Add(`36 35 98:0 /mnt1 /mnt2\040x rw,noatime master:1 - ext3 /dev/root rw`)
	f.Add("containerd-shim-runc-v2\x00-address\x00/x")
	f.Add("4:memory:/kubepods/pod1/id")
	f.Fuzz(func(_ *testing.T, text string) { // anything but a panic
		_, _, _ = parseStat([]byte(text))
		_ = parseMounts([]byte(text), "/mnt2")
		_ = isShim([]byte(text), "/x")
		_, _, _ = parseHostPortChains([]byte(text))
		_ = inContainer([]byte(text), map[string]bool{"id": true})
	})
}

func TestProcessID(t *testing.T) {
	cmd := exec.Command("sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waited := make(chan error, 1)
	go func() { waited <- cmd.Wait() }()
	id, err := identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if !id.alive() {
		t.Error("a running process is not alive")
	}
	for what, other := range map[string]processID{
		"another start":   {PID: id.PID, Start: id.Start + 1, Program: id.Program},
		"another program": {PID: id.PID, Start: id.Start, Program: "etcd"},
		"no process":      {},
	} {
		if other.alive() {
			t.Errorf("%s: alive", what)
		}
		if err := other.stop(t.Context(), time.Minute); err != nil {
			t.Errorf("%s: stop: %v", what, err)
		}
	}
	if !id.alive() {
		t.Fatal("stopping another process has ended this one")
	}
	if err := id.stop(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err == nil {
		t.Error("it ended by itself")
	}
	if id.alive() {
		t.Error("a stopped process is alive")
	}
}

func TestProcessIDKillsWhatDoesNotListen(t *testing.T) {
	cmd := exec.Command("sh", "-c", `trap "" TERM; echo; while :; do sleep 600; done`)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // the trap is set
		t.Fatal(err)
	}
	waited := make(chan error, 1)
	go func() { waited <- cmd.Wait() }()
	id, err := identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := id.stop(t.Context(), 10*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err == nil {
		t.Error("it was not killed")
	}
}

func TestRecord(t *testing.T) {
	dir := t.TempDir()
	if r, err := load(dir); r != nil || err != nil {
		t.Fatalf("without a record: %v, %v", r, err)
	}
	self, err := identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	r := &record{Boot: bootID(), Dir: "/somewhere", Owner: &self}
	r.put(startedProcess{Name: etcd, ID: processID{PID: 1 << 30}})
	r.put(startedProcess{Name: etcd, Path: "/etcd", ID: processID{PID: 1 << 30}})
	if err := r.save(dir); err != nil {
		t.Fatal(err)
	}
	got, err := load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Processes) != 1 || got.process(etcd).Path != "/etcd" {
		t.Errorf("processes are %+v", got.Processes)
	}
	if !got.runs() {
		t.Error("a cluster whose owner lives does not run")
	}
	got.Boot = "another"
	if got.runs() {
		t.Error("a cluster of another boot runs")
	}
	got.Boot, got.Owner = bootID(), nil
	if got.runs() {
		t.Error("a detached cluster without a living program runs")
	}
	for _, bad := range []string{"", "{", `{"dir":"relative"}`} {
		if err := os.WriteFile(recordPath(dir), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := load(dir); err == nil {
			t.Errorf("record %q is no error", bad)
		}
	}
}

func TestLockMachine(t *testing.T) {
	dir := t.TempDir()
	m, err := lockMachine(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockMachine(dir); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("second lock: %v", err)
	}
	if err := m.unlock(); err != nil {
		t.Fatal(err)
	}
	m, err = lockMachine(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestParseMounts(t *testing.T) {
	info := `22 1 0:1 / / rw - ext4 /dev/x rw
23 22 0:2 / /state/a rw - tmpfs tmpfs rw
24 23 0:3 / /state/a\040b rw shared:1 - tmpfs tmpfs rw
25 22 0:4 / /state rw - tmpfs tmpfs rw
26 22 0:5 / /stateless rw - tmpfs tmpfs rw
short line
`
	got := parseMounts([]byte(info), "/state")
	if want := []string{"/state/a", "/state/a b", "/state"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseHostPortChains(t *testing.T) {
	chains, jumps, err := parseHostPortChains([]byte(`{"nftables": [
		{"metainfo": {"version": "1"}},
		{"chain": {"name": "PREROUTING"}}, {"chain": {"name": "CNI-HOSTPORT-DNAT"}},
		{"rule": {"chain": "PREROUTING", "handle": 7, "expr": [{"jump": {"target": "CNI-HOSTPORT-DNAT"}}]}},
		{"rule": {"chain": "PREROUTING", "handle": 8, "expr": [{"jump": {"target": "DOCKER"}}]}},
		{"rule": {"chain": "CNI-HOSTPORT-DNAT", "handle": 9, "expr": [{"jump": {"target": "CNI-HOSTPORT-SETMARK"}}]}}
	]}`))
	if err != nil || !slices.Equal(chains, []string{"CNI-HOSTPORT-DNAT"}) || len(jumps) != 1 || jumps[0].Handle != 7 {
		t.Errorf("got chains %q, jumps %+v, error %v", chains, jumps, err)
	}
	if _, _, err := parseHostPortChains([]byte("nft: no")); err == nil {
		t.Error("text is no error")
	}
}

func TestIsShim(t *testing.T) {
	for line, want := range map[string]bool{
		"/usr/bin/containerd-shim-runc-v2\x00-namespace\x00k8s.io\x00-address\x00/s\x00": true,
		"/usr/bin/containerd-shim-runc-v2\x00-address\x00/other\x00":                     false,
		"/usr/bin/containerd-shim-runc-v2\x00-address":                                   false,
		"cat\x00-address\x00/s\x00":                                                      false,
		"":                                                                               false,
	} {
		if got := isShim([]byte(line), "/s"); got != want {
			t.Errorf("%q: %t", line, got)
		}
	}
}

func TestInContainer(t *testing.T) {
	groups := "5:memory:/kubepods/burstable/pod1/abc\n0::/x\n"
	if !inContainer([]byte(groups), map[string]bool{"abc": true}) {
		t.Error("not found")
	}
	if inContainer([]byte(groups), map[string]bool{"ab": true, "": false}) {
		t.Error("found in another")
	}
}

func TestCredentials(t *testing.T) {
	c := &Cluster{record: &record{Dir: t.TempDir(), Address: "10.85.0.1:1234"}}
	if err := c.writeCredentials(); err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(c.path("pki/ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	for file, name := range map[string]string{"apiserver": "kubernetes.default.svc", "kubelet-server": nodeIP} {
		pair, err := tls.LoadX509KeyPair(c.path("pki/"+file+".crt"), c.path("pki/"+file+".key"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: name}); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	text, err := os.ReadFile(c.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte("https://10.85.0.1:1234")) {
		t.Errorf("kubeconfig is %s", text)
	}
	info, err := os.Stat(c.path("pki/sa.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key has mode %v, error %v", info.Mode(), err)
	}
	if err := c.connect(); err != nil {
		t.Error(err)
	}
}

func TestConfigurationsAreJSON(t *testing.T) {
	kubelet, errKubelet := kubeletConfig("/d", 1)
	proxy, errProxy := kubeProxyConfig("/d")
	cni, errCNI := cniConfig("/d")
	if err := errors.Join(errKubelet, errProxy, errCNI); err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{kubelet, proxy, cni} {
		if !json.Valid(text) {
			t.Errorf("not JSON: %s", text)
		}
	}
	if text := containerdConfig("/d", "pause"); !bytes.Contains(text, []byte(`address = "/d/containerd/containerd.sock"`)) {
		t.Errorf("containerd's configuration is %s", text)
	}
}

func TestAPIServerArgs(t *testing.T) {
	args, err := apiServerArgs("/d", "10.85.0.1:6443", "127.0.0.1:2379", "https://issuer")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"--bind-address=10.85.0.1", "--secure-port=6443", "--service-account-issuer=https://issuer",
		"--api-audiences=https://issuer,sts.amazonaws.com,pods.eks.amazonaws.com",
	} {
		if !slices.Contains(args, want) {
			t.Errorf("%s is not in %q", want, args)
		}
	}
	if _, err := apiServerArgs("/d", "no port", "", ""); err == nil {
		t.Error("an address without a port is no error")
	}
}

func TestKubernetesStamp(t *testing.T) {
	stamp := kubernetesStamp("v1.34.4")
	for _, want := range []string{"version.gitVersion=v1.34.4", "version.gitMajor=1", "version.gitMinor=34"} {
		if !strings.Contains(stamp, want) {
			t.Errorf("%s is not in %s", want, stamp)
		}
	}
}

func TestPartsHaveVersions(t *testing.T) {
	for _, part := range Parts() {
		version, err := part.Version(t.Context())
		if err != nil || !strings.HasPrefix(version, "v") {
			t.Errorf("%s: version %q, error %v", part.Name, version, err)
		}
	}
}

func TestTail(t *testing.T) {
	var long strings.Builder
	for i := range 2000 {
		long.WriteString("line " + strconv.Itoa(i) + "\n")
	}
	got, err := tail(strings.NewReader(long.String()))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(got, "\n")
	if len(lines) != tailLines || lines[len(lines)-1] != "line 1999" {
		t.Errorf("got %q", lines)
	}
	if got, err := tail(strings.NewReader("one\ntwo\n")); err != nil || got != "one\ntwo" {
		t.Errorf("got %q, error %v", got, err)
	}
}

func TestEmptyDir(t *testing.T) {
	dir := t.TempDir()
	if _, err := emptyDir(filepath.Join(dir, "new")); err != nil {
		t.Error(err)
	}
	if _, err := emptyDir(dir); err == nil {
		t.Error("a directory that holds something is no error")
	}
	if _, err := emptyDir(filepath.Join(dir, strings.Repeat("x", maxSocketPath))); err == nil {
		t.Error("a directory whose path is too long for sockets is no error")
	}
}

func TestRemoveLinks(t *testing.T) {
	dir := t.TempDir()
	for name, target := range map[string]string{"ours": "/state/pod/0.log", "other": "/stateless/0.log"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := removeLinks(dir, "/state"); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "other" {
		t.Errorf("left %v, error %v", entries, err)
	}
}

func TestFreePort(t *testing.T) {
	port, err := freePort(t.Context(), "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
}
