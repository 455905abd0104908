package manifest

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/radiograph/radiograph/operator/otelconfig"
)

const (
	// drain is how long, in seconds, a collector goes on listening after its pod was told to
	// go: until every node has taken it out of the Services, nobody is refused.
	drain = 10
	// gracePeriod is how long a pod has for that and for what is left in its exporters' queues.
	// Kubernetes would give it 30 s.
	gracePeriod = 60
	// settled is how long, in seconds, a pod that nothing can be asked about must have run to
	// count as one that works: a collector that cannot start says so within less.
	settled = 10
)

// grace is how long a pod may take to stop, in seconds.
func (b *builder) grace() int64 {
	if said := b.cr.Spec.TerminationGracePeriodSeconds; said != nil {
		return *said
	}
	return gracePeriod
}

// lifecycle has the user's hooks. Without one for the end, the collector goes on as it is until
// no sender is led to it any more. Of a shorter time to stop, half is left for the queues.
func (b *builder) lifecycle() *corev1.Lifecycle {
	out := b.cr.Spec.Lifecycle
	wait := min(drain, b.grace()/2)
	if !b.PreStopSleep || len(b.base) == 0 || wait < 1 || out != nil && out.PreStop != nil {
		return out
	}
	if out == nil {
		out = &corev1.Lifecycle{}
	}
	out.PreStop = &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: wait}}
	return out
}

// minReady is how long, in seconds, a pod must have run to count, when there is no probe to ask
// whether it works.
func (b *builder) minReady() int32 {
	if otelconfig.HealthProbe(b.config) != nil || otelconfig.ReadyPort(b.config) != 0 {
		return 0
	}
	return settled
}

// deploymentStrategy is the user's. Without one no pod goes before another has taken its place,
// so that a collector that cannot start takes nothing away. Where two pods cannot run on one
// node, Kubernetes' own defaults stay, for a full cluster has no room for one more. They are
// written down, so that they go when the user changes the type: server-side apply would keep
// what only the API server had filled in, which other types forbid.
func (b *builder) deploymentStrategy() appsv1.DeploymentStrategy {
	said := b.cr.Spec.DeploymentUpdateStrategy
	if said.Type != "" && said.Type != appsv1.RollingUpdateDeploymentStrategyType || said.RollingUpdate != nil {
		return said
	}
	quarter := intstr.FromString("25%")
	unavailable := quarter
	if said.Type == "" && !b.exclusive() {
		unavailable = intstr.FromInt32(0)
	}
	return appsv1.DeploymentStrategy{
		Type:          appsv1.RollingUpdateDeploymentStrategyType,
		RollingUpdate: &appsv1.RollingUpdateDeployment{MaxUnavailable: &unavailable, MaxSurge: &quarter},
	}
}

// daemonSetStrategy is the user's. Without one the new pod of a node runs before the old one
// goes, for the Service leads a node's senders to that node's pod alone; but not where the two
// cannot run side by side.
func (b *builder) daemonSetStrategy() appsv1.DaemonSetUpdateStrategy {
	said := b.cr.Spec.DaemonSetUpdateStrategy
	if said.Type != "" || said.RollingUpdate != nil {
		return said
	}
	unavailable, surge := intstr.FromInt32(1), intstr.FromInt32(0)
	if !b.exclusive() && !b.writesHost() {
		unavailable, surge = surge, unavailable
	}
	return appsv1.DaemonSetUpdateStrategy{
		Type:          appsv1.RollingUpdateDaemonSetStrategyType,
		RollingUpdate: &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &unavailable, MaxSurge: &surge},
	}
}

// exclusive reports whether a node can have only one pod of the collector, because it listens
// at the node's own ports.
func (b *builder) exclusive() bool {
	spec := &b.cr.Spec
	if spec.HostNetwork {
		return true
	}
	for _, p := range spec.Ports {
		if p.HostPort != 0 {
			return true
		}
	}
	return slices.ContainsFunc(spec.AdditionalContainers, func(c corev1.Container) bool {
		return slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.HostPort != 0 })
	})
}

// writesHost reports whether the collector may write to files of its node, such as the queue of
// file_storage, which one process at a time can have open.
func (b *builder) writesHost() bool {
	for _, v := range b.cr.Spec.Volumes {
		if v.HostPath == nil {
			continue
		}
		for _, m := range b.cr.Spec.VolumeMounts {
			if m.Name == v.Name && !m.ReadOnly {
				return true
			}
		}
	}
	return false
}
