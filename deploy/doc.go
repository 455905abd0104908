// Package deploy is how radiograph gets into a Kubernetes cluster: its Helm charts, and a
// renderer that turns one into manifests without a cluster and without the helm command.
//
// The manifests under kustomize/ are what the charts give with their default values. They are
// for kubectl and kustomize, and a test keeps them true; "go generate" writes them again.
package deploy

//go:generate go run ./cmd/render
