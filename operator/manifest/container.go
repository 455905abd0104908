package manifest

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// container is the collector's container, with the argument that says where its
// configuration is.
func (b *builder) container(config string) corev1.Container {
	spec := &b.cr.Spec
	c := corev1.Container{
		Name:            CollectorContainer,
		Image:           b.image,
		ImagePullPolicy: spec.ImagePullPolicy,
		Command:         spec.Command,
		Args:            append([]string{"--config=" + config}, flags(spec.Args)...),
		Env:             b.env(),
		EnvFrom:         spec.EnvFrom,
		Resources:       spec.Resources,
		Ports:           b.containerPorts(),
		VolumeMounts:    slices.Clone(spec.VolumeMounts),
		SecurityContext: spec.SecurityContext,
		Lifecycle:       spec.Lifecycle,
		// What a collector says before it ends is in its log alone; status and events quote it.
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
	}
	for _, m := range spec.ConfigMaps {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{
			Name: extraVolume(m.Name), MountPath: path.Join("/var/conf", m.MountPath, "configmap-"+m.Name),
		})
	}
	if probe := otelconfig.HealthProbe(b.config); probe != nil {
		c.LivenessProbe = httpProbe(probe, spec.LivenessProbe)
		c.ReadinessProbe = httpProbe(probe, spec.ReadinessProbe)
		c.StartupProbe = httpProbe(probe, spec.StartupProbe)
		// The grace period is for killing, which readiness never does; there it is refused.
		c.ReadinessProbe.TerminationGracePeriodSeconds = nil
	} else if port := otelconfig.ReadyPort(b.config); port != 0 {
		c.ReadinessProbe = timed(corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(port)}}, spec.ReadinessProbe)
		c.ReadinessProbe.TerminationGracePeriodSeconds = nil
	}
	return c
}

// flags writes the arguments in order. The configuration is not among them.
func flags(args map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if name != "config" {
			out = append(out, "--"+name+"="+args[name])
		}
	}
	return out
}

// memoryShare is how much of its memory limit, in percent, the collector's heap may have
// before the garbage collector works harder. At 100 the pod is killed before that helps.
const memoryShare = 80

// env is the container's environment: the user's own first, then what is added unless the
// user has it.
func (b *builder) env() []corev1.EnvVar {
	out := slices.Clone(b.cr.Spec.Env)
	added := append([]corev1.EnvVar{fieldEnv("POD_NAME", "metadata.name")}, limitsEnv(CollectorContainer, b.cr.Spec.Resources)...)
	added = append(added, otelconfig.Env(b.config)...)
	added = append(added, b.Proxy...)
	return addEnv(out, added)
}

// limitsEnv tells Go's runtime the limits of its container, and nothing where there is none.
func limitsEnv(container string, resources corev1.ResourceRequirements) []corev1.EnvVar {
	var out []corev1.EnvVar
	if memory, ok := resources.Limits[corev1.ResourceMemory]; ok && memory.Value() > 0 {
		out = append(out, corev1.EnvVar{Name: "GOMEMLIMIT", Value: strconv.FormatInt(memory.Value()/100*memoryShare, 10)})
	}
	if cpu, ok := resources.Limits[corev1.ResourceCPU]; ok && !cpu.IsZero() {
		out = append(out, corev1.EnvVar{Name: "GOMAXPROCS", ValueFrom: &corev1.EnvVarSource{
			ResourceFieldRef: &corev1.ResourceFieldSelector{ContainerName: container, Resource: "limits.cpu"},
		}})
	}
	return out
}

// addEnv appends the variables whose names are not there.
func addEnv(env, added []corev1.EnvVar) []corev1.EnvVar {
	for _, v := range added {
		if !slices.ContainsFunc(env, func(have corev1.EnvVar) bool { return have.Name == v.Name }) {
			env = append(env, v)
		}
	}
	return env
}

func fieldEnv(name, field string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{
		FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: field},
	}}
}

// containerPorts are all ports the container listens at, in the order of their names: those
// of the Service, of extensions, and of the collector's own metrics.
func (b *builder) containerPorts() []corev1.ContainerPort {
	var out []corev1.ContainerPort
	names := map[string]bool{}
	add := func(name string, number, host int32, protocol corev1.Protocol) {
		same := func(p corev1.ContainerPort) bool { return p.ContainerPort == number && p.Protocol == protocol }
		if slices.ContainsFunc(out, same) {
			return
		}
		for i := 0; names[name]; i++ {
			name = fmt.Sprintf("p%d-%d", number, i)
		}
		names[name] = true
		out = append(out, corev1.ContainerPort{Name: name, ContainerPort: number, HostPort: host, Protocol: protocol})
	}
	for i, p := range b.portsWithExtensions() {
		number := p.Port
		switch {
		case p.TargetPort.Type == intstr.String && p.TargetPort.StrVal != "":
			continue // it is the port of another container, or of one with that name here
		case p.TargetPort.IntVal != 0:
			number = p.TargetPort.IntVal
		}
		var host int32
		if i < len(b.cr.Spec.Ports) {
			host = b.cr.Spec.Ports[i].HostPort
		}
		add(p.Name, number, host, p.Protocol)
	}
	if b.served {
		add("metrics", b.metrics, 0, corev1.ProtocolTCP)
	}
	slices.SortFunc(out, func(a, b corev1.ContainerPort) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// portsWithExtensions has the user's ports first, and all that are inferred.
func (b *builder) portsWithExtensions() []corev1.ServicePort {
	inferred, _ := otelconfig.Ports(b.config)
	more, _ := otelconfig.ExtensionPorts(b.config)
	return otelconfig.Merge(b.userPorts(), append(inferred, more...))
}

// httpProbe is the probe that health_check answers, with the user's timing.
func httpProbe(to *otelconfig.Probe, timing *v1beta1.Probe) *corev1.Probe {
	return timed(corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
		Path: to.Path, Port: intstr.FromInt32(to.Port), Scheme: to.Scheme,
	}}, timing)
}

// timed is a probe with the user's timing.
func timed(how corev1.ProbeHandler, timing *v1beta1.Probe) *corev1.Probe {
	out := &corev1.Probe{ProbeHandler: how}
	if timing == nil {
		return out
	}
	for _, field := range []struct {
		from *int32
		to   *int32
	}{
		{timing.InitialDelaySeconds, &out.InitialDelaySeconds},
		{timing.TimeoutSeconds, &out.TimeoutSeconds},
		{timing.PeriodSeconds, &out.PeriodSeconds},
		{timing.SuccessThreshold, &out.SuccessThreshold},
		{timing.FailureThreshold, &out.FailureThreshold},
	} {
		if field.from != nil {
			*field.to = *field.from
		}
	}
	out.TerminationGracePeriodSeconds = timing.TerminationGracePeriodSeconds
	return out
}

// extraVolume is the name of the volume of a ConfigMap that the user mounts.
func extraVolume(configMap string) string { return Name("configmap-%s", configMap) }

// extraVolumes are the volumes of the ConfigMaps that the user mounts.
func extraVolumes(maps []v1beta1.ConfigMapsSpec) []corev1.Volume {
	var out []corev1.Volume
	for _, m := range maps {
		name := extraVolume(m.Name)
		if slices.ContainsFunc(out, func(v corev1.Volume) bool { return v.Name == name }) {
			continue // the same ConfigMap at two places
		}
		out = append(out, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
			ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: m.Name}},
		}})
	}
	return out
}
