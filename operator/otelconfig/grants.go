package otelconfig

import "strings"

// componentGrants has, by section and kind, what a component with its settings needs. Source:
// the section "RBAC" of each component's own documentation.
var componentGrants = map[string]map[string]func(g grants, settings map[string]any){
	receivers: {
		"k8scluster":                  grantCluster,
		"k8sevents":                   func(g grants, _ map[string]any) { g.allow("", "events", read...) },
		"k8sobjects":                  grantObjects,
		"kubeletstats":                grantKubeletStats,
		"prometheus":                  grantPrometheus,
		"awscontainerinsight":         grantContainerInsight,
		"awscontainerinsightreceiver": grantContainerInsight,
	},
	processors: {
		"k8sattributes":     grantAttributes,
		"resourcedetection": grantDetection,
	},
	extensions: {
		"k8sobserver": grantObserver,
		"k8sleaderelector": func(g grants, _ map[string]any) {
			g.allow("coordination.k8s.io", "leases", "create", "delete", "get", "list", "patch", "update", "watch")
		},
	},
}

// grantAttributes is for the processor that adds attributes of pods: pods and namespaces
// always, other objects when their fields are asked for.
func grantAttributes(g grants, settings map[string]any) {
	g.allow("", "pods namespaces", read...)
	metadata := list(settings, "extract", "metadata")
	if len(metadata) == 0 {
		// The default extracts k8s.deployment.name, which is found by the ReplicaSet.
		g.allow("apps", "replicasets", read...)
	}
	for _, field := range metadata {
		field, _ := field.(string)
		switch {
		case field == "k8s.deployment.name", field == "k8s.deployment.uid", field == "service.name":
			g.allow("apps", "replicasets", read...)
		case strings.HasPrefix(field, "k8s.node"):
			g.allow("", "nodes", read...)
		case strings.HasPrefix(field, "k8s.cronjob"):
			g.allow("batch", "jobs", read...)
		}
	}
	for _, kind := range []string{"labels", "annotations"} {
		for _, rule := range list(settings, "extract", kind) {
			switch text(rule, "from") {
			case "node":
				g.allow("", "nodes", read...)
			case "deployment":
				g.allow("apps", "deployments replicasets", read...)
			case "statefulset":
				g.allow("apps", "statefulsets", read...)
			case "daemonset":
				g.allow("apps", "daemonsets", read...)
			case "job":
				g.allow("batch", "jobs", read...)
			}
		}
	}
}

// grantDetection is for the processor that finds out where it runs.
func grantDetection(g grants, settings map[string]any) {
	for _, detector := range list(settings, "detectors") {
		switch detector, _ := detector.(string); detector {
		case "k8snode", "k8s_node":
			g.allow("", "nodes", "get", "list")
		case "openshift":
			g.allow("config.openshift.io", "infrastructures infrastructures/status", read...)
		case "eks":
			// A cluster is one of EKS when it has this ConfigMap, in kube-system.
			g.allowNamed("", "configmaps", "aws-auth", get...)
		case "kubeadm":
			g.allowNamed("", "configmaps", "kubeadm-config", get...)
		}
	}
}

func grantCluster(g grants, settings map[string]any) {
	g.allow("", `events namespaces namespaces/status nodes nodes/spec persistentvolumeclaims persistentvolumes
		pods pods/status replicationcontrollers replicationcontrollers/status resourcequotas services`, read...)
	g.allow("apps", "daemonsets deployments replicasets statefulsets", read...)
	g.allow("batch", "jobs cronjobs", read...)
	g.allow("autoscaling", "horizontalpodautoscalers", read...)
	if text(settings, "distribution") == "openshift" {
		g.allow("quota.openshift.io", "clusterresourcequotas", read...)
	}
}

