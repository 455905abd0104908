package otelconfig_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/radiograph/radiograph/operator/otelconfig"
)

// spellRules writes rules as "group/resources(names): verbs".
func spellRules(rules []rbacv1.PolicyRule) []string {
	var out []string
	for _, r := range rules {
		what := strings.Join(r.APIGroups, ",") + "/" + strings.Join(r.Resources, ",")
		if len(r.NonResourceURLs) > 0 {
			what = "url " + strings.Join(r.NonResourceURLs, ",")
		}
		if len(r.ResourceNames) > 0 {
			what += "(" + strings.Join(r.ResourceNames, ",") + ")"
		}
		out = append(out, what+": "+strings.Join(r.Verbs, ","))
	}
	return out
}

func TestRules(t *testing.T) {
	const readVerbs = ": get,list,watch"
	for _, c := range []struct {
		section, component string
		want               []string
	}{
		{"processors", "k8sattributes: ", []string{"/namespaces,pods" + readVerbs, "apps/replicasets" + readVerbs}},
		{"processors", "k8s_attributes: {extract: {metadata: [k8s.pod.name]}}", []string{"/namespaces,pods" + readVerbs}},
		{"processors", "k8s_attributes: {extract: {metadata: [k8s.deployment.uid, k8s.node.uid]}}", []string{"/namespaces,nodes,pods" + readVerbs, "apps/replicasets" + readVerbs}},
		{"processors", "k8s_attributes: {extract: {metadata: [service.name]}}", []string{"/namespaces,pods" + readVerbs, "apps/replicasets" + readVerbs}},
		{
			"processors", "k8s_attributes: {extract: {metadata: [k8s.cronjob.name], labels: [{from: node}, {from: statefulset}], annotations: [{from: daemonset}, {from: job}, {from: deployment}]}}",
			[]string{"/namespaces,nodes,pods" + readVerbs, "apps/daemonsets,deployments,replicasets,statefulsets" + readVerbs, "batch/jobs" + readVerbs},
		},
		{"processors", "resourcedetection: {detectors: [env, system]}", nil},
		{"processors", "resource_detection: {detectors: [k8snode]}", []string{"/nodes: get,list"}},
		{"processors", "resource_detection: {detectors: openshift}", []string{"config.openshift.io/infrastructures,infrastructures/status" + readVerbs}},
		{"processors", "resource_detection: {detectors: [eks]}", []string{"/configmaps(aws-auth): get"}},
		{"processors", "resource_detection: {detectors: [kubeadm]}", []string{"/configmaps(kubeadm-config): get"}},
		{"receivers", "k8s_cluster: ", []string{
			"/events,namespaces,namespaces/status,nodes,nodes/spec,persistentvolumeclaims,persistentvolumes,pods,pods/status,replicationcontrollers,replicationcontrollers/status,resourcequotas,services" + readVerbs,
			"apps/daemonsets,deployments,replicasets,statefulsets" + readVerbs, "autoscaling/horizontalpodautoscalers" + readVerbs, "batch/cronjobs,jobs" + readVerbs,
		}},
		{"receivers", "k8s_events: ", []string{"/events" + readVerbs}},
		{"receivers", "kubelet_stats: ", []string{"/nodes/stats: get"}},
		{"receivers", "kubeletstats: {extra_metadata_labels: [container.id]}", []string{"/nodes/proxy,nodes/stats: get"}},
		{"receivers", "kubeletstats: {metrics: {k8s.pod.cpu_limit_utilization: {enabled: true}}}", []string{"/nodes/proxy,nodes/stats: get"}},
		{"receivers", "kubeletstats: {metrics: {k8s.pod.cpu_limit_utilization: {enabled: false}}}", []string{"/nodes/stats: get"}},
		{"receivers", "kubeletstats: {metrics: {k8s.pod.cpu.node.utilization: {enabled: true}}}", []string{"/nodes" + readVerbs, "/nodes/stats: get"}},
		{
			"receivers", "k8s_objects: {objects: [{name: pods, mode: pull}, {name: events, mode: watch, group: events.k8s.io}, {name: deployments}, {}]}",
			[]string{"/pods: get,list", "apps/deployments: get,list", "events.k8s.io/events: list,watch"},
		},
		{"extensions", "k8s_leader_elector: ", []string{"coordination.k8s.io/leases: create,delete,get,list,patch,update,watch"}},
		{"extensions", "k8s_observer: ", []string{"/pods: list,watch"}},
		{
			"extensions", "k8s_observer: {observe_pods: false, observe_nodes: true, observe_services: true, observe_ingresses: true}",
			[]string{"/nodes,services: list,watch", "networking.k8s.io/ingresses: list,watch"},
		},
		{"receivers", "prometheus: {config: {scrape_configs: [{static_configs: []}]}}", nil},
		{"receivers", sdReceiver("node"), []string{"/nodes" + readVerbs, "/nodes/metrics,nodes/proxy: get", "url /metrics: get"}},
		{"receivers", sdReceiver("pod"), []string{"/pods" + readVerbs, "url /metrics: get"}},
		{"receivers", sdReceiver("service"), []string{"/services" + readVerbs, "url /metrics: get"}},
		{"receivers", sdReceiver("endpoints"), []string{"/endpoints,pods,services" + readVerbs, "discovery.k8s.io/endpointslices" + readVerbs, "url /metrics: get"}},
		{"receivers", sdReceiver("endpointslice"), []string{"/endpoints,pods,services" + readVerbs, "discovery.k8s.io/endpointslices" + readVerbs, "url /metrics: get"}},
		{"receivers", sdReceiver("ingress"), []string{"networking.k8s.io/ingresses" + readVerbs, "url /metrics: get"}},
		{
			"receivers", "prometheus: {config: {scrape_configs: [{kubernetes_sd_configs: [{role: pod, attach_metadata: {node: true, namespace: true}}]}]}}",
			[]string{"/namespaces,nodes,pods" + readVerbs, "url /metrics: get"},
		},
		{"receivers", "awscontainerinsightreceiver: ", []string{
			"/configmaps,events,nodes/stats: create,get", "/endpoints,namespaces,nodes,pods: list,watch", "/nodes/proxy: get",
			"/configmaps(otel-container-insight-clusterleader): get,update", "apps/replicasets: list,watch", "batch/jobs: list,watch",
			"coordination.k8s.io/leases: create,get,update",
		}},
		{"receivers", "otlp: {protocols: {grpc: }}", nil},
	} {
		t.Run(c.component, func(t *testing.T) {
			id, _, _ := strings.Cut(c.component, ":")
			receiver, processor, extension := "nop", "", ""
			sections := "receivers: {nop: }\n"
			switch c.section {
			case "receivers":
				receiver, sections = id, "receivers: {"+c.component+"}\n"
			case "processors":
				processor, sections = id, sections+"processors: {"+c.component+"}\n"
			case "extensions":
				extension, sections = id, sections+"extensions: {"+c.component+"}\n"
			}
			cfg := running(t, sections, fmt.Sprintf("{extensions: [%s], pipelines: {logs: {receivers: [%s], processors: [%s], exporters: [debug]}}}", extension, receiver, processor))
			got := spellRules(otelconfig.Rules(cfg))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func sdReceiver(role string) string {
	return "prometheus: {config: {scrape_configs: [{job_name: a, kubernetes_sd_configs: [{role: " + role + "}]}]}}"
}

func TestRulesOfWhatDoesNotRun(t *testing.T) {
	cfg := running(t, "receivers: {nop: , k8s_events: }", "{pipelines: {logs: {receivers: [nop], exporters: [debug]}}}")
	if rules := otelconfig.Rules(cfg); rules != nil {
		t.Error(rules)
	}
}

func TestRulesAreMergedAndInOrder(t *testing.T) {
	cfg := running(t, `receivers: {k8s_events: , kubelet_stats: , `+sdReceiver("pod")+`, 'prometheus/n': {config: {scrape_configs: [{kubernetes_sd_configs: [{role: node}]}]}}}
processors: {k8sattributes: }`,
		"{pipelines: {logs: {receivers: [k8s_events, kubelet_stats, prometheus, prometheus/n], processors: [k8sattributes], exporters: [debug]}}}")
	want := []string{"/events,namespaces,nodes,pods: get,list,watch", "/nodes/metrics,nodes/proxy,nodes/stats: get", "apps/replicasets: get,list,watch", "url /metrics: get"}
	for range 20 {
		if got := spellRules(otelconfig.Rules(cfg)); !slices.Equal(got, want) {
			t.Fatal(cmp.Diff(want, got))
		}
	}
}
