// Package test holds the operator to a real API server: etcd, kube-apiserver and the
// operator's own binary, each a process. There is no kubelet and no controller manager, so
// no pod runs and no garbage is collected; what those would do the tests write themselves.
//
// The tests run with the build tag e2e. They need etcd in the path, kube-apiserver and kubectl, which
// test/cluster has in one folder of the user's cache, and the operator's and the collector's binaries in
// bin; RADIOGRAPH_KUBE_APISERVER, RADIOGRAPH_OPERATOR_BIN and RADIOGRAPH_COLLECTOR_BIN name
// others.
package test
