package controller

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/apply"
	"github.com/radiograph/radiograph/operator/manifest"
)

// TrimCached cuts an object down to what the reconcilers read before the cache keeps it: of
// managedFields only the operator's own entry, of pods only why they may not work. Memory then
// grows with the number of collectors alone, and little with what they hold.
func TrimCached(in any) (any, error) {
	obj, ok := in.(client.Object)
	if !ok {
		return in, nil
	}
	entries := obj.GetManagedFields()
	kept := entries[:0]
	for _, e := range entries {
		if e.Manager == apply.Manager && e.Subresource == "" {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		kept = nil
	}
	obj.SetManagedFields(kept)
	switch o := in.(type) {
	case *corev1.Pod:
		trimPod(o)
	case *metav1.PartialObjectMetadata:
		if o.Kind == "CustomResourceDefinition" {
			o.Annotations = nil // often holds the whole definition again
		}
	}
	return in, nil
}

// trimPod keeps a pod's labels, which configuration it has, and the states of its containers.
func trimPod(pod *corev1.Pod) {
	hash, ok := pod.Annotations[manifest.HashAnnotation]
	pod.Annotations, pod.ManagedFields, pod.OwnerReferences = nil, nil, nil
	if ok {
		pod.Annotations = map[string]string{manifest.HashAnnotation: hash}
	}
	pod.Spec = corev1.PodSpec{}
	status := corev1.PodStatus{
		Phase:                 pod.Status.Phase,
		InitContainerStatuses: pod.Status.InitContainerStatuses,
		ContainerStatuses:     pod.Status.ContainerStatuses,
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled {
			status.Conditions = append(status.Conditions, c)
		}
	}
	pod.Status = status
}
