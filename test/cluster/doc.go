// Package cluster starts a genuine single-node Kubernetes on this machine for
// radiograph's end-to-end tests: etcd, the control plane, kubelet, kube-proxy,
// containerd with sockets and directories of its own, a bridge network and CoreDNS.
// Nothing is simulated, and nothing is fetched from a container registry: every image
// is made on the machine and imported.
//
// Start with [Up], which returns a [Cluster] when its node is ready and its DNS
// answers. [Cluster.Down] stops all that was started by process id and takes the
// network, mounts and kernel settings back. [Attach] finds a cluster that another
// process left running, as the command in cmd/cluster does.
//
// One machine holds one cluster at a time, because the addresses, the nftables tables
// and the cgroups of Kubernetes are the machine's. The record in [RunDir] says which
// one runs; Up refuses to start beside a live one and clears away a dead one.
//
// It needs root, and the Debian packages that the README names.
package cluster
