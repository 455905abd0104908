package irsa

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Names and places that the webhook of EKS uses.
const (
	roleVolume   = "aws-iam-token"
	roleDir      = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
	roleFile     = "token"
	agentVolume  = "eks-pod-identity-token"
	agentDir     = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"
	agentFile    = "eks-pod-identity-token"
	podsAudience = "pods.eks.amazonaws.com"
)

// Names and places of radiograph's own.
const (
	caVolume = "radiograph-ca"
	caDir    = "/var/run/secrets/radiograph.dev/ca"
	caFile   = "ca.crt"
)

// Mutate adds to a pod what its identity needs, and reports whether that changed anything. What
// a container has is never replaced: neither its variables nor its mounts. A pod that was
// mutated is not changed again. withCA says that the pod's namespace has the ConfigMap with
// the authorities.
//
// Pods on Windows nodes get no credentials by association, because no agent runs there; they
// have the role of their account, if any.
func Mutate(pod *corev1.Pod, id Identity, s *Settings, withCA bool) bool {
	windows := onWindows(pod)
	if windows {
		id.Associated = false
	}
	if id.None() {
		return false
	}
	m := mutation{settings: s, identity: &id, windows: windows}
	m.prepare(pod, withCA)
	skipped := skippedContainers(s.prefix(), pod.Annotations)
	changed := false
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			if !slices.Contains(skipped, list[i].Name) {
				changed = m.container(&list[i]) || changed
			}
		}
	}
	// In reverse, so that the first comes to lie first.
	for _, volume := range slices.Backward(m.volumes) {
		if hasMount(pod, volume.Name) && !hasVolume(pod, volume.Name) {
			pod.Spec.Volumes = slices.Insert(pod.Spec.Volumes, 0, volume)
			changed = true
		}
	}
	return changed
}

// mutation is what one pod gets.
type mutation struct {
	settings *Settings
	identity *Identity
	windows  bool

	token   corev1.VolumeMount
	ca      *corev1.VolumeMount
	bundle  string // value of AWS_CA_BUNDLE, "" for none
	volumes []corev1.Volume
	// credentials are set together or not at all.
	credentials []corev1.EnvVar
}

