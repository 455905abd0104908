package controller

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

func TestRollout(t *testing.T) {
	deployment := func(wanted int32, s appsv1.DeploymentStatus) *appsv1.Deployment {
		d := &appsv1.Deployment{Status: s}
		d.Generation = 2
		d.Spec.Replicas = ptr.To(wanted)
		return d
	}
	daemonSet := func(s appsv1.DaemonSetStatus, unavailable intstr.IntOrString) *appsv1.DaemonSet {
		d := &appsv1.DaemonSet{Status: s}
		d.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &unavailable}
		return d
	}
	for _, tc := range []struct {
		name                   string
		workload               client.Object
		available, progressing metav1.ConditionStatus
		reason                 string
	}{
		{"just created", deployment(1, appsv1.DeploymentStatus{}), metav1.ConditionFalse, metav1.ConditionTrue, "RollingOut"},
		{
			"complete",
			deployment(2, appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 2, UpdatedReplicas: 2, ReadyReplicas: 2, AvailableReplicas: 2}),
			metav1.ConditionTrue, metav1.ConditionFalse, "Complete",
		},
		{
			"old pods remain",
			deployment(2, appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 3, UpdatedReplicas: 2, ReadyReplicas: 3, AvailableReplicas: 3}),
			metav1.ConditionTrue, metav1.ConditionTrue, "RollingOut",
		},
		{
			"stuck",
			deployment(1, appsv1.DeploymentStatus{
				ObservedGeneration: 2, Replicas: 2, UpdatedReplicas: 1, AvailableReplicas: 1,
				Conditions: []appsv1.DeploymentCondition{{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Message: "timed out progressing"}},
			}),
			metav1.ConditionTrue, metav1.ConditionFalse, "Stuck",
		},
		{"scaled to nothing", deployment(0, appsv1.DeploymentStatus{ObservedGeneration: 2}), metav1.ConditionTrue, metav1.ConditionFalse, "Complete"},
		{
			"one node of four is down",
			daemonSet(appsv1.DaemonSetStatus{DesiredNumberScheduled: 4, UpdatedNumberScheduled: 4, NumberReady: 3, NumberAvailable: 3}, intstr.FromString("25%")),
			metav1.ConditionTrue, metav1.ConditionTrue, "RollingOut",
		},
		{
			"two nodes of four are down",
			daemonSet(appsv1.DaemonSetStatus{DesiredNumberScheduled: 4, UpdatedNumberScheduled: 4, NumberReady: 2, NumberAvailable: 2}, intstr.FromInt32(1)),
			metav1.ConditionFalse, metav1.ConditionTrue, "RollingOut",
		},
		{
			"stateful set",
			&appsv1.StatefulSet{
				Spec:   appsv1.StatefulSetSpec{Replicas: ptr.To[int32](1)},
				Status: appsv1.StatefulSetStatus{Replicas: 1, ReadyReplicas: 1, AvailableReplicas: 1, CurrentRevision: "a", UpdateRevision: "a"},
			},
			metav1.ConditionTrue, metav1.ConditionFalse, "Complete",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := rolloutOf(tc.workload)
			if got := r.availability(); got.Status != tc.available {
				t.Errorf("available is %s: %s", got.Status, got.Message)
			}
			if got := r.progress(); got.Status != tc.progressing || got.Reason != tc.reason {
				t.Errorf("progressing is %s, %s: %s", got.Status, got.Reason, got.Message)
			}
		})
	}
}

func TestDegradation(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	died := func(ago time.Duration) corev1.ContainerState {
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: 1, Reason: "Error", Message: "bind: address already in use\n", FinishedAt: metav1.NewTime(now.Add(-ago)),
		}}
	}
	pod := func(name string, s corev1.ContainerStatus) corev1.Pod {
		s.Name = "otc-container"
		return corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{s}}}
	}
	waiting := func(reason string) corev1.ContainerState {
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}
	}
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	for _, tc := range []struct {
		name    string
		pods    []corev1.Pod
		reason  string
		message string
		again   time.Duration
	}{
		{"no pods", nil, "AsExpected", "", 0},
		{"starting", []corev1.Pod{pod("a", corev1.ContainerStatus{State: waiting("ContainerCreating")})}, "AsExpected", "", 0},
		{
			"dies again and again",
			[]corev1.Pod{pod("b", corev1.ContainerStatus{State: running}), pod("a", corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), LastTerminationState: died(time.Minute)})},
			"CrashLoopBackOff", "pod a: container otc-container ended with status 1: bind: address already in use", 0,
		},
		{
			"runs after it died",
			[]corev1.Pod{pod("a", corev1.ContainerStatus{State: running, LastTerminationState: died(time.Minute)})},
			"ContainerDied", "address already in use", 9 * time.Minute,
		},
		{"died long ago", []corev1.Pod{pod("a", corev1.ContainerStatus{State: running, LastTerminationState: died(time.Hour)})}, "AsExpected", "", 0},
		{"no image", []corev1.Pod{pod("a", corev1.ContainerStatus{State: waiting("ImagePullBackOff")})}, "ImagePullBackOff", "does not start", 0},
		{
			"no room",
			[]corev1.Pod{{Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{
				Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "0/1 nodes are available",
			}}}}},
			"Unschedulable", "0/1 nodes", 0,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, until := degradation(tc.pods, now)
			if got.Reason != tc.reason || !strings.Contains(got.Message, tc.message) {
				t.Errorf("degradation() is %s: %q; want %s, %q", got.Reason, got.Message, tc.reason, tc.message)
			}
			if tc.again == 0 && !until.IsZero() || tc.again != 0 && !until.Equal(now.Add(tc.again)) {
				t.Errorf("it is looked at again at %s", until)
			}
		})
	}
}

