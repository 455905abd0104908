package manifest

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// services are those of the collector. There is none without ports, but for the one of its
// own metrics.
func (b *builder) services() []client.Object {
	var out []client.Object
	if len(b.base) > 0 {
		out = append(out, b.baseService(), b.headlessService())
	}
	out = append(out, b.service(MonitoringName(b.cr.Name), "monitoring", []corev1.ServicePort{{
		Name: "monitoring", Port: b.metrics, TargetPort: intstr.FromInt32(b.metrics), Protocol: corev1.ProtocolTCP,
	}}, map[string]string{labelMonitoring: "Exists"}))
	ports, warnings := otelconfig.ExtensionPorts(b.config)
	for _, w := range warnings {
		b.warnings = append(b.warnings, w.String())
	}
	if len(ports) > 0 {
		out = append(out, b.service(ExtensionName(b.cr.Name), "extension", otelconfig.Merge(nil, ports), nil))
	}
	return out
}

// baseService is where applications send to. That of a DaemonSet leads to the pod of the
// sender's own node.
func (b *builder) baseService() *corev1.Service {
	s := b.service(ServiceName(b.cr.Name), "base", b.base, nil)
	policy := corev1.ServiceInternalTrafficPolicyCluster
	if b.cr.Spec.Mode == v1beta1.ModeDaemonSet {
		policy = corev1.ServiceInternalTrafficPolicyLocal
	}
	s.Spec.InternalTrafficPolicy = &policy
	return s
}

// headlessService resolves to the addresses of the pods.
func (b *builder) headlessService() *corev1.Service {
	name := HeadlessName(b.cr.Name)
	s := b.service(name, "headless", b.base, map[string]string{labelHeadless: "Exists"})
	s.Spec.ClusterIP = corev1.ClusterIPNone
	for i := range s.Spec.Ports {
		s.Spec.Ports[i].NodePort = 0
	}
	s.Annotations = with(s.Annotations, map[string]string{"service.beta.openshift.io/serving-cert-secret-name": name + "-tls"})
	return s
}

func (b *builder) service(name, kind string, ports []corev1.ServicePort, labels map[string]string) *corev1.Service {
	spec := &b.cr.Spec
	meta := b.meta(name)
	meta.Labels = with(meta.Labels, labels)
	meta.Labels[labelServiceType] = kind
	out := &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: meta,
		Spec: corev1.ServiceSpec{
			Selector:              b.selector(),
			Ports:                 servicePorts(ports),
			IPFamilies:            spec.IpFamilies,
			IPFamilyPolicy:        spec.IpFamilyPolicy,
			TrafficDistribution:   spec.TrafficDistribution,
			SessionAffinityConfig: spec.SessionAffinityConfig,
		},
	}
	if spec.SessionAffinity != nil {
		out.Spec.SessionAffinity = *spec.SessionAffinity
	}
	if out.Spec.IPFamilyPolicy == nil {
		out.Spec.IPFamilyPolicy = pointer(corev1.IPFamilyPolicySingleStack)
	}
	return out
}

// servicePorts copies the ports and says where they lead when the user does not, in the order
// of their names.
func servicePorts(ports []corev1.ServicePort) []corev1.ServicePort {
	out := make([]corev1.ServicePort, 0, len(ports))
	for _, p := range ports {
		p := *p.DeepCopy()
		if p.TargetPort.Type == intstr.Int && p.TargetPort.IntVal == 0 || p.TargetPort.Type == intstr.String && p.TargetPort.StrVal == "" {
			p.TargetPort = intstr.FromInt32(p.Port)
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b corev1.ServicePort) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
