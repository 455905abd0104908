package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/radiograph/radiograph/test/cluster/image"
)

// Names of the cluster's programs.
const (
	etcd              = "etcd"
	apiServer         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	scheduler         = "kube-scheduler"
	containerd        = "containerd"
	kubelet           = "kubelet"
	kubeProxy         = "kube-proxy"
)

// pauseImage holds the namespaces of pods.
const pauseImage = "docker.io/radiograph/pause:v0"

// outageGrace is how long the API server may take to end in order. It would wait a minute
// for the watches of the other programs; what it has acknowledged is in etcd.
const outageGrace = 2 * time.Second

// packages are the Debian packages with the programs that a cluster needs.
const packages = "etcd-server containerd runc containernetworking-plugins nftables iptables iproute2"

// checkMachine says at once what would fail later.
func checkMachine() error {
	if os.Geteuid() != 0 {
		return errors.New("a cluster needs root")
	}
	var missing []string
	for _, program := range []string{etcd, containerd, "ctr", "containerd-shim-runc-v2", "runc", "nft", "iptables", "ip"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, program)
		}
	}
	for _, plugin := range []string{"bridge", "host-local", "loopback", "portmap"} {
		if _, err := os.Stat(filepath.Join(pluginDir, plugin)); err != nil {
			missing = append(missing, filepath.Join(pluginDir, plugin))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the machine lacks %s; on Debian: apt-get install %s", strings.Join(missing, ", "), packages)
	}
	return nil
}

// start brings up the network, the control plane, the node and DNS, each when what it
// needs is there.
func (c *Cluster) start(ctx context.Context, options Options, p parts) error {
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"network", func() error { return c.startNetwork(ctx) }},
		{"credentials", c.writeCredentials},
		{"etcd and API server", func() error { return c.startAPI(ctx, options) }},
		{"controller manager and scheduler", func() error { return c.startControllers(ctx) }},
		{"containerd", func() error { return c.startContainerd(ctx, p) }},
		{"node", func() error { return c.startNode(ctx) }},
		{"DNS", func() error { return c.startDNS(ctx, p) }},
	} {
		began := time.Now()
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		say(c.progress, "%s: up after %.1f s", step.what, time.Since(began).Seconds())
	}
	return nil
}

func (c *Cluster) startNetwork(ctx context.Context) error {
	if err := writeSysctls(sysctls); err != nil {
		return err
	}
	if dropsForwarded(ctx) {
		c.record.Forward = true
		if err := c.record.save(c.runDir); err != nil {
			return err
		}
		if err := changeForwardRules(ctx, "-I"); err != nil {
			return err
		}
	}
	if err := makeBridge(ctx); err != nil {
		return err
	}
	return c.address(ctx)
}

