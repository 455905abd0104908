package controller

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The conditions of a collector.
const (
	// Ready is the sum of the others: everything was applied, and pods are available.
	Ready = "Ready"
	// Available says whether as many pods work as the workload promises.
	Available = "Available"
	// Progressing says whether a change is being rolled out.
	Progressing = "Progressing"
	// Degraded says which pod cannot work, and why, in its own last words.
	Degraded = "Degraded"
	// ConfigValid says what the collector's own validation says of the configuration.
	ConfigValid = "ConfigValid"
	// SidecarsCurrent says whether the pods with this collector as a sidecar run its current
	// configuration. Only in mode sidecar.
	SidecarsCurrent = "SidecarsCurrent"
)

// Reasons of conditions that other programs look for.
const (
	reasonReconciled     = "Reconciled"
	reasonReconcileError = "ReconcileError"
	reasonInvalidConfig  = "InvalidConfiguration"
	reasonCrashLoop      = "CrashLoopBackOff"
	reasonDied           = "ContainerDied"
)

// rollout is what a workload says of its pods, the same for every kind of workload.
type rollout struct {
	// wanted is how many pods there should be, total how many there are.
	wanted, total int32
	// ready, updated and available are how many of them are so.
	ready, updated, available int32
	// minimum is how many must be available while a change is rolled out.
	minimum int32
	// seen is whether the workload's controller has seen its last change.
	seen bool
	// stuck says why the roll-out does not go on.
	stuck string
	// image is that of the first container.
	image string
}

// rolloutOf reads the status of a Deployment, DaemonSet or StatefulSet.
func rolloutOf(workload client.Object) rollout {
	switch w := workload.(type) {
	case *appsv1.Deployment:
		r := rollout{
			wanted: ptr.Deref(w.Spec.Replicas, 1), total: w.Status.Replicas, ready: w.Status.ReadyReplicas,
			updated: w.Status.UpdatedReplicas, available: w.Status.AvailableReplicas,
			seen: w.Status.ObservedGeneration >= w.Generation, image: firstImage(w.Spec.Template),
		}
		var unavailable *intstr.IntOrString
		if w.Spec.Strategy.RollingUpdate != nil {
			unavailable = w.Spec.Strategy.RollingUpdate.MaxUnavailable
		}
		r.minimum = r.least(unavailable)
		for _, c := range w.Status.Conditions {
			if c.Type == appsv1.DeploymentProgressing && c.Status == corev1.ConditionFalse {
				r.stuck = c.Message
			}
		}
		return r
	case *appsv1.DaemonSet:
		r := rollout{
			wanted: w.Status.DesiredNumberScheduled, total: w.Status.DesiredNumberScheduled, ready: w.Status.NumberReady,
			updated: w.Status.UpdatedNumberScheduled, available: w.Status.NumberAvailable,
			seen: w.Status.ObservedGeneration >= w.Generation, image: firstImage(w.Spec.Template),
		}
		var unavailable *intstr.IntOrString
		if w.Spec.UpdateStrategy.RollingUpdate != nil {
			unavailable = w.Spec.UpdateStrategy.RollingUpdate.MaxUnavailable
		}
		r.minimum = r.least(unavailable)
		return r
	case *appsv1.StatefulSet:
		r := rollout{
			wanted: ptr.Deref(w.Spec.Replicas, 1), total: w.Status.Replicas, ready: w.Status.ReadyReplicas,
			updated: w.Status.UpdatedReplicas, available: w.Status.AvailableReplicas,
			seen: w.Status.ObservedGeneration >= w.Generation, image: firstImage(w.Spec.Template),
		}
		if w.Status.CurrentRevision == w.Status.UpdateRevision {
			r.updated = r.total
		}
		r.minimum = r.least(nil)
		return r
	default:
		return rollout{}
	}
}

// least returns how many pods stay available when so many may be missing; 1 when it does not
// say, and always at least one pod if any is wanted.
func (r rollout) least(unavailable *intstr.IntOrString) int32 {
	missing, err := intstr.GetScaledValueFromIntOrPercent(ptr.To(ptr.Deref(unavailable, intstr.FromInt32(1))), int(r.wanted), false)
	if err != nil {
		missing = 1
	}
	return max(r.wanted-int32(missing), min(r.wanted, 1))
}

func firstImage(template corev1.PodTemplateSpec) string {
	if len(template.Spec.Containers) == 0 {
		return ""
	}
	return template.Spec.Containers[0].Image
}

// availability says whether enough pods work.
func (r rollout) availability() metav1.Condition {
	c := metav1.Condition{Type: Available, Status: metav1.ConditionTrue}
	switch {
	case r.wanted == 0:
		c.Reason, c.Message = "NoPodsWanted", "no pod is wanted"
	case r.available >= r.minimum:
		c.Reason, c.Message = "MinimumPodsAvailable", "as many pods are available as must be"
	default:
		c.Status, c.Reason = metav1.ConditionFalse, "MinimumPodsUnavailable"
		c.Message = fmt.Sprintf("%d of %d pods are available, at least %d must be", r.available, r.wanted, r.minimum)
	}
	return c
}

