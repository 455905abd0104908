//go:build e2e

package test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/controller"
	"github.com/radiograph/radiograph/operator/manifest"
)

// TestRollout follows what the API server makes of how pods end and are replaced.
func TestRollout(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	r.operator("--enable-webhooks=false")
	r.create(fmt.Appendf(nil, observability, "observability", eks))
	strategy := func(what string, want func(appsv1.DeploymentStrategy) bool) {
		t.Helper()
		r.eventually(what, func() error {
			var d appsv1.Deployment
			if err := r.Get(t.Context(), key("observability-collector"), &d); err != nil {
				return err
			}
			if !want(d.Spec.Strategy) {
				return fmt.Errorf("the strategy is %+v", d.Spec.Strategy)
			}
			return nil
		})
	}
	edited := func(change func(*v1beta1.OpenTelemetryCollectorSpec)) {
		t.Helper()
		edit(r, &v1beta1.OpenTelemetryCollector{}, "observability", func(cr *v1beta1.OpenTelemetryCollector) { change(&cr.Spec) })
	}
	strategy("no old pod goes first", func(s appsv1.DeploymentStrategy) bool {
		return s.RollingUpdate != nil && s.RollingUpdate.MaxUnavailable.String() == "0"
	})
	var d appsv1.Deployment
	if err := r.Get(t.Context(), key("observability-collector"), &d); err != nil {
		t.Fatal(err)
	}
	pod := d.Spec.Template.Spec
	if c := pod.Containers[0]; c.Lifecycle == nil || c.Lifecycle.PreStop == nil || c.Lifecycle.PreStop.Sleep == nil || c.Lifecycle.PreStop.Sleep.Seconds != 10 ||
		*pod.TerminationGracePeriodSeconds != 60 || c.TerminationMessagePolicy != corev1.TerminationMessageFallbackToLogsOnError {
		t.Errorf("pods end by %+v in %d s, and say %s", c.Lifecycle, *pod.TerminationGracePeriodSeconds, c.TerminationMessagePolicy)
	}
	recreate := func(s appsv1.DeploymentStrategy) bool {
		return s.Type == appsv1.RecreateDeploymentStrategyType && s.RollingUpdate == nil
	}
	rolling := func(s appsv1.DeploymentStrategy) bool {
		return s.RollingUpdate != nil && s.RollingUpdate.MaxUnavailable.String() == "25%"
	}
	edited(func(s *v1beta1.OpenTelemetryCollectorSpec) {
		s.DeploymentUpdateStrategy.Type = appsv1.RecreateDeploymentStrategyType
	})
	strategy("all are replaced at once", recreate)
	edited(func(s *v1beta1.OpenTelemetryCollectorSpec) {
		s.DeploymentUpdateStrategy.Type = appsv1.RollingUpdateDeploymentStrategyType
	})
	strategy("they are replaced as Kubernetes does it", rolling)
	edited(func(s *v1beta1.OpenTelemetryCollectorSpec) {
		s.DeploymentUpdateStrategy.Type = appsv1.RecreateDeploymentStrategyType
	})
	strategy("and at once again", recreate)
}

// lastWords are those of a collector that found no credentials, after much that it had logged.
var lastWords = strings.Repeat("2026-11-26T15:36:30.252Z\tinfo\tservice@v0.155.0/service.go:256\tStarting...\n", 20) +
	"Error: invalid configuration: extensions::sigv4auth: could not retrieve credential provider: failed to refresh cached credentials" + strings.Repeat(", no EC2 IMDS role found", 60) + "\n"

// TestCrash lets a pod die as one without credentials does: the status says it in the pod's
// words, an event tells it once, and the configuration is still held to be valid.
func TestCrash(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	r.operator("--enable-webhooks=false")
	text := strings.Replace(fmt.Sprintf(observability, "observability", eks), "extensions: {health_check: {}}", "extensions: {health_check: {}, sigv4auth: {region: us-east-1, service: aps}}", 1)
	text = strings.Replace(text, "extensions: [health_check]", "extensions: [health_check, sigv4auth]", 1)
	r.create([]byte(text))
	r.condition("observability", controller.ConfigValid, metav1.ConditionTrue, "extensions::sigv4auth ends the collector when it finds no AWS credentials")
	r.eventually("it is rolled out", func() error { return r.Get(t.Context(), key("observability-collector"), &appsv1.Deployment{}) })

	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: eks, Name: "observability-collector-1", Labels: manifest.SelectorLabels(eks, "observability", manifest.CollectorComponent)},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "otc-container", Image: "example.test/collector:v1"}}},
	}
	if err := r.Create(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	died := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error", Message: lastWords, FinishedAt: metav1.Now()}}
	waits := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off restarting failed container"}}
	status := func(reason string, state, last corev1.ContainerState) {
		t.Helper()
		pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{Name: "otc-container", State: state, LastTerminationState: last}}}
		if err := r.Status().Update(t.Context(), pod); err != nil {
			t.Fatal(err)
		}
		r.eventually("the status says "+reason, func() error {
			c := meta.FindStatusCondition(r.collector("observability").Status.Conditions, controller.Degraded)
			if c == nil || c.Reason != reason {
				return fmt.Errorf("it says %+v", c)
			}
			if !strings.Contains(c.Message, "ended with status 1: invalid configuration: extensions::sigv4auth: could not retrieve credential provider") || len(c.Message) > 1024 {
				return fmt.Errorf("it says %q", c.Message)
			}
			return nil
		})
	}
	for range 3 {
		status("ContainerDied", died, corev1.ContainerState{})
		status("CrashLoopBackOff", waits, died)
	}
	var told []string
	r.eventually("an event tells it", func() error {
		var list eventsv1.EventList
		if err := r.List(t.Context(), &list, client.InNamespace(eks)); err != nil {
			return err
		}
		told = nil
		for _, e := range list.Items {
			if e.Regarding.Name == "observability" && e.Action == controller.Degraded {
				told = append(told, e.Reason+": "+e.Note)
			}
		}
		if len(told) == 0 {
			return errors.New("there is none")
		}
		return nil
	})
	if len(told) != 1 || !strings.Contains(told[0], "could not retrieve credential provider") {
		t.Errorf("the events are %q", told)
	}
}

// TestBridgeIsNotRun looks at what users of an OpAMPBridge see.
func TestBridgeIsNotRun(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	r.operator("--enable-webhooks=false")
	r.create(fmt.Appendf(nil, `apiVersion: opentelemetry.io/v1alpha1
kind: OpAMPBridge
metadata: {name: bridge, namespace: %s}
spec: {endpoint: "wss://opamp.example.test/v1/opamp", capabilities: {ReportsStatus: true}}
`, eks))
	r.eventually("its condition says so", func() error {
		var b v1alpha1.OpAMPBridge
		if err := r.Get(t.Context(), key("bridge"), &b); err != nil {
			return err
		}
		if c := meta.FindStatusCondition(b.Status.Conditions, controller.Ready); c == nil || c.Status != metav1.ConditionFalse || c.Reason != controller.NotRun {
			return fmt.Errorf("it is %+v", c)
		}
		return nil
	})
	r.eventually("an event says so", func() error {
		var list eventsv1.EventList
		if err := r.List(t.Context(), &list, client.InNamespace(eks)); err != nil {
			return err
		}
		for _, e := range list.Items {
			if e.Regarding.Kind == "OpAMPBridge" && e.Reason == controller.NotRun {
				return nil
			}
		}
		return errors.New("none does")
	})
}
