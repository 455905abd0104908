package reconcile

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// stage is a step of an installation. All objects of a stage are applied before the next.
type stage int

// The stages in their order. Before stageWorkloads nothing runs; before stageWebhooks the
// workloads that serve the webhooks must be ready, or every write that they match would fail.
const (
	stageNamespaces stage = iota
	stageDefinitions
	stageAccess
	stageAccounts
	stageConfig
	stageServices
	stageCertificates
	stageWorkloads
	stageWebhooks
	stageResources
	// installed comes after all of them: what was applied can be used.
	installed
)

// stageNames are for messages.
var stageNames = map[stage]string{
	stageNamespaces: "namespaces", stageDefinitions: "definitions", stageAccess: "roles", stageAccounts: "service accounts",
	stageConfig: "configuration", stageServices: "services", stageCertificates: "certificates", stageWorkloads: "workloads",
	stageWebhooks: "webhooks", stageResources: "custom resources",
}

// String is the stage for messages.
func (s stage) String() string { return stageNames[s] }

// stageOf returns the stage of a kind.
func stageOf(gk schema.GroupKind) stage {
	switch gk.Kind {
	case "Namespace":
		return stageNamespaces
	case "CustomResourceDefinition":
		return stageDefinitions
	case "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding":
		return stageAccess
	case "ServiceAccount":
		return stageAccounts
	case "Service":
		if gk.Group == "" {
			return stageServices
		}
	case "Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob", "Pod", "ReplicaSet", "HorizontalPodAutoscaler":
		if builtin(gk.Group) {
			return stageWorkloads
		}
	case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService":
		return stageWebhooks
	}
	switch {
	case gk.Group == "cert-manager.io":
		return stageCertificates
	case !builtin(gk.Group):
		return stageResources
	}
	return stageConfig
}

// builtin reports whether the kinds of a group come with Kubernetes and not by a definition.
func builtin(group string) bool {
	switch group {
	case "", "apps", "batch", "autoscaling", "policy":
		return true
	}
	return strings.HasSuffix(group, ".k8s.io") && group != "gateway.networking.k8s.io" && group != "snapshot.storage.k8s.io"
}

// arrange orders objects by stage; within one their order stays.
func arrange(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	out := slices.Clone(objects)
	slices.SortStableFunc(out, func(a, b *unstructured.Unstructured) int { return int(stageOfObject(a)) - int(stageOfObject(b)) })
	return out
}

func stageOfObject(object *unstructured.Unstructured) stage {
	return stageOf(object.GroupVersionKind().GroupKind())
}

// removalRank orders removal, the lowest first: the custom resources and their definitions
// while the workloads that look after them still run, then what calls those, then the rest
// against the order of installation, the namespaces last.
func removalRank(gk schema.GroupKind) int {
	switch s := stageOf(gk); s {
	case stageResources:
		return 0
	case stageDefinitions:
		return 1
	case stageWebhooks:
		return 2
	default:
		return 100 - int(s)
	}
}
