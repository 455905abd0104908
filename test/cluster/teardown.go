package cluster

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Places outside the cluster's directory where its programs leave things. None of them
// can be configured.
const (
	cniCache      = "/var/lib/cni/results"
	containerLogs = "/var/log/containers"
	cgroupRoot    = "/sys/fs/cgroup"
	shimProgram   = "containerd-shim-runc-v2"
)

// takeDown does all it can and returns what failed. The record goes last, and only when
// nothing failed, so that it can be done again.
func (c *Cluster) takeDown(ctx context.Context) error {
	dir := c.record.Dir
	var failed []error
	if c.record.Boot == bootID() {
		// First those that would start things again.
		failed = append(failed,
			c.stop(ctx, kubelet, kubeProxy, scheduler, controllerManager),
			c.stopContainers(ctx),
			releasePorts(ctx),
			c.stop(ctx, containerd, apiServer, etcd),
			unmountBelow(dir),
			removeBridge(ctx),
			removeTables(ctx),
			writeSysctls(c.record.Sysctls),
			removeCgroups(),
		)
		if c.record.Forward {
			failed = append(failed, changeForwardRules(ctx, "-D"))
		}
		if !c.record.HostPorts {
			failed = append(failed, removeHostPortChains(ctx))
		}
	}
	failed = append(failed, removeLinks(containerLogs, dir))
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if err := removeDir(dir); err != nil {
		return err
	}
	return forget(c.runDir)
}

// stop ends the programs of these names, one after the other.
func (c *Cluster) stop(ctx context.Context, names ...string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var failed []error
	for _, name := range names {
		if p := c.record.process(name); p != nil {
			failed = append(failed, p.ID.stop(ctx, stopGrace))
		}
	}
	return errors.Join(failed...)
}

// stopContainers ends the processes of all containers and then their shims, which
// containerd leaves running on purpose. It needs no running containerd.
func (c *Cluster) stopContainers(ctx context.Context) error {
	bundles, err := os.ReadDir(c.path("containerd/state/io.containerd.runtime.v2.task/k8s.io"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("find containers: %w", err)
	}
	ids := map[string]bool{}
	for _, b := range bundles {
		ids[b.Name()] = true
	}
	ended, err := containerProcesses(ids)
	if err != nil {
		return err
	}
	shims, err := shimsOf(containerdSocket(c.record.Dir))
	if err != nil {
		return err
	}
	var failed []error
	for _, p := range slices.Concat(ended, shims) {
		failed = append(failed, p.signal(syscall.SIGKILL))
	}
	for _, p := range slices.Concat(ended, shims) {
		failed = append(failed, p.gone(ctx))
	}
	for id := range ids {
		failed = append(failed, removeShimSocket(c.path("containerd/state/io.containerd.runtime.v2.task/k8s.io/"+id+"/address")))
		// The loopback interface of a pod is a network of its own, whose name is not ours.
		failed = append(failed, removeMatching(filepath.Join(cniCache, "cni-loopback-"+id+"-*")))
	}
	return errors.Join(failed...)
}

func removeMatching(pattern string) error {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return fmt.Errorf("find %s: %w", pattern, err)
	}
	var failed []error
	for _, path := range paths {
		failed = append(failed, os.Remove(path))
	}
	return errors.Join(failed...)
}

// removeShimSocket removes the socket that a shim's bundle names. It lies in a directory
// that all containerds share.
func removeShimSocket(addressFile string) error {
	address, err := os.ReadFile(addressFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove a shim's socket: %w", err)
	}
	path := strings.TrimPrefix(strings.TrimSpace(string(address)), "unix://")
	if !filepath.IsAbs(path) || filepath.Dir(path) != "/run/containerd/s" {
		return nil
	}
	//nolint:gosec // the path was checked to be in the directory of shims' sockets
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a shim's socket: %w", err)
	}
	return nil
}

// processes returns the ids of all processes.
func processes() ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// containerProcesses returns the processes in the cgroups of the containers: the kubelet
// names a container's cgroup after it.
func containerProcesses(ids map[string]bool) ([]processID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	pids, err := processes()
	if err != nil {
		return nil, err
	}
	var found []processID
	for _, pid := range pids {
		groups, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cgroup"))
		if err != nil || !inContainer(groups, ids) {
			continue // it has ended, or is another's
		}
		if p, err := identify(pid); err == nil {
			found = append(found, p)
		}
	}
	return found, nil
}

// inContainer says whether /proc/PID/cgroup names the cgroup of one of the containers.
func inContainer(groups []byte, ids map[string]bool) bool {
	for line := range bytes.Lines(groups) {
		// hierarchy:controllers:path
		if fields := strings.SplitN(strings.TrimSpace(string(line)), ":", 3); len(fields) == 3 {
			for element := range strings.SplitSeq(fields[2], "/") {
				if ids[element] {
					return true
				}
			}
		}
	}
	return false
}

// shimsOf returns the shims that the containerd of this socket has started. Their
// arguments name the socket, which no other containerd has.
func shimsOf(socket string) ([]processID, error) {
	pids, err := processes()
	if err != nil {
		return nil, err
	}
	var found []processID
	for _, pid := range pids {
		line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
		if err != nil || !isShim(line, socket) {
			continue
		}
		if p, err := identify(pid); err == nil && p.Program == shimProgram {
			found = append(found, p)
		}
	}
	return found, nil
}

// isShim reads /proc/PID/cmdline, whose arguments end with zero bytes.
func isShim(cmdline []byte, socket string) bool {
	args := strings.Split(string(cmdline), "\x00")
	at := slices.Index(args, "-address")
	return filepath.Base(args[0]) == shimProgram && at >= 0 && at+1 < len(args) && args[at+1] == socket
}

