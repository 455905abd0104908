package targetallocator

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/radiograph/radiograph/operator/targetallocator/allocation"
)

func TestPresent(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	pod := func(name string, phase corev1.PodPhase, ready corev1.ConditionStatus, ago time.Duration) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(now.Add(-ago))}}
		p.Spec.NodeName, p.Status.Phase = "node-"+name, phase
		if ready != "" {
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: ready, LastTransitionTime: metav1.NewTime(now.Add(-ago))}}
		}
		return p
	}
	unscheduled := pod("unscheduled", corev1.PodPending, "", 0)
	unscheduled.Spec.NodeName = ""
	on, next := present([]*corev1.Pod{
		unscheduled,
		pod("ready", corev1.PodRunning, corev1.ConditionTrue, time.Hour),
		pod("just-unready", corev1.PodRunning, corev1.ConditionFalse, 10*time.Second),
		pod("just-started", corev1.PodPending, "", 20*time.Second),
		pod("long-unready", corev1.PodRunning, corev1.ConditionFalse, time.Minute),
		pod("evicted", corev1.PodFailed, corev1.ConditionFalse, time.Second),
	}, now, 30*time.Second)
	want := []allocation.Collector{
		{Name: "just-started", Node: "node-just-started"}, {Name: "just-unready", Node: "node-just-unready"}, {Name: "ready", Node: "node-ready"},
	}
	if diff := cmp.Diff(want, on); diff != "" || !next.Equal(now.Add(10*time.Second)) {
		t.Errorf("next %s\n%s", next, diff)
	}
	if on, next := present([]*corev1.Pod{pod("ready", corev1.PodRunning, corev1.ConditionTrue, time.Hour)}, now, 0); len(on) != 1 || !next.IsZero() {
		t.Error(on, next)
	}
	if on, _ := present([]*corev1.Pod{pod("unready", corev1.PodRunning, corev1.ConditionFalse, time.Second)}, now, 0); len(on) != 0 {
		t.Error(on)
	}
}