func (c *Cluster) startAPI(ctx context.Context, options Options) error {
	if err := c.connect(); err != nil {
		return err
	}
	var addresses [2]string
	for i := range addresses {
		port, err := freePort(ctx, "127.0.0.1")
		if err != nil {
			return err
		}
		addresses[i] = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	if err := c.run(etcd, etcd, etcdArgs(c.record.Dir, addresses[0], addresses[1])); err != nil {
		return err
	}
	args, err := apiServerArgs(c.record.Dir, c.record.Address, addresses[0], options.Issuer)
	if err != nil {
		return err
	}
	if err := c.run(apiServer, c.program(apiServer), append(args, options.APIServerArgs...)); err != nil {
		return err
	}
	return c.apiReady(ctx)
}

func (c *Cluster) apiReady(ctx context.Context) error {
	return c.wait(ctx, "API server ready", func(ctx context.Context) error {
		_, err := c.Get(ctx, "/readyz")
		return err
	})
}

func (c *Cluster) startControllers(ctx context.Context) error {
	for name, args := range map[string]func(string, int) []string{controllerManager: controllerManagerArgs, scheduler: schedulerArgs} {
		port, err := freePort(ctx, "127.0.0.1")
		if err != nil {
			return err
		}
		if err := c.run(name, c.program(name), args(c.record.Dir, port)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) startContainerd(ctx context.Context, p parts) error {
	cni, err := cniConfig(c.record.Dir)
	if err != nil {
		return err
	}
	if err := c.write("cni/10-radiograph.conflist", cni); err != nil {
		return err
	}
	if err := c.write("containerd/config.toml", containerdConfig(c.record.Dir, pauseImage)); err != nil {
		return err
	}
	if err := c.run(containerd, containerd, []string{"--config", c.path("containerd/config.toml")}); err != nil {
		return err
	}
	err = c.wait(ctx, "containerd answers", func(ctx context.Context) error {
		_, err := c.ctr(ctx, "version")
		return err
	})
	if err != nil {
		return err
	}
	pause, err := image.Static(filepath.Join(p.pause, "pause"), image.Spec{})
	if err != nil {
		return err
	}
	return c.LoadImage(ctx, pauseImage, pause)
}

func (c *Cluster) startNode(ctx context.Context) error {
	port, err := freePort(ctx, nodeIP)
	if err != nil {
		return err
	}
	config, err := kubeletConfig(c.record.Dir, port)
	if err != nil {
		return err
	}
	if err := c.write("kubelet.json", config); err != nil {
		return err
	}
	if err := c.run(kubelet, c.program(kubelet), kubeletArgs(c.record.Dir)); err != nil {
		return err
	}
	proxy, err := kubeProxyConfig(c.record.Dir)
	if err != nil {
		return err
	}
	if err := c.write("kube-proxy.json", proxy); err != nil {
		return err
	}
	if err := c.Apply(ctx, proxyRole); err != nil {
		return err
	}
	if err := c.run(kubeProxy, c.program(kubeProxy), []string{"--config=" + c.path("kube-proxy.json")}); err != nil {
		return err
	}
	return c.wait(ctx, "node ready", c.nodeReady)
}

// nodeReady returns why the node is not ready.
func (c *Cluster) nodeReady(ctx context.Context) error {
	text, err := c.Get(ctx, "/api/v1/nodes/"+nodeName)
	if err != nil {
		return err
	}
	var node struct {
		Status struct {
			Conditions []condition `json:"conditions"`
		} `json:"status"`
	}
	if err := json.Unmarshal(text, &node); err != nil {
		return fmt.Errorf("read node: %w", err)
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == "Ready" {
			if condition.Status == "True" {
				return nil
			}
			return fmt.Errorf("%s: %s", condition.Reason, condition.Message)
		}
	}
	return errors.New("the node has not reported yet")
}

// condition is what Kubernetes says of a node's or a pod's state.
type condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func (c *Cluster) program(name string) string { return filepath.Join(c.programs, name) }

// run starts a program with its output in log/<name>.log, detached from this process's
// terminal and group, and records it.
func (c *Cluster) run(name, program string, args []string) error {
	program, err := exec.LookPath(program)
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	logPath := c.path("log/" + name + ".log")
	if err := os.MkdirAll(filepath.Dir(logPath), 0o700); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	defer func() { _ = log.Close() }() // the program has its own descriptor
	// Not CommandContext: ctx bounds the start, the program outlives it.
	//nolint:gosec // the programs are the cluster's own
	cmd := exec.Command(program, args...)
	cmd.Dir = c.record.Dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	id, err := identify(cmd.Process.Pid)
	go func() { _ = cmd.Wait() }() // or it would stay as a zombie; how it ended is in its log
	if err != nil {
		return fmt.Errorf("start %s: it ended at once: %w", name, err)
	}
	c.record.put(startedProcess{Name: name, Path: program, Args: args, ID: id})
	return c.record.save(c.runDir)
}

// wait calls try until it returns nil. It gives up when ctx ends, or at once when one of
// the cluster's programs has ended.
func (c *Cluster) wait(ctx context.Context, what string, try func(context.Context) error) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		for name, runs := range c.Running() {
			if !runs {
				return fmt.Errorf("%s: %s has ended", what, name)
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w; last: %w", what, ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// StopAPIServer ends kube-apiserver, as an outage does. The other programs keep running.
func (c *Cluster) StopAPIServer(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.record.process(apiServer)
	if p == nil {
		return errors.New("stop the API server: it was not started")
	}
	return p.ID.stop(ctx, outageGrace)
}

// StartAPIServer starts kube-apiserver again at its address and waits until it is ready.
func (c *Cluster) StartAPIServer(ctx context.Context) error {
	c.mu.Lock()
	p := c.record.process(apiServer)
	c.mu.Unlock()
	if p == nil {
		return errors.New("start the API server: it was not started before")
	}
	if p.ID.alive() {
		return errors.New("start the API server: it runs")
	}
	if err := c.run(apiServer, p.Path, p.Args); err != nil {
		return err
	}
	return c.apiReady(ctx)
}

// RestartAPIServer stops the API server and starts it again.
func (c *Cluster) RestartAPIServer(ctx context.Context) error {
	if err := c.StopAPIServer(ctx); err != nil {
		return err
	}
	return c.StartAPIServer(ctx)
}
