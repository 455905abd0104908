package main

import (
	"context"
	"encoding/json"
	"fmt"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/radiograph/radiograph/operator/apply"
	"github.com/radiograph/radiograph/operator/manifest"
)

// monitorName is the name of the ServiceMonitor of the operator's own metrics.
const monitorName = "opentelemetry-operator-metrics-monitor"

// monitor adds a ServiceMonitor for the operator's own metrics, once, when the operator leads
// and the Prometheus operator is installed. It stays when the operator is gone, as the Service
// does that it points at: both belong to the installation.
func (op *operator) monitor() error {
	if !op.monitorOperator {
		return nil
	}
	return op.manager.Add(manager.RunnableFunc(func(ctx context.Context) error {
		obj := operatorMonitor(op.namespace, op.metricsSecure)
		data, err := json.Marshal(obj)
		if err != nil {
			return fmt.Errorf("write the operator's ServiceMonitor: %w", err)
		}
		err = op.manager.GetClient().Patch(ctx, obj, client.RawPatch(types.ApplyPatchType, data), client.FieldOwner(apply.Manager), client.ForceOwnership)
		if meta.IsNoMatchError(err) {
			op.log.WarnContext(ctx, "no ServiceMonitor for the operator", "err", err)
			return nil
		}
		if err != nil {
			return fmt.Errorf("write the operator's ServiceMonitor: %w", err)
		}
		return nil
	}))
}

// operatorMonitor returns that ServiceMonitor.
func operatorMonitor(namespace string, secure bool) *monitoringv1.ServiceMonitor {
	endpoint := monitoringv1.Endpoint{Port: "https", Path: "/metrics"}
	if secure {
		// The token is Prometheus's own; "authorization" would want it in a Secret here.
		endpoint.Scheme = ptr.To(monitoringv1.Scheme("https"))
		endpoint.BearerTokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token" //nolint:staticcheck // see above
		endpoint.TLSConfig = &monitoringv1.TLSConfig{SafeTLSConfig: monitoringv1.SafeTLSConfig{InsecureSkipVerify: ptr.To(true)}}
	}
	return &monitoringv1.ServiceMonitor{
		TypeMeta: metav1.TypeMeta{APIVersion: monitoringv1.SchemeGroupVersion.String(), Kind: monitoringv1.ServiceMonitorsKind},
		ObjectMeta: metav1.ObjectMeta{
			Name: monitorName, Namespace: namespace,
			Labels: map[string]string{"app.kubernetes.io/managed-by": manifest.ManagedBy, "app.kubernetes.io/name": "opentelemetry-operator"},
		},
		Spec: monitoringv1.ServiceMonitorSpec{
			Endpoints: []monitoringv1.Endpoint{endpoint},
			Selector: metav1.LabelSelector{MatchLabels: map[string]string{
				"app.kubernetes.io/name": "opentelemetry-operator", "control-plane": "controller-manager",
			}},
		},
	}
}
