package podwebhook

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/autoinstrumentation"
)

// owners reads what runs the pod. An owner that cannot be read, because it has just been made,
// is known by name all the same; only the one above it is not.
func (h *Handler) owners(ctx context.Context, s *subject) {
	s.owners.UIDs = map[string]string{}
	for _, ref := range s.pod.OwnerReferences {
		key := types.NamespacedName{Namespace: s.namespace.Name, Name: ref.Name}
		s.owner(ref)
		switch ref.Kind {
		case "ReplicaSet":
			var set appsv1.ReplicaSet
			h.above(ctx, s, key, &set)
		case "Job":
			var job batchv1.Job
			h.above(ctx, s, key, &job)
		}
	}
}

// above adds the owners of an owner.
func (h *Handler) above(ctx context.Context, s *subject, key types.NamespacedName, object client.Object) {
	if err := h.Live.Get(ctx, key, object); err != nil {
		return
	}
	for _, ref := range object.GetOwnerReferences() {
		s.owner(ref)
	}
}

// owner notes one owner. Events about the pod go to the topmost.
func (s *subject) owner(ref metav1.OwnerReference) {
	set := func(name *string, attribute string) {
		*name = ref.Name
		s.owners.UIDs[attribute] = string(ref.UID)
		s.about = &corev1.ObjectReference{APIVersion: ref.APIVersion, Kind: ref.Kind, Namespace: s.namespace.Name, Name: ref.Name, UID: ref.UID}
	}
	switch ref.Kind {
	case "Deployment":
		set(&s.owners.Deployment, "k8s.deployment.uid")
	case "ReplicaSet":
		set(&s.owners.ReplicaSet, "k8s.replicaset.uid")
	case "StatefulSet":
		set(&s.owners.StatefulSet, "k8s.statefulset.uid")
	case "DaemonSet":
		set(&s.owners.DaemonSet, "k8s.daemonset.uid")
	case "Job":
		set(&s.owners.Job, "k8s.job.uid")
	case "CronJob":
		set(&s.owners.CronJob, "k8s.cronjob.uid")
	}
}

// subject is a pod in admission with what is known of it.
type subject struct {
	pod       *corev1.Pod
	namespace *corev1.Namespace
	owners    autoinstrumentation.Owners
	// about is what events are about: the topmost owner, or the namespace of a pod without one.
	about *corev1.ObjectReference
}

// attributes say where the pod belongs.
func (s *subject) attributes() map[string]string {
	all := map[string]string{"k8s.namespace.name": s.namespace.Name}
	for key, name := range map[string]string{
		"k8s.deployment.name":  s.owners.Deployment,
		"k8s.replicaset.name":  s.owners.ReplicaSet,
		"k8s.statefulset.name": s.owners.StatefulSet,
		"k8s.daemonset.name":   s.owners.DaemonSet,
		"k8s.job.name":         s.owners.Job,
		"k8s.cronjob.name":     s.owners.CronJob,
	} {
		if name != "" {
			all[key] = name
		}
	}
	return all
}
