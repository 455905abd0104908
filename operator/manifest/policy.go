package manifest

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// disruptionBudget lets one pod at a time be evicted unless the user says otherwise. The pods
// of a DaemonSet are not evicted.
func (b *builder) disruptionBudget() []client.Object {
	if b.cr.Spec.Mode == v1beta1.ModeDaemonSet {
		return nil
	}
	return []client.Object{budget(b.meta(b.name()), b.selector(), b.cr.Spec.PodDisruptionBudget)}
}

func budget(meta metav1.ObjectMeta, selector map[string]string, said *v1beta1.PodDisruptionBudgetSpec) client.Object {
	out := &policyv1.PodDisruptionBudget{
		TypeMeta:   metav1.TypeMeta{APIVersion: policyv1.SchemeGroupVersion.String(), Kind: "PodDisruptionBudget"},
		ObjectMeta: meta,
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: selector}},
	}
	if said != nil && (said.MinAvailable != nil || said.MaxUnavailable != nil) {
		out.Spec.MinAvailable, out.Spec.MaxUnavailable = said.MinAvailable, said.MaxUnavailable
	} else {
		out.Spec.MaxUnavailable = pointer(intstr.FromInt32(1))
	}
	return out
}

// defaultCPUTarget is the utilisation of the CPU request, in percent, that an autoscaler aims
// at when the user names no target.
const defaultCPUTarget = 90

// autoscaler scales the resource itself, not the workload: the operator then gives the
// workload the replicas that the resource says, and nobody overwrites them.
func (b *builder) autoscaler() []client.Object {
	said := b.cr.Spec.Autoscaler
	if said == nil {
		return nil
	}
	if b.cr.Spec.Mode == v1beta1.ModeDaemonSet {
		b.warn("spec.autoscaler has no effect in mode daemonset: there is a pod on each node")
		return nil
	}
	if said.MaxReplicas == nil {
		b.warn("spec.autoscaler has no effect without maxReplicas")
		return nil
	}
	minimum := said.MinReplicas
	if minimum == nil {
		minimum = b.cr.Spec.Replicas
	}
	return []client.Object{&autoscalingv2.HorizontalPodAutoscaler{
		TypeMeta:   metav1.TypeMeta{APIVersion: autoscalingv2.SchemeGroupVersion.String(), Kind: "HorizontalPodAutoscaler"},
		ObjectMeta: b.meta(b.name()),
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{
				APIVersion: v1beta1.GroupVersion.String(), Kind: "OpenTelemetryCollector", Name: b.cr.Name,
			},
			MinReplicas: minimum,
			MaxReplicas: *said.MaxReplicas,
			Metrics:     scaleMetrics(said),
			Behavior:    said.Behavior,
		},
	}}
}

// scaleMetrics are memory, CPU, and then the user's own metrics of pods.
func scaleMetrics(said *v1beta1.AutoscalerSpec) []autoscalingv2.MetricSpec {
	cpu := said.TargetCPUUtilization
	if cpu == nil && said.TargetMemoryUtilization == nil && len(said.Metrics) == 0 {
		cpu = pointer(int32(defaultCPUTarget))
	}
	var out []autoscalingv2.MetricSpec
	for _, resource := range []struct {
		name   corev1.ResourceName
		target *int32
	}{{corev1.ResourceMemory, said.TargetMemoryUtilization}, {corev1.ResourceCPU, cpu}} {
		if resource.target == nil {
			continue
		}
		out = append(out, autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
			Name:   resource.name,
			Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: resource.target},
		}})
	}
	for _, m := range said.Metrics {
		if m.Type == autoscalingv2.PodsMetricSourceType && m.Pods != nil {
			out = append(out, autoscalingv2.MetricSpec{Type: m.Type, Pods: m.Pods})
		}
	}
	return out
}

// networkPolicy admits what the container listens at, each port with its own protocol, from
// everywhere, and nothing else.
func (b *builder) networkPolicy() []client.Object {
	if enabled := b.cr.Spec.NetworkPolicy.Enabled; enabled == nil || !*enabled {
		return nil
	}
	return []client.Object{admit(b.meta(Name("%s-collector-networkpolicy", b.cr.Name)), b.selector(), b.containerPorts())}
}

func admit(meta metav1.ObjectMeta, selector map[string]string, ports []corev1.ContainerPort) client.Object {
	out := &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: networkingv1.SchemeGroupVersion.String(), Kind: "NetworkPolicy"},
		ObjectMeta: meta,
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: selector},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
		},
	}
	var rule networkingv1.NetworkPolicyIngressRule
	for _, p := range ports {
		rule.Ports = append(rule.Ports, networkingv1.NetworkPolicyPort{Protocol: pointer(p.Protocol), Port: pointer(intstr.FromInt32(p.ContainerPort))})
	}
	// A rule without ports would admit all of them.
	if len(rule.Ports) > 0 {
		out.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{rule}
	}
	return out
}
