package autoinstrumentation

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
)

// Request is a pod with all that decides how it is instrumented.
type Request struct {
	// Pod is changed in place.
	Pod *corev1.Pod
	// Namespace is the pod's.
	Namespace *corev1.Namespace
	// Owners are what runs the pod.
	Owners Owners
	// Wanted are the Instrumentation resources by the language that they are for.
	Wanted map[Language]*v1alpha1.Instrumentation
}

// injector works on one pod with the Instrumentation of one language.
type injector struct {
	pod       *corev1.Pod
	namespace *corev1.Namespace
	owners    Owners
	spec      v1alpha1.InstrumentationSpec
}

// Injected says whether a pod is instrumented already: by this package or by another operator.
func Injected(pod *corev1.Pod) bool {
	for _, c := range pod.Spec.InitContainers {
		if strings.HasPrefix(c.Name, "opentelemetry-auto-instrumentation-") {
			return true
		}
	}
	return slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool {
		return c.Name == goContainer || c.Name != "otc-container" && find(&c, envNodeName) != nil
	})
}

// Inject instruments the containers of a pod. What is wrong with one language does not keep the
// others from being injected; the reasons are returned, one for each language or container that
// was left as it is.
func Inject(request Request) []error {
	var problems []error
	taken := map[string]Language{}
	for _, language := range Languages() {
		instrumentation := request.Wanted[language]
		if instrumentation == nil {
			continue
		}
		i := &injector{pod: request.Pod, namespace: request.Namespace, owners: request.Owners, spec: instrumentation.Spec}
		names, err := targets(i.pod, i.namespace.Annotations, language)
		if err == nil {
			err = claim(taken, names, language)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", language, err))
			continue
		}
		problems = append(problems, i.inject(language, names)...)
	}
	return problems
}

// claim remembers whose a container is. No container can belong to two languages.
func claim(taken map[string]Language, names []string, language Language) error {
	for _, name := range names {
		if other, ok := taken[name]; ok {
			return fmt.Errorf("container %q is instrumented for %s already; name the containers of each language in %s", name, other, language.containersKey())
		}
	}
	for _, name := range names {
		taken[name] = language
	}
	return nil
}

// inject instruments containers for one language.
func (i *injector) inject(language Language, names []string) []error {
	switch language {
	case Go:
		if err := i.addGo(names); err != nil {
			return []error{err}
		}
		return nil
	case SDK:
		for _, name := range names {
			i.setCommon(container(i.pod, name))
		}
		return nil
	case ApacheHttpd, Nginx:
		return []error{fmt.Errorf("%s: this operator does not instrument web servers", language)}
	}
	a := i.agentOf(language)
	if a.image == "" {
		return []error{fmt.Errorf("%s: no image: neither the Instrumentation nor the operator names one", language)}
	}
	var problems []error
	for _, name := range names {
		if err := i.add(a, name); err != nil {
			problems = append(problems, fmt.Errorf("%s: container %q: %w", language, name, err))
		}
	}
	return problems
}

// add gives one container an agent.
func (i *injector) add(a *agent, name string) error {
	c := container(i.pod, name)
	if variable := fromElsewhere(c, a.needs...); variable != "" {
		return fmt.Errorf("%s takes its value from elsewhere, so nothing can be added to it", variable)
	}
	setDefault(c, a.env...)
	a.load(c, a.dir(c))
	i.setCommon(c)
	i.addVolume(a)
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: a.name(), MountPath: a.dir(c)})
	i.addCopy(a, c)
	return nil
}

// addVolume adds the volume that the agent is copied to.
func (i *injector) addVolume(a *agent) {
	if slices.ContainsFunc(i.pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == a.name() }) {
		return
	}
	volume := corev1.Volume{Name: a.name()}
	if a.volume.Spec.Resources.Requests != nil || len(a.volume.Spec.AccessModes) > 0 {
		volume.Ephemeral = &corev1.EphemeralVolumeSource{VolumeClaimTemplate: a.volume.DeepCopy()}
	} else {
		size := a.size
		if size == nil {
			limit := resource.MustParse("200Mi")
			size = &limit
		}
		volume.EmptyDir = &corev1.EmptyDirVolumeSource{SizeLimit: size}
	}
	i.pod.Spec.Volumes = append(i.pod.Spec.Volumes, volume)
}

// addCopy adds the init containers that fill the volume, once for each language. They come
// before the first init container that is itself instrumented.
func (i *injector) addCopy(a *agent, target *corev1.Container) {
	if container(i.pod, a.name()) != nil {
		return
	}
	copies := []corev1.Container{i.copier(a, a.name(), a.image, a.command, target)}
	if a.language == Java {
		for n, extension := range i.spec.Java.Extensions {
			command := []string{"cp", "-r", strings.TrimSuffix(extension.Dir, "/") + "/.", a.source() + "/extensions"}
			copies = append(copies, i.copier(a, fmt.Sprintf("opentelemetry-auto-instrumentation-extension-%d", n), extension.Image, command, target))
		}
	}
	at := slices.IndexFunc(i.pod.Spec.InitContainers, func(c corev1.Container) bool { return c.Name == target.Name })
	if at < 0 {
		at = len(i.pod.Spec.InitContainers)
	}
	i.pod.Spec.InitContainers = slices.Insert(i.pod.Spec.InitContainers, at, copies...)
}

// copier is an init container that copies from its image into the agent's volume.
func (i *injector) copier(a *agent, name, image string, command []string, target *corev1.Container) corev1.Container {
	security := i.spec.InitContainerSecurityContext
	if security == nil {
		security = target.SecurityContext
	}
	return corev1.Container{
		Name:            name,
		Image:           image,
		ImagePullPolicy: i.spec.ImagePullPolicy,
		Command:         command,
		Resources:       a.withDefaults(),
		SecurityContext: security.DeepCopy(),
		VolumeMounts:    []corev1.VolumeMount{{Name: a.name(), MountPath: a.source()}},
	}
}

// withDefaults are the resources of an init container: the user's, or the usual.
func (a *agent) withDefaults() corev1.ResourceRequirements {
	resources := *a.resources.DeepCopy()
	memory := "64Mi"
	if a.language == NodeJS || a.language == DotNet {
		memory = "128Mi"
	}
	if resources.Limits == nil {
		resources.Limits = list("500m", "256Mi")
	}
	if resources.Requests == nil {
		resources.Requests = list("50m", memory)
	}
	return resources
}

// list is CPU and memory.
func list(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
}

// shortName makes a name of a volume from one that may be too long.
func shortName(name string) string {
	if len(name) <= 63 {
		return name
	}
	return strings.TrimRight(name[:63], "-.")
}
