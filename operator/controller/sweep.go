package controller

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Sweep looks, every period, for pods that asked for a sidecar or an instrumentation and have
// none: they were created while no webhook answered. It says so with an event on their owner,
// once for each pod; restarting them is left to whoever runs them.
type Sweep struct {
	// Live reads past the cache, in pages: pods of others are not cached.
	Live client.Reader
	// Namespaces are those to look at; none means all.
	Namespaces []string
	// Period is the pause between two looks.
	Period time.Duration
	// Events receives what is found.
	Events events.EventRecorder
	// Log is for what keeps it from looking.
	Log *slog.Logger
	// Now is the clock.
	Now func() time.Time

	// told are the pods that were spoken of in the last look and are still there.
	told map[types.UID]bool
}

const (
	sidecarAnnotation  = "sidecar.opentelemetry.io/inject"
	instrumentationAsk = "instrumentation.opentelemetry.io/inject-"
	// settling is how old a pod must be to be spoken of.
	settling = time.Minute
)

// Start looks until the context ends. It is called by the manager, on the leader.
func (s *Sweep) Start(ctx context.Context) error {
	ticker := time.NewTicker(s.Period)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := s.look(ctx); err != nil {
				s.Log.WarnContext(ctx, "pods not looked through", "err", err)
			}
		}
	}
}

// look goes through all pods once.
func (s *Sweep) look(ctx context.Context) error {
	asks, err := s.namespaces(ctx)
	if err != nil {
		return err
	}
	told := make(map[types.UID]bool)
	err = s.pages(ctx, "Pod", s.Namespaces, func(pod *metav1.PartialObjectMetadata) error {
		wanted := missing(pod.Annotations, asks[pod.Namespace], pod.Labels)
		if wanted == "" || pod.DeletionTimestamp != nil || s.Now().Sub(pod.CreationTimestamp.Time) < settling {
			return nil
		}
		if !s.told[pod.UID] {
			injected, err := s.injected(ctx, pod, wanted)
			if err != nil {
				return err
			}
			if !injected {
				s.tell(pod, wanted)
			}
		}
		told[pod.UID] = true
		return nil
	})
	if err == nil {
		s.told = told
	}
	return err
}

// namespaces returns the annotations of the namespaces.
func (s *Sweep) namespaces(ctx context.Context) (map[string]map[string]string, error) {
	asks := make(map[string]map[string]string)
	err := s.pages(ctx, "Namespace", nil, func(ns *metav1.PartialObjectMetadata) error {
		asks[ns.Name] = ns.Annotations
		return nil
	})
	return asks, err
}

// pages calls do with the metadata of all objects of a core kind.
func (s *Sweep) pages(ctx context.Context, kind string, namespaces []string, do func(*metav1.PartialObjectMetadata) error) error {
	if len(namespaces) == 0 {
		namespaces = []string{metav1.NamespaceAll}
	}
	for _, namespace := range namespaces {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(kind + "List"))
		for first := true; first || list.Continue != ""; first = false {
			if err := s.Live.List(ctx, list, client.InNamespace(namespace), client.Limit(pageSize), client.Continue(list.Continue)); err != nil {
				return fmt.Errorf("list objects of kind %s: %w", kind, err)
			}
			for i := range list.Items {
				if err := do(&list.Items[i]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// missing returns what a pod asks for, by annotation, and does not obviously have; "" when it
// has all. A pod's own word goes before its namespace's, except that "true" leaves the choice
// to the namespace.
func missing(pod, namespace, labels map[string]string) string {
	if asks(pod[sidecarAnnotation], namespace[sidecarAnnotation]) && labels[injectedLabel] == "" {
		return sidecarAnnotation
	}
	for _, language := range []string{"java", "nodejs", "python", "dotnet", "go", "apache-httpd", "nginx", "sdk"} {
		if name := instrumentationAsk + language; asks(pod[name], namespace[name]) {
			return name
		}
	}
	return ""
}

// asks reports whether the two annotations together ask for something.
func asks(pod, namespace string) bool {
	if pod != "" {
		return !strings.EqualFold(pod, "false")
	}
	return namespace != "" && !strings.EqualFold(namespace, "false")
}

// injected reports whether a pod has what it asks for after all, which only its spec tells for
// instrumentations. A pod that is gone has.
func (s *Sweep) injected(ctx context.Context, pod *metav1.PartialObjectMetadata, wanted string) (bool, error) {
	if wanted == sidecarAnnotation {
		return false, nil
	}
	var whole corev1.Pod
	if err := s.Live.Get(ctx, client.ObjectKeyFromObject(pod), &whole); err != nil {
		return true, client.IgnoreNotFound(err)
	}
	return instrumentedPod(whole), nil
}

// instrumentedPod recognises a pod with an instrumentation by what every injection leaves.
func instrumentedPod(pod corev1.Pod) bool {
	for _, c := range pod.Spec.InitContainers {
		if strings.HasPrefix(c.Name, "opentelemetry-auto-instrumentation") {
			return true
		}
	}
	for _, c := range pod.Spec.Containers {
		if c.Name == "opentelemetry-auto-instrumentation" {
			return true
		}
		for _, env := range c.Env {
			if env.Name == "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME" && c.Name != "otc-container" {
				return true
			}
		}
	}
	return false
}

// tell sends the event to the pod's controller, or to the pod if it has none.
func (s *Sweep) tell(pod *metav1.PartialObjectMetadata, wanted string) {
	var about runtime.Object = &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID},
	}
	if owner := metav1.GetControllerOfNoCopy(pod); owner != nil {
		about = &metav1.PartialObjectMetadata{
			TypeMeta:   metav1.TypeMeta{APIVersion: owner.APIVersion, Kind: owner.Kind},
			ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: owner.Name, UID: owner.UID},
		}
	}
	tell(s.Events, about, corev1.EventTypeWarning, "NotInjected", "Sweep",
		"pod %s asks for %s but was created without: restart it", pod.Name, wanted)
}