// groupOf has the API group of the resources that are usually watched: the receiver finds it
// by itself when its settings do not name one.
var groupOf = map[string]string{
	"deployments": "apps", "replicasets": "apps", "statefulsets": "apps", "daemonsets": "apps",
	"jobs": "batch", "cronjobs": "batch", "horizontalpodautoscalers": "autoscaling",
	"ingresses": "networking.k8s.io", "networkpolicies": "networking.k8s.io",
	"endpointslices": "discovery.k8s.io", "leases": "coordination.k8s.io",
	"poddisruptionbudgets": "policy", "storageclasses": "storage.k8s.io",
	"customresourcedefinitions": "apiextensions.k8s.io",
}

func grantObjects(g grants, settings map[string]any) {
	for _, object := range list(settings, "objects") {
		name := text(object, "name")
		if name == "" {
			continue
		}
		group := text(object, "group")
		if group == "" {
			group = groupOf[name]
		}
		verb := "get"
		if text(object, "mode") == "watch" {
			verb = "watch"
		}
		g.allow(group, name, "list", verb)
	}
}

// grantKubeletStats is for the kubelet's receiver. /stats/summary is nodes/stats; /pods, which
// labels and utilisation of limits come from, is nodes/proxy.
func grantKubeletStats(g grants, settings map[string]any) {
	g.allow("", "nodes/stats", get...)
	if len(list(settings, "extra_metadata_labels")) > 0 {
		g.allow("", "nodes/proxy", get...)
	}
	metrics, _ := lookup(settings, "metrics")
	names, _ := metrics.(map[string]any)
	for name, value := range names {
		if !flag(value, false, "enabled") {
			continue
		}
		if strings.HasSuffix(name, "_utilization") {
			g.allow("", "nodes/proxy", get...)
		}
		if strings.HasSuffix(name, ".node.utilization") {
			g.allow("", "nodes", read...)
		}
	}
}

func grantObserver(g grants, settings map[string]any) {
	for _, kind := range []struct {
		key, group, resource string
		byDefault            bool
	}{
		{"observe_pods", "", "pods", true},
		{"observe_nodes", "", "nodes", false},
		{"observe_services", "", "services", false},
		{"observe_ingresses", "networking.k8s.io", "ingresses", false},
	} {
		if flag(settings, kind.byDefault, kind.key) {
			g.allow(kind.group, kind.resource, observe...)
		}
	}
}

// grantPrometheus is for the discovery of targets in Kubernetes, by its role. Source:
// kubernetes_sd_config in the Prometheus documentation.
func grantPrometheus(g grants, settings map[string]any) {
	for _, job := range list(settings, "config", "scrape_configs") {
		for _, sd := range list(job, "kubernetes_sd_configs") {
			switch strings.ToLower(text(sd, "role")) {
			case "node":
				g.allow("", "nodes", read...)
				g.allow("", "nodes/metrics nodes/proxy", get...)
			case "pod":
				g.allow("", "pods", read...)
			case "service":
				g.allow("", "services", read...)
			case "endpoints", "endpointslice":
				g.allow("", "services endpoints pods", read...)
				g.allow("discovery.k8s.io", "endpointslices", read...)
			case "ingress":
				g.allow("networking.k8s.io", "ingresses", read...)
			default:
				continue
			}
			if flag(sd, false, "attach_metadata", "node") {
				g.allow("", "nodes", read...)
			}
			if flag(sd, false, "attach_metadata", "namespace") {
				g.allow("", "namespaces", read...)
			}
			g.allowURL("/metrics")
		}
	}
}

// grantContainerInsight is for the receiver of CloudWatch Container Insights. One of its
// pods on all nodes leads; it says so in a ConfigMap, and in a Lease since Kubernetes has
// dropped the other lock.
func grantContainerInsight(g grants, _ map[string]any) {
	g.allow("", "nodes namespaces pods endpoints", observe...)
	g.allow("apps", "replicasets", observe...)
	g.allow("batch", "jobs", observe...)
	g.allow("", "nodes/proxy", get...)
	g.allow("", "nodes/stats configmaps events", "create", "get")
	g.allowNamed("", "configmaps", "otel-container-insight-clusterleader", "get", "update")
	g.allow("coordination.k8s.io", "leases", "create", "get", "update")
}
