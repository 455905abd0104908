package targetallocator

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/radiograph/radiograph/operator/targetallocator/allocation"
)

// collectorWatch finds the pods that get targets.
type collectorWatch struct {
	client    kubernetes.Interface
	namespace string
	selector  labels.Selector
	grace     time.Duration
	log       *slog.Logger
}

// run sends the collectors there are whenever they change, the first time when all pods have
// been read.
func (w *collectorWatch) run(ctx context.Context, to chan<- []allocation.Collector) error {
	changed := make(chan struct{}, 1)
	factory := informers.NewSharedInformerFactoryWithOptions(w.client, 0,
		informers.WithNamespace(w.namespace),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.LabelSelector = w.selector.String() }),
		informers.WithTransform(trimPod),
	)
	pods := factory.Core().V1().Pods()
	informer := pods.Informer()
	if err := informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
		w.log.Warn("the pods of the collector cannot be watched", "namespace", w.namespace, "err", err)
	}); err != nil {
		return fmt.Errorf("watch the pods of the collector: %w", err)
	}
	if _, err := informer.AddEventHandler(signal(changed)); err != nil {
		return fmt.Errorf("watch the pods of the collector: %w", err)
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil
	}
	var last []allocation.Collector
	for first := true; ; first = false {
		list, err := pods.Lister().List(labels.Everything())
		if err != nil {
			return fmt.Errorf("list the pods of the collector: %w", err)
		}
		now := time.Now()
		on, next := present(list, now, w.grace)
		if first || !slices.Equal(on, last) {
			last = on
			if !send(ctx, to, on) {
				return nil
			}
		}
		var later <-chan time.Time
		if !next.IsZero() {
			later = time.After(next.Sub(now))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-later:
		}
	}
}

// present returns the collectors of pods in the order of their names: those that are ready, and
// those that have not been for less than the grace period. It says when the first of the latter
// may drop out, zero for never.
func present(pods []*corev1.Pod, now time.Time, grace time.Duration) (on []allocation.Collector, next time.Time) {
	for _, pod := range pods {
		if pod.Spec.NodeName == "" || pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded {
			continue
		}
		if since, ready := readiness(pod); !ready {
			end := since.Add(grace)
			if !end.After(now) {
				continue
			}
			if next.IsZero() || end.Before(next) {
				next = end
			}
		}
		on = append(on, allocation.Collector{Name: pod.Name, Node: pod.Spec.NodeName})
	}
	slices.SortFunc(on, func(x, y allocation.Collector) int { return strings.Compare(x.Name, y.Name) })
	return on, next
}

// readiness reports whether a pod is ready, and since when it is not.
func readiness(pod *corev1.Pod) (since time.Time, ready bool) {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.LastTransitionTime.Time, c.Status == corev1.ConditionTrue
		}
	}
	return pod.CreationTimestamp.Time, false
}

// trimPod keeps of a pod what is looked at.
func trimPod(obj any) (any, error) {
	pod, ok := obj.(*corev1.Pod)
	if !ok {
		return obj, nil
	}
	out := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: pod.Name, Namespace: pod.Namespace, UID: pod.UID, ResourceVersion: pod.ResourceVersion,
			CreationTimestamp: pod.CreationTimestamp,
		},
	}
	out.Spec.NodeName = pod.Spec.NodeName
	out.Status.Phase = pod.Status.Phase
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			out.Status.Conditions = append(out.Status.Conditions, c)
		}
	}
	return out, nil
}

// signal tells a channel of any change, at most once until it is read.
func signal(changed chan<- struct{}) cache.ResourceEventHandler {
	tell := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { tell() }, UpdateFunc: func(any, any) { tell() }, DeleteFunc: func(any) { tell() },
	}
}

// send hands a value over, false when the context ends before.
func send[T any](ctx context.Context, to chan<- T, v T) bool {
	select {
	case to <- v:
		return true
	case <-ctx.Done():
		return false
	}
}
