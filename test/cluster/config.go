package cluster

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"strings"
)

// The addresses are fixed, as one machine holds one cluster.
const (
	nodeName      = "radiograph"
	nodeIP        = "10.85.0.1" // the bridge's own address, the pods' gateway
	podCIDR       = "10.85.0.0/16"
	serviceCIDR   = "10.96.0.0/16"
	apiServiceIP  = "10.96.0.1"
	dnsServiceIP  = "10.96.0.10"
	clusterDomain = "cluster.local"
	bridge        = "rgcluster0"
	network       = "radiograph-cluster" // the name of the CNI network
	pluginDir     = "/usr/lib/cni"
)

// DefaultIssuer is the issuer of service-account tokens, reachable by pods only.
const DefaultIssuer = "https://kubernetes.default.svc." + clusterDomain

// Audiences are those a service-account token may have beside the issuer: what IAM
// roles for service accounts and EKS Pod Identity ask for.
var Audiences = []string{"sts.amazonaws.com", "pods.eks.amazonaws.com"}

// containerdConfig gives containerd directories and a socket of its own, so that it runs
// beside another one.
func containerdConfig(dir, pause string) []byte {
	return fmt.Appendf(nil, `version = 2
root = %[1]q
state = %[2]q
disabled_plugins = [
  "io.containerd.internal.v1.opt", "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
  address = %[3]q

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %[4]q
  # Without it a machine that lacks CAP_SYS_RESOURCE cannot start a sandbox.
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = %[5]q
    conf_dir = %[6]q

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = %[7]q
`, filepath.Join(dir, "containerd/root"), filepath.Join(dir, "containerd/state"), containerdSocket(dir), pause,
		pluginDir, filepath.Join(dir, "cni"), filepath.Join(dir, "containerd/runc"))
}

func containerdSocket(dir string) string { return filepath.Join(dir, "containerd/containerd.sock") }

// cniConfig connects pods to the bridge. There is no masquerading to the outside: what
// pods need is in the cluster.
func cniConfig(dir string) ([]byte, error) {
	type object = map[string]any
	return json.MarshalIndent(object{
		"cniVersion": "1.0.0",
		"name":       network,
		"plugins": []any{
			object{
				"type": "bridge", "bridge": bridge, "isGateway": true, "ipMasq": false, "hairpinMode": true,
				"ipam": object{
					"type": "host-local", "dataDir": filepath.Join(dir, "cni-addresses"),
					"ranges": []any{[]any{object{"subnet": podCIDR, "gateway": nodeIP}}},
					"routes": []any{object{"dst": "0.0.0.0/0"}},
				},
			},
			object{"type": "portmap", "capabilities": object{"portMappings": true}, "snat": true},
		},
	}, "", "  ")
}

// kubeletConfig holds for cgroup v1 and v2, with swap or without, on a disk that is
// rather full.
func kubeletConfig(dir string, port int) ([]byte, error) {
	type object = map[string]any
	return json.MarshalIndent(object{
		"apiVersion":               "kubelet.config.k8s.io/v1beta1",
		"kind":                     "KubeletConfiguration",
		"address":                  nodeIP,
		"port":                     port,
		"healthzPort":              0,
		"authentication":           object{"anonymous": object{"enabled": false}, "webhook": object{"enabled": true}, "x509": object{"clientCAFile": filepath.Join(dir, "pki/ca.crt")}},
		"authorization":            object{"mode": "Webhook"},
		"tlsCertFile":              filepath.Join(dir, "pki/kubelet-server.crt"),
		"tlsPrivateKeyFile":        filepath.Join(dir, "pki/kubelet-server.key"),
		"containerRuntimeEndpoint": "unix://" + containerdSocket(dir),
		"clusterDNS":               []string{dnsServiceIP},
		"clusterDomain":            clusterDomain,
		"resolvConf":               "/dev/null",
		"cgroupDriver":             "cgroupfs",
		"failCgroupV1":             false,
		"failSwapOn":               false,
		"makeIPTablesUtilChains":   false,
		"podLogsDir":               filepath.Join(dir, "pod-logs"),
		"evictionHard": object{
			"memory.available": "100Mi", "nodefs.available": "1%", "nodefs.inodesFree": "1%",
			"imagefs.available": "1%", "imagefs.inodesFree": "1%",
		},
		// Images are imported once and cannot be pulled again.
		"imageGCHighThresholdPercent": 100,
		"imageGCLowThresholdPercent":  99,
		"maxPods":                     250,
		"serializeImagePulls":         false,
		// Tests wait for what the kubelet sees.
		"syncFrequency": "10s",
	}, "", "  ")
}