// releasePorts undoes what CNI plugins did for pods that were not taken down in order:
// the rules of host ports, which outlive the pods' network namespaces. libcni keeps what
// the plugins need to know in files named after the network.
func releasePorts(ctx context.Context) error {
	entries, err := filepath.Glob(filepath.Join(cniCache, network+"-*"))
	if err != nil {
		return fmt.Errorf("find CNI results: %w", err)
	}
	var failed []error
	for _, path := range entries {
		if err := deleteAttachment(ctx, path); err != nil {
			failed = append(failed, fmt.Errorf("release the network of a pod (%s): %w", path, err))
			continue
		}
		failed = append(failed, os.Remove(path))
	}
	return errors.Join(failed...)
}

// deleteAttachment calls the DEL of the portmap plugin as the CNI specification has it,
// with the network namespace left out as it may be gone. The other plugins of the
// network keep nothing outside the bridge and the cluster's directory.
func deleteAttachment(ctx context.Context, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var cached struct {
		ContainerID    string                     `json:"containerId"`
		IfName         string                     `json:"ifName"`
		Config         string                     `json:"config"` // base64
		CapabilityArgs map[string]json.RawMessage `json:"capabilityArgs"`
	}
	if err := json.Unmarshal(text, &cached); err != nil {
		return err
	}
	mappings, ok := cached.CapabilityArgs["portMappings"]
	if !ok || string(mappings) == "null" || string(mappings) == "[]" {
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(cached.Config)
	if err != nil {
		return err
	}
	var list struct {
		CNIVersion string `json:"cniVersion"`
		Name       string `json:"name"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	config, err := json.Marshal(map[string]any{
		"cniVersion": list.CNIVersion, "name": list.Name, "type": "portmap", "snat": true,
		"runtimeConfig": map[string]any{"portMappings": mappings},
	})
	if err != nil {
		return err
	}
	//nolint:gosec // the path is constant
	cmd := exec.CommandContext(ctx, filepath.Join(pluginDir, "portmap"))
	cmd.Env = append(os.Environ(), "CNI_COMMAND=DEL", "CNI_CONTAINERID="+cached.ContainerID, "CNI_IFNAME="+cached.IfName, "CNI_PATH="+pluginDir)
	cmd.Stdin = bytes.NewReader(config)
	_, err = output(cmd)
	return err
}

// mountsBelow returns the mount points in or at the directory, those mounted last first.
func mountsBelow(dir string) ([]string, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("list mounts: %w", err)
	}
	mounts := parseMounts(text, dir)
	slices.Reverse(mounts)
	return mounts, nil
}

// parseMounts reads the fifth field of each line of mountinfo, in which a space, tab,
// line end or backslash is written as an octal number.
func parseMounts(mountinfo []byte, dir string) []string {
	const mountPoint = 4
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	var mounts []string
	lines := bufio.NewScanner(bytes.NewReader(mountinfo))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) <= mountPoint {
			continue
		}
		if at := unescape.Replace(fields[mountPoint]); at == dir || strings.HasPrefix(at, dir+"/") {
			mounts = append(mounts, at)
		}
	}
	return mounts
}

func unmountBelow(dir string) error {
	mounts, err := mountsBelow(dir)
	if err != nil {
		return err
	}
	var failed []error
	for _, at := range mounts {
		if err := syscall.Unmount(at, syscall.MNT_DETACH); err != nil {
			failed = append(failed, fmt.Errorf("unmount %s: %w", at, err))
		}
	}
	return errors.Join(failed...)
}

// removeDir removes the cluster's directory, but never through a mount.
func removeDir(dir string) error {
	mounts, err := mountsBelow(dir)
	if err != nil {
		return err
	}
	if len(mounts) > 0 {
		return fmt.Errorf("remove %s: still mounted: %s", dir, strings.Join(mounts, ", "))
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove the cluster's directory: %w", err)
	}
	return nil
}

// removeCgroups removes the cgroups that the kubelet has made, which are empty by now.
// One that is not is another's.
func removeCgroups() error {
	var failed []error
	for _, pattern := range []string{"kubepods", "*/kubepods"} {
		roots, err := filepath.Glob(filepath.Join(cgroupRoot, pattern))
		if err != nil {
			return fmt.Errorf("find cgroups: %w", err)
		}
		for _, root := range roots {
			failed = append(failed, removeCgroup(root))
		}
	}
	return errors.Join(failed...)
}

// removeCgroup removes the cgroup after those below it. Its files cannot be removed and
// need not be.
func removeCgroup(path string) error {
	var dirs []string
	err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			dirs = append(dirs, name)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("remove cgroup %s: %w", path, err)
	}
	for _, dir := range slices.Backward(dirs) {
		if err := syscall.Rmdir(dir); err != nil && !errors.Is(err, syscall.ENOENT) && !errors.Is(err, syscall.EBUSY) {
			return fmt.Errorf("remove cgroup %s: %w", dir, err)
		}
	}
	return nil
}

// removeLinks removes the symbolic links in a directory that lead into another one.
func removeLinks(in, target string) error {
	entries, err := os.ReadDir(in)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove links of container logs: %w", err)
	}
	var failed []error
	for _, e := range entries {
		path := filepath.Join(in, e.Name())
		if to, err := os.Readlink(path); err == nil && strings.HasPrefix(to, target+"/") {
			failed = append(failed, os.Remove(path))
		}
	}
	return errors.Join(failed...)
}
