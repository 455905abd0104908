package autoinstrumentation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Prefixes of annotations.
const (
	prefix         = "instrumentation.opentelemetry.io/"
	resourcePrefix = "resource.opentelemetry.io/"
)

// containerNames is how containers may be listed.
var containerNames = regexp.MustCompile(`^[a-zA-Z0-9-,]+$`)

// targets are the containers of a pod that a language is injected into. The first container is
// the target when none is named.
func targets(pod *corev1.Pod, namespace map[string]string, language Language) ([]string, error) {
	for _, key := range []string{language.containersKey(), prefix + "container-names"} {
		list := annotation(pod, namespace, key)
		if list == "" {
			continue
		}
		if !containerNames.MatchString(list) {
			return nil, fmt.Errorf("annotation %s is %q, but must be names of containers with commas between", key, list)
		}
		names := strings.Split(list, ",")
		for _, name := range names {
			if name != "" && container(pod, name) == nil {
				return nil, fmt.Errorf("annotation %s: the pod has no container %q", key, name)
			}
		}
		return slices.DeleteFunc(names, func(name string) bool { return name == "" }), nil
	}
	if len(pod.Spec.Containers) == 0 {
		return nil, nil
	}
	return []string{pod.Spec.Containers[0].Name}, nil
}

// containersKey is the annotation with the containers of one language.
func (l Language) containersKey() string {
	if l == Nginx {
		return prefix + "inject-nginx-container-names"
	}
	return prefix + string(l) + "-container-names"
}

// annotation is the pod's value, or else its namespace's.
func annotation(pod *corev1.Pod, namespace map[string]string, key string) string {
	if value, ok := pod.Annotations[key]; ok {
		return strings.TrimSpace(value)
	}
	return strings.TrimSpace(namespace[key])
}

// container finds a container by name, init containers included.
func container(pod *corev1.Pod, name string) *corev1.Container {
	for _, all := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for i := range all {
			if all[i].Name == name {
				return &all[i]
			}
		}
	}
	return nil
}
