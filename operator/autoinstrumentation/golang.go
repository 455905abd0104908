package autoinstrumentation

import (
	"errors"
	"fmt"
	"path"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

const (
	// goContainer is the container that instruments Go programs from beside them.
	goContainer = "opentelemetry-auto-instrumentation"
	envGoTarget = "OTEL_GO_AUTO_TARGET_EXE"
)

// addGo adds the container that instruments a Go program. It watches the program from outside,
// so the pod's containers have to see each other's processes.
func (i *injector) addGo(names []string) error {
	if len(names) != 1 {
		return errors.New("go: a pod can have one instrumented container")
	}
	if share := i.pod.Spec.ShareProcessNamespace; share != nil && !*share {
		return errors.New("go: the pod says shareProcessNamespace: false, and the instrumentation needs it")
	}
	spec := i.spec.Go
	if spec.Image == "" {
		return errors.New("go: no image: neither the Instrumentation nor the operator names one")
	}
	c := corev1.Container{Name: goContainer, Image: spec.Image, ImagePullPolicy: i.spec.ImagePullPolicy, Resources: spec.Resources, Env: spec.Env}
	if exe := annotation(i.pod, i.namespace.Annotations, prefix+"otel-go-auto-target-exe"); exe != "" {
		if !path.IsAbs(exe) {
			return fmt.Errorf("go: annotation %sotel-go-auto-target-exe is %q, but must be an absolute path", prefix, exe)
		}
		setDefault(&c, value(envGoTarget, exe))
	}
	setDefault(&c, i.spec.Env...)
	if v := find(&c, envGoTarget); v == nil || v.Value == "" && v.ValueFrom == nil {
		return fmt.Errorf("go: the path of the program is not known: set the annotation %sotel-go-auto-target-exe, or %s", prefix, envGoTarget)
	}
	c.SecurityContext = spec.SecurityContext
	if c.SecurityContext == nil {
		c.SecurityContext = &corev1.SecurityContext{RunAsUser: ptr.To[int64](0), Privileged: ptr.To(true)}
	}
	i.setCommon(&c)
	i.mount(&c, "kernel-debug", "/sys/kernel/debug", corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/sys/kernel/debug"}})
	i.pod.Spec.ShareProcessNamespace = ptr.To(true)
	i.pod.Spec.Containers = append(i.pod.Spec.Containers, c)
	return nil
}
