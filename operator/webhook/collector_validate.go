package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// CollectorValidator refuses collectors that cannot work.
type CollectorValidator struct {
	Options
}

// ValidateCreate checks a new collector.
func (v *CollectorValidator) ValidateCreate(ctx context.Context, c *v1beta1.OpenTelemetryCollector) (admission.Warnings, error) {
	return v.validate(ctx, c, nil)
}

// ValidateUpdate checks a changed collector. One whose spec is the same, or that is being
// deleted, passes.
func (v *CollectorValidator) ValidateUpdate(ctx context.Context, before, c *v1beta1.OpenTelemetryCollector) (admission.Warnings, error) {
	if c.DeletionTimestamp != nil {
		return nil, nil
	}
	if unparsed(before) == unparsed(c) && equality.Semantic.DeepEqual(before.Spec, c.Spec) {
		return nil, nil
	}
	return v.validate(ctx, c, before)
}

// ValidateDelete lets every collector go.
func (v *CollectorValidator) ValidateDelete(context.Context, *v1beta1.OpenTelemetryCollector) (admission.Warnings, error) {
	return nil, nil
}

func unparsed(c *v1beta1.OpenTelemetryCollector) string {
	return c.Annotations[v1alpha1.UnparsedConfigAnnotation]
}

// validate runs all rules; before is nil for a new collector.
func (v *CollectorValidator) validate(ctx context.Context, c, before *v1beta1.OpenTelemetryCollector) (admission.Warnings, error) {
	f := &findings{}
	if before != nil && before.Spec.Mode != "" && before.Spec.Mode != c.Spec.Mode {
		f.refuse(fmt.Errorf("the OpenTelemetry Collector mode is set to %s, which does not support modification", before.Spec.Mode))
	}
	checkModeAttributes(f, &c.Spec)
	checkPods(f, &c.Spec)
	checkPorts(f, "OpenTelemetry", c.Spec.Ports)
	checkAutoscaler(f, &c.Spec)
	checkIngress(f, &c.Spec)
	checkDisruptionBudget(f, "spec.podDisruptionBudget", c.Spec.PodDisruptionBudget)
	v.checkAllocator(ctx, f, c)
	v.checkConfig(ctx, f, c, before)
	return f.result()
}

// checkModeAttributes refuses the fields that a mode does not have.
func checkModeAttributes(f *findings, spec *v1beta1.OpenTelemetryCollectorSpec) {
	mode := spec.Mode
	unsupported := func(set bool, attribute string) {
		if set {
			f.refuse(fmt.Errorf("the OpenTelemetry Collector mode is set to %s, which does not support the attribute '%s'", mode, attribute))
		}
	}
	if mode != v1beta1.ModeStatefulSet {
		unsupported(len(spec.VolumeClaimTemplates) > 0, "volumeClaimTemplates")
		unsupported(spec.PersistentVolumeClaimRetentionPolicy != nil, "persistentVolumeClaimRetentionPolicy")
	}
	if mode == v1beta1.ModeSidecar {
		unsupported(len(spec.Tolerations) > 0, "tolerations")
		unsupported(spec.PriorityClassName != "", "priorityClassName")
		unsupported(spec.Affinity != nil, "affinity")
		unsupported(len(spec.AdditionalContainers) > 0, "AdditionalContainers")
	}
	if mode != v1beta1.ModeDaemonSet {
		unsupported(spec.DaemonSetUpdateStrategy.Type != "" || spec.DaemonSetUpdateStrategy.RollingUpdate != nil, "updateStrategy")
	}
	if mode != v1beta1.ModeDeployment {
		unsupported(spec.DeploymentUpdateStrategy.Type != "" || spec.DeploymentUpdateStrategy.RollingUpdate != nil, "deploymentUpdateStrategy")
	}
}

// collectorContainer is the name of the collector's container.
const collectorContainer = "otc-container"

// checkPods refuses what would make pods that cannot start.
func checkPods(f *findings, spec *v1beta1.OpenTelemetryCollectorSpec) {
	for _, container := range slices.Concat(spec.AdditionalContainers, spec.InitContainers) {
		if container.Name == collectorContainer {
			f.refuse(fmt.Errorf("a container cannot be named %s: that is the collector's own", collectorContainer))
		}
	}
	checkPlaceholder(f, "spec.image", spec.Image)
	checkPlaceholder(f, "spec.serviceAccount", spec.ServiceAccount)
	for _, env := range spec.Env {
		checkPlaceholder(f, "spec.env, variable "+env.Name, env.Value)
	}
}

// checkPorts refuses ports that a Service cannot have; kind is what has them, for the message.
func checkPorts(f *findings, kind string, ports []v1beta1.PortsSpec) {
	for _, port := range ports {
		f.refuse(portProblem(kind+" Spec Ports", port.Name, port.Port))
	}
}

func portProblem(what, name string, number int32) error {
	names, numbers := validation.IsValidPortName(name), validation.IsValidPortNum(int(number))
	if len(names) == 0 && len(numbers) == 0 {
		return nil
	}
	return fmt.Errorf("the %s configuration is incorrect, port name '%s' errors: %s, num '%d' errors: %s",
		what, name, strings.Join(names, ", "), number, strings.Join(numbers, ", "))
}

// checkIngress refuses an ingress that cannot reach the collector.
func checkIngress(f *findings, spec *v1beta1.OpenTelemetryCollectorSpec) {
	ingress := &spec.Ingress
	if ingress.Type != "" && spec.Mode == v1beta1.ModeSidecar {
		f.refuse(fmt.Errorf("the OpenTelemetry Spec Ingress configuration is incorrect. Ingress can only be used in combination with the modes: %s, %s, %s",
			v1beta1.ModeDeployment, v1beta1.ModeDaemonSet, v1beta1.ModeStatefulSet))
	}
	if ingress.RuleType == v1beta1.IngressRuleTypeSubdomain && (ingress.Hostname == "" || ingress.Hostname == "*") {
		f.refuse(errors.New("a valid Ingress hostname has to be defined for subdomain ruleType"))
	}
	if spec.HttpRoute.Enabled && spec.HttpRoute.Gateway == "" {
		f.refuse(errors.New("spec.httpRoute.gateway must be set when spec.httpRoute.enabled is true"))
	}
}

func checkDisruptionBudget(f *findings, path string, budget *v1beta1.PodDisruptionBudgetSpec) {
	if budget != nil && budget.MinAvailable != nil && budget.MaxUnavailable != nil {
		f.refuse(fmt.Errorf("%s.minAvailable and %s.maxUnavailable cannot both be set", path, path))
	}
}
