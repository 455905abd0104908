package autoinstrumentation

// Owners are the names of what runs a pod, each empty when there is none. UIDs are by kind.
type Owners struct {
	Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob string
	// UIDs of the owners, keyed by their resource attribute, such as k8s.deployment.uid.
	UIDs map[string]string
}

// attributes are the resource attributes of the owners.
func (o Owners) attributes() map[string]string {
	all := map[string]string{
		"k8s.deployment.name":  o.Deployment,
		"k8s.replicaset.name":  o.ReplicaSet,
		"k8s.statefulset.name": o.StatefulSet,
		"k8s.daemonset.name":   o.DaemonSet,
		"k8s.job.name":         o.Job,
		"k8s.cronjob.name":     o.CronJob,
	}
	for key, name := range all {
		if name == "" {
			delete(all, key)
		}
	}
	return all
}

// name is the owner that names a service best: the one that outlives the others.
func (o Owners) name() string {
	for _, name := range []string{o.Deployment, o.ReplicaSet, o.StatefulSet, o.DaemonSet, o.CronJob, o.Job} {
		if name != "" {
			return name
		}
	}
	return ""
}