func kubeProxyConfig(dir string) ([]byte, error) {
	type object = map[string]any
	return json.MarshalIndent(object{
		"apiVersion":         "kubeproxy.config.k8s.io/v1alpha1",
		"kind":               "KubeProxyConfiguration",
		"mode":               "nftables",
		"bindAddress":        nodeIP,
		"healthzBindAddress": "",
		"metricsBindAddress": "",
		"hostnameOverride":   nodeName,
		"clientConnection":   object{"kubeconfig": filepath.Join(dir, "proxy.kubeconfig")},
		"clusterCIDR":        podCIDR,
		"detectLocalMode":    "BridgeInterface",
		"detectLocal":        object{"bridgeInterface": bridge},
		"oomScoreAdj":        0,
		// The machine's connection tracking stays as it is.
		"conntrack": object{"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
		"nftables":  object{"minSyncPeriod": "100ms", "syncPeriod": "30s"},
	}, "", "  ")
}

func etcdArgs(dir, client, peer string) []string {
	return []string{
		"--name=radiograph",
		"--data-dir=" + filepath.Join(dir, "etcd"),
		"--listen-client-urls=http://" + client, "--advertise-client-urls=http://" + client,
		"--listen-peer-urls=http://" + peer, "--initial-advertise-peer-urls=http://" + peer,
		"--initial-cluster=radiograph=http://" + peer,
		// Nothing of a test cluster must survive a power cut.
		"--unsafe-no-fsync",
		"--logger=zap", "--log-level=warn",
	}
}

func apiServerArgs(dir, address, etcd, issuer string) ([]string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address of the API server: %w", err)
	}
	pki := filepath.Join(dir, "pki")
	return []string{
		"--advertise-address=" + host, "--bind-address=" + host, "--secure-port=" + port,
		"--etcd-servers=http://" + etcd,
		"--service-cluster-ip-range=" + serviceCIDR,
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",
		"--client-ca-file=" + pki + "/ca.crt",
		"--tls-cert-file=" + pki + "/apiserver.crt", "--tls-private-key-file=" + pki + "/apiserver.key",
		"--kubelet-certificate-authority=" + pki + "/ca.crt",
		"--kubelet-client-certificate=" + pki + "/kubelet-client.crt", "--kubelet-client-key=" + pki + "/kubelet-client.key",
		// The node's name does not resolve.
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=" + issuer,
		"--service-account-key-file=" + pki + "/sa.pub", "--service-account-signing-key-file=" + pki + "/sa.key",
		"--api-audiences=" + strings.Join(append([]string{issuer}, Audiences...), ","),
		"--profiling=false",
		// A restart in a test should not wait for clients that are slow to leave.
		"--shutdown-delay-duration=0s",
	}, nil
}

func controllerManagerArgs(dir string, port int) []string {
	pki := filepath.Join(dir, "pki")
	return append(controllerArgs(dir, "controller-manager", port),
		"--service-account-private-key-file="+pki+"/sa.key",
		"--root-ca-file="+pki+"/ca.crt",
		"--cluster-signing-cert-file="+pki+"/ca.crt", "--cluster-signing-key-file="+pki+"/ca.key",
		"--allocate-node-cidrs=false",
		"--use-service-account-credentials",
	)
}

func schedulerArgs(dir string, port int) []string { return controllerArgs(dir, "scheduler", port) }

// controllerArgs are the flags that controller manager and scheduler share. There is one
// of each, so none waits to be elected.
func controllerArgs(dir, name string, port int) []string {
	config := filepath.Join(dir, name+".kubeconfig")
	return []string{
		"--kubeconfig=" + config, "--authentication-kubeconfig=" + config, "--authorization-kubeconfig=" + config,
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port),
		"--leader-elect=false", "--profiling=false",
	}
}

func kubeletArgs(dir string) []string {
	return []string{
		"--config=" + filepath.Join(dir, "kubelet.json"),
		"--kubeconfig=" + filepath.Join(dir, "kubelet.kubeconfig"),
		"--root-dir=" + filepath.Join(dir, "kubelet"),
		"--cert-dir=" + filepath.Join(dir, "kubelet/pki"),
		"--hostname-override=" + nodeName,
		"--node-ip=" + nodeIP,
	}
}