// progress says whether a change is under way.
func (r rollout) progress() metav1.Condition {
	c := metav1.Condition{Type: Progressing, Status: metav1.ConditionTrue, Reason: "RollingOut"}
	switch {
	case r.stuck != "":
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, "Stuck", short(r.stuck)
	case !r.seen:
		c.Message = "the workload's controller has not seen the last change yet"
	case r.updated < r.wanted || r.total > r.wanted:
		c.Message = "pods are being replaced"
	case r.available < r.wanted:
		c.Message = "pods are being waited for"
	default:
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, "Complete", "every pod runs the current configuration"
	}
	return c
}

// troubled is how long a container that died is held to be degraded: longer than the longest
// pause between two starts, so that one which dies again and again does not flap.
const troubled = 10 * time.Minute

// stuckReasons are why a container does not start
// (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/).
var stuckReasons = []string{
	reasonCrashLoop, "ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName",
	"CreateContainerConfigError", "CreateContainerError", "RunContainerError",
}

// degradation finds the first pod that cannot work. The second result is when it is to be
// looked for again, zero for at the next event.
func degradation(pods []corev1.Pod, now time.Time) (metav1.Condition, time.Time) {
	pods = slices.SortedFunc(slices.Values(pods), func(a, b corev1.Pod) int { return cmp.Compare(a.Name, b.Name) })
	var until time.Time
	for _, pod := range pods {
		if pod.DeletionTimestamp != nil {
			continue
		}
		if reason, message, end := trouble(pod, now); reason != "" {
			return metav1.Condition{
				Type: Degraded, Status: metav1.ConditionTrue, Reason: reason,
				Message: short(fmt.Sprintf("pod %s: %s", pod.Name, message)),
			}, end
		}
	}
	return metav1.Condition{
		Type: Degraded, Status: metav1.ConditionFalse, Reason: "AsExpected", Message: "no pod is in trouble",
	}, until
}

// trouble says what keeps a pod from working; reason is "" when nothing does.
func trouble(pod corev1.Pod, now time.Time) (reason, message string, until time.Time) {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			return "Unschedulable", c.Message, until
		}
	}
	for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		died := c.LastTerminationState.Terminated
		if c.State.Terminated != nil && c.State.Terminated.ExitCode != 0 {
			died = c.State.Terminated
		}
		if w := c.State.Waiting; w != nil && slices.Contains(stuckReasons, w.Reason) {
			if died != nil && w.Reason == reasonCrashLoop {
				return w.Reason, fmt.Sprintf("container %s %s", c.Name, lastWords(died)), until
			}
			return w.Reason, fmt.Sprintf("container %s does not start: %s", c.Name, cmp.Or(w.Message, w.Reason)), until
		}
		if died == nil || died.ExitCode == 0 {
			continue
		}
		if end := died.FinishedAt.Add(troubled); now.Before(end) {
			return reasonDied, fmt.Sprintf("container %s %s", c.Name, lastWords(died)), end
		}
	}
	return "", "", until
}

// lastWords tells how a container ended.
func lastWords(t *corev1.ContainerStateTerminated) string {
	text := fmt.Sprintf("ended with status %d", t.ExitCode)
	if t.Reason != "" && t.Reason != "Error" {
		text += " (" + t.Reason + ")"
	}
	if message := strings.TrimSpace(lastError(t.Message)); message != "" {
		text += ": " + message
	}
	return text
}

// lastError is what a collector says to its end, without what it had logged before: it begins
// with "Error: ". Log lines have a time, by which each end would look like another.
func lastError(log string) string {
	const mark = "Error: "
	if at := strings.LastIndex("\n"+log, "\n"+mark); at >= 0 {
		return log[at+len(mark):]
	}
	return log
}

// crashes reports whether two reasons are of one pod that dies and is started again: it is
// waited for, or runs for a while.
func crashes(a, b string) bool {
	reasons := []string{reasonCrashLoop, reasonDied}
	return slices.Contains(reasons, a) && slices.Contains(reasons, b)
}

// readiness sums the other conditions up. applied is the error of the reconciliation.
func readiness(conditions []metav1.Condition, applied error) metav1.Condition {
	c := metav1.Condition{Type: Ready, Status: metav1.ConditionFalse}
	valid, available := meta.FindStatusCondition(conditions, ConfigValid), meta.FindStatusCondition(conditions, Available)
	switch {
	case applied != nil:
		c.Reason, c.Message = reasonReconcileError, short(applied.Error())
	case valid != nil && valid.Status == metav1.ConditionFalse:
		c.Reason, c.Message = reasonInvalidConfig, valid.Message
	case available != nil && available.Status != metav1.ConditionTrue:
		c.Reason, c.Message = "NotAvailable", available.Message
	default:
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, reasonReconciled, "everything is applied"
	}
	return c
}
