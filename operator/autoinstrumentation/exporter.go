package autoinstrumentation

import (
	"path"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// setExporter says where telemetry goes, and mounts the files of its TLS connection.
func (i *injector) setExporter(c *corev1.Container) {
	exporter := i.spec.Exporter
	if exporter.Endpoint != "" {
		setDefault(c, value("OTEL_EXPORTER_OTLP_ENDPOINT", exporter.Endpoint))
	}
	tls := exporter.TLS
	if tls == nil {
		return
	}
	var secret, configMap string
	if tls.SecretName != "" {
		secret = "/otel-auto-instrumentation-secret-" + tls.SecretName
		i.mount(c, "otel-auto-secret-"+tls.SecretName, secret, corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: tls.SecretName}})
	}
	if tls.ConfigMapName != "" {
		configMap = "/otel-auto-instrumentation-configmap-" + tls.ConfigMapName
		reference := corev1.LocalObjectReference{Name: tls.ConfigMapName}
		i.mount(c, "otel-auto-configmap-"+tls.ConfigMapName, configMap, corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: reference}})
	}
	authority := configMap
	if authority == "" {
		authority = secret
	}
	for _, file := range []struct{ name, dir, file string }{
		{"OTEL_EXPORTER_OTLP_CERTIFICATE", authority, tls.CA},
		{"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", secret, tls.Cert},
		{"OTEL_EXPORTER_OTLP_CLIENT_KEY", secret, tls.Key},
	} {
		if file.file == "" {
			continue
		}
		if !path.IsAbs(file.file) {
			file.file = path.Join("/", file.dir, file.file)
		}
		setDefault(c, value(file.name, file.file))
	}
}

// mount adds a volume to the pod and mounts it, read-only, in a container.
func (i *injector) mount(c *corev1.Container, name, at string, source corev1.VolumeSource) {
	name = shortName(name)
	if !slices.ContainsFunc(i.pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == name }) {
		i.pod.Spec.Volumes = append(i.pod.Spec.Volumes, corev1.Volume{Name: name, VolumeSource: source})
	}
	if !slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == at }) {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: name, MountPath: at, ReadOnly: true})
	}
}
