package webhook

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// checkAllocator refuses a target allocator that has nothing to allocate, or nobody to allocate
// it to.
func (v *CollectorValidator) checkAllocator(ctx context.Context, f *findings, c *v1beta1.OpenTelemetryCollector) {
	ta, mode := &c.Spec.TargetAllocator, c.Spec.Mode
	if !ta.Enabled {
		return
	}
	perNode := ta.AllocationStrategy == v1beta1.TargetAllocatorAllocationStrategyPerNode
	switch {
	case mode != v1beta1.ModeStatefulSet && mode != v1beta1.ModeDaemonSet:
		f.refuse(fmt.Errorf("the OpenTelemetry Collector mode is set to %s, which does not support the target allocation deployment", mode))
	case mode == v1beta1.ModeDaemonSet && !perNode:
		f.refuse(fmt.Errorf("the OpenTelemetry Collector mode is set to %s, which must be used with target allocation strategy %s", mode, v1beta1.TargetAllocatorAllocationStrategyPerNode))
	}
	if perNode && mode != v1beta1.ModeDaemonSet {
		f.refuse(fmt.Errorf("target allocation strategy %s is only supported in OpenTelemetry Collector mode %s", v1beta1.TargetAllocatorAllocationStrategyPerNode, v1beta1.ModeDaemonSet))
	}
	checkAllocatorReplicas(f, "spec.targetAllocator", ta.Replicas, ta.AllocationStrategy)
	checkDisruptionBudget(f, "spec.targetAllocator.podDisruptionBudget", ta.PodDisruptionBudget)
	checkNamespaces(f, &ta.PrometheusCR)
	const incorrect = "the OpenTelemetry Spec Prometheus configuration is incorrect, "
	switch {
	case c.Spec.Config.Receivers.Values == nil || !has(c.Spec.Config.Receivers.Values, otelconfig.AllocatedReceiver):
		f.refuse(errors.New(incorrect + "no receiver is named " + otelconfig.AllocatedReceiver + ", whose targets are allocated"))
	case !ta.PrometheusCR.Enabled && !otelconfig.HasScrapeConfigs(&c.Spec.Config):
		f.refuse(errors.New(incorrect + "there are no scrape_configs, and spec.targetAllocator.prometheusCR is not enabled"))
	}
	if ta.PrometheusCR.Enabled {
		account := ta.ServiceAccount
		if account == "" {
			account = c.Name + "-targetallocator"
		}
		warnAllocatorAccess(ctx, f, v.Client, c.Namespace, account)
	}
}

func has(values map[string]any, key string) bool {
	_, ok := values[key]
	return ok
}

func checkAllocatorReplicas(f *findings, path string, replicas *int32, strategy v1beta1.TargetAllocatorAllocationStrategy) {
	if replicas != nil && *replicas > 1 && strategy != "" && strategy != v1beta1.TargetAllocatorAllocationStrategyConsistentHashing {
		f.refuse(fmt.Errorf("%s.replicas is %d, but more than one needs the strategy %s: others do not agree who has which target",
			path, *replicas, v1beta1.TargetAllocatorAllocationStrategyConsistentHashing))
	}
}

func checkNamespaces(f *findings, cr *v1beta1.TargetAllocatorPrometheusCR) {
	if len(cr.AllowNamespaces) > 0 && len(cr.DenyNamespaces) > 0 {
		f.refuse(errors.New("allowNamespaces and denyNamespaces are mutually exclusive"))
	}
}

// allocatorRules are what a target allocator reads when it looks for the Prometheus operator's
// objects: those, and what their targets are found by.
var allocatorRules = []rbacv1.PolicyRule{
	{APIGroups: []string{"monitoring.coreos.com"}, Resources: []string{"servicemonitors", "podmonitors", "scrapeconfigs", "probes"}, Verbs: []string{"get", "list", "watch"}},
	{APIGroups: []string{""}, Resources: []string{"nodes", "nodes/metrics", "services", "endpoints", "pods", "namespaces", "configmaps"}, Verbs: []string{"get", "list", "watch"}},
	{APIGroups: []string{"discovery.k8s.io"}, Resources: []string{"endpointslices"}, Verbs: []string{"get", "list", "watch"}},
	{APIGroups: []string{"networking.k8s.io"}, Resources: []string{"ingresses"}, Verbs: []string{"get", "list", "watch"}},
	{NonResourceURLs: []string{"/metrics"}, Verbs: []string{"get"}},
}

// warnAllocatorAccess warns of what the allocator's service account may not read. The operator
// grants allocators nothing.
func warnAllocatorAccess(ctx context.Context, f *findings, c client.Client, namespace, account string) {
	if c == nil {
		return
	}
	missing, err := lacking(ctx, c, serviceAccountUser(namespace, account), expand(allocatorRules))
	switch {
	case err != nil:
		f.warn(fmt.Sprintf("the access of the target allocator's service account %s is not known: %v", account, err))
	case len(missing) > 0:
		f.warn(fmt.Sprintf("the target allocator's service account %s lacks access that prometheusCR needs: %s", account, strings.Join(describe(missing), "; ")))
	}
}