// prepare decides on the volumes and credentials.
func (m *mutation) prepare(pod *corev1.Pod, withCA bool) {
	s, id := m.settings, m.identity
	if id.Associated {
		m.token = m.mount(agentVolume, agentDir)
		m.volumes = append(m.volumes, tokenVolume(agentVolume, podsAudience, agentFile, expiration(s.prefix(), &Identity{}, pod.Annotations)))
		m.credentials = []corev1.EnvVar{
			{Name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", Value: s.agentURI()},
			{Name: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Value: m.path(agentDir, agentFile)},
		}
	} else {
		arn, _ := s.role(id.RoleARN)
		m.token = m.mount(roleVolume, roleDir)
		m.volumes = append(m.volumes, tokenVolume(roleVolume, s.audience(id), roleFile, expiration(s.prefix(), id, pod.Annotations)))
		m.credentials = []corev1.EnvVar{
			{Name: "AWS_ROLE_ARN", Value: arn},
			{Name: "AWS_WEB_IDENTITY_TOKEN_FILE", Value: m.path(roleDir, roleFile)},
		}
	}
	switch {
	case s.Endpoint == "":
	case s.CABundlePath != "":
		m.bundle = s.CABundlePath
	case withCA:
		mount := m.mount(caVolume, caDir)
		m.ca, m.bundle = &mount, m.path(caDir, caFile)
		m.volumes = append(m.volumes, authorities(s.CAConfigMap))
	}
}

// container adds to one container.
func (m *mutation) container(c *corev1.Container) bool {
	before := len(c.Env) + len(c.VolumeMounts)
	if m.regional() {
		setDefault(c, corev1.EnvVar{Name: "AWS_STS_REGIONAL_ENDPOINTS", Value: "regional"})
	}
	if region := m.settings.Region; region != "" && !has(c, "AWS_DEFAULT_REGION") && !has(c, "AWS_REGION") {
		c.Env = append(c.Env, corev1.EnvVar{Name: "AWS_DEFAULT_REGION", Value: region}, corev1.EnvVar{Name: "AWS_REGION", Value: region})
	}
	if !slices.ContainsFunc(m.credentials, func(v corev1.EnvVar) bool { return has(c, v.Name) }) {
		c.Env = append(c.Env, m.credentials...)
	}
	addMount(c, m.token)
	m.endpoints(c)
	return len(c.Env)+len(c.VolumeMounts) != before
}

// endpoints leads the container's SDKs to radiograph.
func (m *mutation) endpoints(c *corev1.Container) {
	if !has(c, everyEndpoint) {
		for _, name := range m.settings.endpoints() {
			setDefault(c, corev1.EnvVar{Name: name, Value: m.settings.Endpoint})
		}
	}
	if m.bundle == "" || has(c, "AWS_CA_BUNDLE") {
		return
	}
	if m.ca != nil {
		addMount(c, *m.ca)
	}
	c.Env = append(c.Env, corev1.EnvVar{Name: "AWS_CA_BUNDLE", Value: m.bundle})
}

func (m *mutation) regional() bool {
	if m.identity.RegionalSTS != nil && !m.identity.Associated {
		return *m.identity.RegionalSTS
	}
	return m.settings.RegionalSTS
}

// mount is one that can only be read.
func (m *mutation) mount(volume, dir string) corev1.VolumeMount {
	return corev1.VolumeMount{Name: volume, MountPath: m.path(dir, ""), ReadOnly: true}
}

// path is a file in a directory, as the pod's operating system writes it.
func (m *mutation) path(dir, file string) string {
	if file != "" {
		dir += "/" + file
	}
	if m.windows {
		return "C:" + strings.ReplaceAll(dir, "/", `\`)
	}
	return dir
}

func tokenVolume(name, audience, file string, seconds int64) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
		Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{
			Audience: audience, ExpirationSeconds: &seconds, Path: file,
		}}},
	}}}
}

// authorities is optional: a pod starts although the ConfigMap is gone by then.
func authorities(configMap string) corev1.Volume {
	optional := true
	return corev1.Volume{Name: caVolume, VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
		LocalObjectReference: corev1.LocalObjectReference{Name: configMap},
		Items:                []corev1.KeyToPath{{Key: caFile, Path: caFile}},
		Optional:             &optional,
	}}}
}

// onWindows reports whether a pod runs on Windows nodes.
func onWindows(pod *corev1.Pod) bool {
	if pod.Spec.OS != nil {
		return pod.Spec.OS.Name == corev1.Windows
	}
	return pod.Spec.NodeSelector["kubernetes.io/os"] == "windows" || pod.Spec.NodeSelector["beta.kubernetes.io/os"] == "windows"
}

// skippedContainers are those that the pod wants left as they are.
func skippedContainers(prefix string, annotations map[string]string) []string {
	names := strings.Split(annotations[prefix+"/"+skipKey], ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

func has(c *corev1.Container, name string) bool {
	return slices.ContainsFunc(c.Env, func(v corev1.EnvVar) bool { return v.Name == name })
}

func setDefault(c *corev1.Container, v corev1.EnvVar) {
	if !has(c, v.Name) {
		c.Env = append(c.Env, v)
	}
}

// addMount adds a mount unless the container has that volume, or another at the same place,
// which the API server would refuse.
func addMount(c *corev1.Container, mount corev1.VolumeMount) {
	same := func(m corev1.VolumeMount) bool { return m.Name == mount.Name || m.MountPath == mount.MountPath }
	if !slices.ContainsFunc(c.VolumeMounts, same) {
		c.VolumeMounts = append(c.VolumeMounts, mount)
	}
}

func hasVolume(pod *corev1.Pod, name string) bool {
	return slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == name })
}

// hasMount reports whether a container mounts the volume.
func hasMount(pod *corev1.Pod, name string) bool {
	for c := range containers(pod) {
		if slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == name }) {
			return true
		}
	}
	return false
}

func containers(pod *corev1.Pod) func(yield func(*corev1.Container) bool) {
	return func(yield func(*corev1.Container) bool) {
		for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}
	}
}
