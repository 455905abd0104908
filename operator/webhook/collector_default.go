package webhook

import (
	"context"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// CollectorDefaulter fills in what a collector does not say. It leaves the configuration alone.
type CollectorDefaulter struct {
	// NetworkPolicies is the default of spec.networkPolicy.enabled.
	NetworkPolicies bool
}

// defaultTargetCPU is the use of CPU, in percent, that an autoscaler keeps when nothing is said.
const defaultTargetCPU = 90

// Default changes the object.
func (d *CollectorDefaulter) Default(_ context.Context, c *v1beta1.OpenTelemetryCollector) error {
	spec := &c.Spec
	setDefault(&spec.Mode, v1beta1.ModeDeployment)
	setDefault(&spec.UpgradeStrategy, v1beta1.UpgradeStrategyAutomatic)
	setDefault(&spec.ManagementState, v1beta1.ManagementStateManaged)
	setDefault(&spec.Replicas, new(int32(1)))
	if spec.TargetAllocator.Enabled {
		setDefault(&spec.TargetAllocator.Replicas, new(int32(1)))
	}
	if a := spec.Autoscaler; a != nil && a.MaxReplicas != nil {
		setDefault(&a.MinReplicas, new(*spec.Replicas))
		if a.TargetMemoryUtilization == nil {
			setDefault(&a.TargetCPUUtilization, new(int32(defaultTargetCPU)))
		}
	}
	switch spec.Ingress.Type {
	case v1beta1.IngressTypeRoute:
		setDefault(&spec.Ingress.Route.Termination, v1beta1.TLSRouteTerminationTypeEdge)
	case v1beta1.IngressTypeIngress:
		setDefault(&spec.Ingress.RuleType, v1beta1.IngressRuleTypePath)
	}
	if d.NetworkPolicies {
		setDefault(&spec.NetworkPolicy.Enabled, new(true))
	}
	dropStale(c)
	return nil
}

// dropStale removes the annotations of an earlier v1alpha1 form that no longer count, because
// the configuration has been written in v1beta1 since.
func dropStale(c *v1beta1.OpenTelemetryCollector) {
	if _, ok := c.Annotations[v1alpha1.UnparsedConfigAnnotation]; ok && !c.Spec.Config.IsEmpty() {
		delete(c.Annotations, v1alpha1.UnparsedConfigAnnotation)
	}
	if text, ok := c.Annotations[v1alpha1.ConfigTextAnnotation]; ok {
		cfg, err := v1beta1.ParseConfig([]byte(text))
		if err != nil || !cfg.Equal(&c.Spec.Config) {
			delete(c.Annotations, v1alpha1.ConfigTextAnnotation)
		}
	}
}

// setDefault sets what has its zero value.
func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
