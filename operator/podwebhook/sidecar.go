package podwebhook

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/injection"
	"github.com/radiograph/radiograph/operator/manifest"
)

// SidecarKey is the annotation of pods and namespaces that asks for a collector in the pod.
const SidecarKey = "sidecar.opentelemetry.io/inject"

// sidecar adds a collector to the pod, takes it out, or does nothing, as the annotations say.
func (h *Handler) sidecar(ctx context.Context, s *subject) error {
	choice, err := injection.Choose(SidecarKey, s.namespace.Name, s.pod.Annotations, s.namespace.Annotations)
	switch {
	case err != nil:
		return err
	case choice.Refused:
		removeSidecar(s.pod)
		return nil
	case !choice.Wanted || hasSidecar(s.pod):
		return nil
	}
	collector, err := h.sidecarCollector(ctx, choice)
	if err != nil {
		return err
	}
	parts, _, err := manifest.Sidecar(manifest.Params{Options: h.Options.Manifest, Collector: collector}, s.attributes())
	if err != nil {
		return fmt.Errorf("sidecar of %s/%s: %w", collector.Namespace, collector.Name, err)
	}
	addSidecar(s.pod, parts)
	return nil
}

// sidecarCollector finds the collector that a pod asks for.
func (h *Handler) sidecarCollector(ctx context.Context, choice injection.Choice) (*v1beta1.OpenTelemetryCollector, error) {
	const kind = "OpenTelemetryCollector with mode sidecar"
	return read(h, func(reader client.Reader) (*v1beta1.OpenTelemetryCollector, error) {
		var all v1beta1.OpenTelemetryCollectorList
		if err := reader.List(ctx, &all, client.InNamespace(choice.Name.Namespace)); err != nil {
			return nil, fmt.Errorf("list the collectors of namespace %s: %w", choice.Name.Namespace, err)
		}
		sidecars := slices.DeleteFunc(all.Items, func(c v1beta1.OpenTelemetryCollector) bool {
			return c.Spec.Mode != v1beta1.ModeSidecar || !c.DeletionTimestamp.IsZero()
		})
		picked, err := injection.Pick(choice, kind, sidecars, func(c v1beta1.OpenTelemetryCollector) string { return c.Name })
		return &picked, err
	})
}

// hasSidecar says whether the pod has a collector already.
func hasSidecar(pod *corev1.Pod) bool {
	isCollector := func(c corev1.Container) bool { return c.Name == manifest.CollectorContainer }
	return slices.ContainsFunc(pod.Spec.Containers, isCollector) || slices.ContainsFunc(pod.Spec.InitContainers, isCollector)
}

// addSidecar puts the parts into the pod. A native sidecar comes before the pod's own init
// containers, because they may send to it.
func addSidecar(pod *corev1.Pod, parts manifest.SidecarParts) {
	before := slices.Clone(parts.InitContainers)
	if parts.Native {
		before = append(before, parts.Container)
	} else {
		pod.Spec.Containers = append(pod.Spec.Containers, parts.Container)
	}
	pod.Spec.InitContainers = append(before, pod.Spec.InitContainers...)
	for _, volume := range parts.Volumes {
		if !slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == volume.Name }) {
			pod.Spec.Volumes = append(pod.Spec.Volumes, volume)
		}
	}
	if pod.Labels == nil {
		pod.Labels = map[string]string{}
	}
	maps.Copy(pod.Labels, parts.Labels)
}

// removeSidecar takes a collector out that an owner's template has kept from an earlier time.
func removeSidecar(pod *corev1.Pod) {
	isCollector := func(c corev1.Container) bool { return c.Name == manifest.CollectorContainer }
	if _, ours := pod.Labels[manifest.InjectedLabel]; !ours {
		return
	}
	pod.Spec.Containers = slices.DeleteFunc(pod.Spec.Containers, isCollector)
	pod.Spec.InitContainers = slices.DeleteFunc(pod.Spec.InitContainers, isCollector)
	delete(pod.Labels, manifest.InjectedLabel)
}
