//go:build e2e

package test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/controller"
)

// monitors is a definition as the Prometheus operator brings it, without its schema.
const monitors = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[1]ss.monitoring.coreos.com}
spec:
  group: monitoring.coreos.com
  scope: Namespaced
  names: {kind: %[2]s, listKind: %[2]sList, plural: %[1]ss, singular: %[1]s}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

// TestKindsThatComeLater installs the definition of ServiceMonitors after the collector.
func TestKindsThatComeLater(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	r.operator("--enable-webhooks=false")
	r.create([]byte(strings.Replace(fmt.Sprintf(observability, "observability", eks), "spec:\n", "spec:\n  observability: {metrics: {enableMetrics: true}}\n", 1)))
	r.condition("observability", controller.ConfigValid, "True", "")
	r.create(fmt.Appendf(nil, monitors, "podmonitor", "PodMonitor"))
	r.create(fmt.Appendf(nil, monitors, "servicemonitor", "ServiceMonitor"))
	monitor := &unstructured.Unstructured{}
	monitor.SetGroupVersionKind(schema.GroupVersionKind{Group: "monitoring.coreos.com", Version: "v1", Kind: "ServiceMonitor"})
	r.eventually("the ServiceMonitor appears", func() error { return r.Get(t.Context(), key("observability-monitoring-collector"), monitor) })
	uid := monitor.GetUID()
	if err := r.Delete(t.Context(), monitor); err != nil {
		t.Fatal(err)
	}
	r.eventually("and comes back", func() error {
		err := r.Get(t.Context(), key("observability-monitoring-collector"), monitor)
		if err == nil && monitor.GetUID() == uid {
			err = errors.New("it has not gone")
		}
		return err
	})
}

// TestKindsThatComeLaterForAllocators does the same for a target allocator without a collector.
func TestKindsThatComeLaterForAllocators(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	r.operator("--enable-webhooks=false")
	r.create(fmt.Appendf(nil, `apiVersion: opentelemetry.io/v1alpha1
kind: TargetAllocator
metadata: {name: targets, namespace: %s}
spec: {observability: {metrics: {enableMetrics: true}}}
`, eks))
	r.eventually("its Deployment appears", func() error { return r.Get(t.Context(), key("targets-targetallocator"), &appsv1.Deployment{}) })
	r.create(fmt.Appendf(nil, monitors, "servicemonitor", "ServiceMonitor"))
	monitor := &unstructured.Unstructured{}
	monitor.SetGroupVersionKind(schema.GroupVersionKind{Group: "monitoring.coreos.com", Version: "v1", Kind: "ServiceMonitor"})
	r.eventually("the ServiceMonitor appears", func() error { return r.Get(t.Context(), key("targets-targetallocator"), monitor) })
	uid := monitor.GetUID()
	if err := r.Delete(t.Context(), monitor); err != nil {
		t.Fatal(err)
	}
	r.eventually("and comes back", func() error {
		err := r.Get(t.Context(), key("targets-targetallocator"), monitor)
		if err == nil && monitor.GetUID() == uid {
			err = errors.New("it has not gone")
		}
		return err
	})
}

// TestImmutableFields changes what a StatefulSet does not let be changed: it is replaced, and
// its pods are left to the new one.
func TestImmutableFields(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	r.operator("--enable-webhooks=false")
	r.create([]byte(strings.Replace(fmt.Sprintf(observability, "observability", eks), "mode: deployment", "mode: statefulset", 1)))
	var before appsv1.StatefulSet
	r.eventually("the StatefulSet appears", func() error { return r.Get(t.Context(), key("observability-collector"), &before) })
	edit(r, &v1beta1.OpenTelemetryCollector{}, "observability", func(cr *v1beta1.OpenTelemetryCollector) { cr.Spec.ServiceName = "other" })
	r.eventually("its pods are orphaned", func() error {
		var s appsv1.StatefulSet
		if err := r.Get(t.Context(), key("observability-collector"), &s); err != nil {
			return err
		}
		if s.DeletionTimestamp == nil || len(s.Finalizers) != 1 || s.Finalizers[0] != "orphan" {
			return fmt.Errorf("it is deleted at %v with %v", s.DeletionTimestamp, s.Finalizers)
		}
		s.Finalizers = nil // as the garbage collector does once they are
		return r.Update(t.Context(), &s)
	})
	r.eventually("a new one replaces it", func() error {
		var s appsv1.StatefulSet
		if err := r.Get(t.Context(), key("observability-collector"), &s); err != nil {
			return err
		}
		if s.UID == before.UID || s.Spec.ServiceName != "other" {
			return errors.New("it is still the old one")
		}
		return nil
	})
}
