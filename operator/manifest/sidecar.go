package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// InjectedLabel is the label of pods that have a collector of their own; its value names the
// resource.
const InjectedLabel = "sidecar.opentelemetry.io/injected"

// InjectedValue is the value of InjectedLabel for a resource: <namespace>.<name>, with a hash
// at the end if that is too long for a label.
func InjectedValue(namespace, name string) string { return instance(namespace, name) }

// SidecarParts is what a pod gets that asks for a collector of its own.
type SidecarParts struct {
	// Container is the collector. With Native it goes among the init containers, before
	// those that send to it; otherwise among the containers.
	Container corev1.Container
	// Native is set when the container has the restart policy of a native sidecar.
	Native bool
	// InitContainers are the user's; they run before the collector.
	InitContainers []corev1.Container
	// Volumes are what the container mounts.
	Volumes []corev1.Volume
	// Labels are added to the pod.
	Labels map[string]string
}

// Sidecar returns the parts of a pod's own collector. The resource attributes say where the
// pod belongs, such as k8s.namespace.name and k8s.deployment.name; those of the pod and node
// themselves are added. The configuration is in the environment, because a ConfigMap of
// another namespace cannot be mounted.
func Sidecar(p Params, attributes map[string]string) (SidecarParts, []string, error) {
	b, err := newBuilder(p)
	if err != nil {
		return SidecarParts{}, nil, err
	}
	spec := &b.cr.Spec
	c := b.container("env:OTEL_CONFIG")
	// The configuration comes last of the arguments, so that nothing overrides it.
	c.Args = append(c.Args[1:], c.Args[0])
	c.Env = addEnv(c.Env, []corev1.EnvVar{
		{Name: "OTEL_CONFIG", Value: literal(string(b.text))},
		fieldEnv("OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "metadata.name"),
		fieldEnv("OTEL_RESOURCE_ATTRIBUTES_POD_UID", "metadata.uid"),
		fieldEnv("OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "spec.nodeName"),
		resourceEnv(attributes),
	})
	parts := SidecarParts{
		Container:      c,
		Native:         b.NativeSidecars,
		InitContainers: spec.InitContainers,
		Volumes:        slices.Concat(spec.Volumes, extraVolumes(spec.ConfigMaps)),
		Labels:         map[string]string{InjectedLabel: InjectedValue(b.cr.Namespace, b.cr.Name)},
	}
	if b.NativeSidecars {
		always := corev1.ContainerRestartPolicyAlways
		parts.Container.RestartPolicy = &always
		if spec.StartupProbe == nil {
			// The pod's other containers wait for the startup probe: it says ready or not.
			parts.Container.StartupProbe = c.ReadinessProbe.DeepCopy()
		}
	}
	return parts, b.warnings, nil
}

// literal escapes a value of the environment, in which Kubernetes expands $(NAME) and makes
// one dollar of two: the container gets exactly s.
func literal(s string) string { return strings.ReplaceAll(s, "$", "$$") }

// resourceEnv is OTEL_RESOURCE_ATTRIBUTES; the pod's own values come from the variables that
// are set before it.
func resourceEnv(attributes map[string]string) corev1.EnvVar {
	all := map[string]string{}
	for key, value := range attributes {
		all[key] = literal(value)
	}
	maps.Copy(all, map[string]string{
		"k8s.pod.name":  "$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME)",
		"k8s.pod.uid":   "$(OTEL_RESOURCE_ATTRIBUTES_POD_UID)",
		"k8s.node.name": "$(OTEL_RESOURCE_ATTRIBUTES_NODE_NAME)",
	})
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, fmt.Sprintf("%s=%s", key, all[key]))
	}
	return corev1.EnvVar{Name: "OTEL_RESOURCE_ATTRIBUTES", Value: strings.Join(pairs, ",")}
}
