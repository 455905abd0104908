package webhook

import (
	"errors"
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// maxStabilization is the longest stabilization window of an autoscaler, in seconds.
const maxStabilization = 3600

// checkAutoscaler refuses what no HorizontalPodAutoscaler can be made of.
func checkAutoscaler(f *findings, spec *v1beta1.OpenTelemetryCollectorSpec) {
	a := spec.Autoscaler
	if a == nil {
		return
	}
	wrong := func(format string, args ...any) {
		f.refuse(fmt.Errorf("the OpenTelemetry Spec autoscale configuration is incorrect, "+format, args...))
	}
	if a.MaxReplicas == nil && a.MinReplicas != nil {
		f.refuse(errors.New("spec.maxReplica must be set when spec.minReplica is set"))
	}
	if a.MaxReplicas != nil {
		if *a.MaxReplicas < 1 {
			wrong("maxReplicas must be greater than 0")
		}
		if spec.Replicas != nil && *spec.Replicas > *a.MaxReplicas {
			wrong("replicas must not be greater than maxReplicas")
		}
		if a.MinReplicas != nil && *a.MinReplicas > *a.MaxReplicas {
			wrong("minReplicas must not be greater than maxReplicas")
		}
	}
	if a.MinReplicas != nil && *a.MinReplicas < 1 {
		wrong("minReplicas must be greater than 0")
	}
	if a.Behavior != nil {
		checkStabilization(wrong, "scaleDown", a.Behavior.ScaleDown)
		checkStabilization(wrong, "scaleUp", a.Behavior.ScaleUp)
	}
	checkUtilization(wrong, "targetCPUUtilization", a.TargetCPUUtilization)
	checkUtilization(wrong, "targetMemoryUtilization", a.TargetMemoryUtilization)
	for _, metric := range a.Metrics {
		checkMetric(wrong, metric)
	}
}

func checkStabilization(wrong func(string, ...any), which string, rules *autoscalingv2.HPAScalingRules) {
	if rules == nil || rules.StabilizationWindowSeconds == nil {
		return
	}
	if s := *rules.StabilizationWindowSeconds; s < 0 || s > maxStabilization {
		wrong("%s.stabilizationWindowSeconds should be >=0 and <=%d", which, maxStabilization)
	}
}

func checkUtilization(wrong func(string, ...any), which string, percent *int32) {
	if percent != nil && *percent < 1 {
		wrong("%s should be greater than 0", which)
	}
}

func checkMetric(wrong func(string, ...any), metric v1beta1.MetricSpec) {
	if metric.Type != autoscalingv2.PodsMetricSourceType || metric.Pods == nil {
		wrong("metric type unsupported. Expected metric of source type Pod")
		return
	}
	switch target := metric.Pods.Target; target.Type {
	case autoscalingv2.AverageValueMetricType:
		if target.AverageValue == nil || target.AverageValue.CmpInt64(1) < 0 {
			wrong("average value should be greater than 0")
		}
	case autoscalingv2.ValueMetricType:
		if target.Value == nil || target.Value.CmpInt64(1) < 0 {
			wrong("value should be greater than 0")
		}
	default:
		wrong("invalid pods target type")
	}
}