func TestReadiness(t *testing.T) {
	condition := func(kind string, status metav1.ConditionStatus) metav1.Condition {
		return metav1.Condition{Type: kind, Status: status, Message: kind}
	}
	for _, tc := range []struct {
		name       string
		conditions []metav1.Condition
		err        error
		want       string
	}{
		{"all is well", []metav1.Condition{condition(ConfigValid, metav1.ConditionTrue), condition(Available, metav1.ConditionTrue)}, nil, "Reconciled"},
		{"a sidecar has no pods", []metav1.Condition{condition(ConfigValid, metav1.ConditionUnknown)}, nil, "Reconciled"},
		{"not applied", []metav1.Condition{condition(Available, metav1.ConditionTrue)}, errors.New("forbidden"), "ReconcileError"},
		{"bad configuration", []metav1.Condition{condition(ConfigValid, metav1.ConditionFalse), condition(Available, metav1.ConditionTrue)}, nil, "InvalidConfiguration"},
		{"no pods", []metav1.Condition{condition(Available, metav1.ConditionFalse)}, nil, "NotAvailable"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := readiness(tc.conditions, tc.err); got.Reason != tc.want || (got.Status == metav1.ConditionTrue) != (tc.want == "Reconciled") {
				t.Errorf("readiness() is %s: %s", got.Status, got.Reason)
			}
		})
	}
}

func TestShort(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"as it is", "as it is"},
		{strings.Repeat("a", 600) + strings.Repeat("z", 600), strings.Repeat("a", 509) + " ... " + strings.Repeat("z", 509)},
	} {
		if got := short(tc.text); got != tc.want {
			t.Errorf("short() = %q, want %q", got, tc.want)
		}
	}
	if got := short(strings.Repeat("ä", 4000)); len(got) > maxText || !utf8.ValidString(got) {
		t.Errorf("short() has %d bytes, valid %v", len(got), utf8.ValidString(got))
	}
}

// FuzzLastError: whatever a container wrote, its last words are a part of it.
func FuzzLastError(f *testing.F) {
	f.Add("Error: a\nError: b\n")
	f.Fuzz(func(t *testing.T, log string) {
		if got := lastError(log); !strings.HasSuffix(log, got) {
			t.Errorf("lastError(%q) = %q", log, got)
		}
	})
}

func TestLastError(t *testing.T) {
	for _, tc := range []struct{ log, want string }{
		{"", ""},
		{"panic: out of luck\ngoroutine 1", "panic: out of luck\ngoroutine 1"},
		{"Error: at once", "at once"},
		{"2026-11-26 info Starting\nError: no credentials\n", "no credentials\n"},
		{"Error: first\n2026-11-26 info again\nError: one\nand two", "one\nand two"},
		{"no Error: of its own", "no Error: of its own"},
	} {
		if got := lastError(tc.log); got != tc.want {
			t.Errorf("lastError(%q) = %q, want %q", tc.log, got, tc.want)
		}
	}
}

// TestCrashLoopIsToldOnce: a pod that dies and is started again changes its reason each time.
func TestCrashLoopIsToldOnce(t *testing.T) {
	recorder := events.NewFakeRecorder(10)
	r := &CollectorReconciler{Events: recorder}
	degraded := func(status metav1.ConditionStatus, reason string) []metav1.Condition {
		return []metav1.Condition{{Type: Degraded, Status: status, Reason: reason, Message: strings.Repeat("x", 2000)}}
	}
	steps := [][]metav1.Condition{
		degraded(metav1.ConditionFalse, "AsExpected"), degraded(metav1.ConditionTrue, reasonDied), degraded(metav1.ConditionTrue, reasonCrashLoop),
		degraded(metav1.ConditionTrue, reasonDied), degraded(metav1.ConditionTrue, "ImagePullBackOff"), degraded(metav1.ConditionFalse, "AsExpected"),
	}
	for i := range steps[1:] {
		r.announce(&v1beta1.OpenTelemetryCollector{}, steps[i], steps[i+1])
	}
	var got []string
	for len(recorder.Events) > 0 {
		event := <-recorder.Events
		if kind, rest, _ := strings.Cut(event, " "); len(rest) > maxText+len("ImagePullBackOff ") {
			t.Errorf("an event of kind %s has %d bytes", kind, len(rest))
		}
		got = append(got, strings.Join(strings.Fields(event)[:2], " "))
	}
	if want := []string{"Warning ContainerDied", "Warning ImagePullBackOff", "Normal AsExpected"}; !slices.Equal(got, want) {
		t.Errorf("the events are %q, want %q", got, want)
	}
}
