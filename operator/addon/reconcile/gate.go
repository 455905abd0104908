package reconcile

import (
	"context"
	"fmt"

	discoveryv1 "k8s.io/api/discovery/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// gate makes the installation wait for what a stage needs, if that is not there yet.
func (r *reconciler) gate(ctx context.Context, in *installation, next stage) {
	for _, object := range in.objects {
		var waiting string
		switch at := stageOfObject(object); {
		case at == stageDefinitions && next > stageDefinitions:
			waiting = r.established(ctx, object)
		case at == stageWebhooks && next >= stageWebhooks:
			waiting = r.callable(ctx, in, object, next > stageWebhooks)
		}
		if waiting != "" {
			in.waitFor(waiting)
			return
		}
	}
}

// established waits for a definition.
func (r *reconciler) established(ctx context.Context, object *unstructured.Unstructured) string {
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := r.client.Get(ctx, client.ObjectKeyFromObject(object), crd); err != nil {
		return fmt.Sprintf("%s: %v", name(object), err)
	}
	for _, c := range crd.Status.Conditions {
		if c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue {
			return ""
		}
	}
	return name(object) + " is not established"
}

// callable waits for the pods behind a webhook in the add-on's namespace, and, once it is
// configured, for the authority of its certificate: whoever serves it writes that.
func (r *reconciler) callable(ctx context.Context, in *installation, object *unstructured.Unstructured, configured bool) string {
	from := object
	if configured {
		from = &unstructured.Unstructured{}
		from.SetGroupVersionKind(object.GroupVersionKind())
		if err := r.client.Get(ctx, client.ObjectKeyFromObject(object), from); err != nil {
			return fmt.Sprintf("%s: %v", name(object), err)
		}
	}
	webhooks, _, _ := unstructured.NestedSlice(from.Object, "webhooks")
	for _, each := range webhooks {
		webhook, ok := each.(map[string]any)
		if !ok {
			continue
		}
		service, _, _ := unstructured.NestedString(webhook, "clientConfig", "service", "name")
		namespace, _, _ := unstructured.NestedString(webhook, "clientConfig", "service", "namespace")
		if service == "" || namespace != in.namespace {
			continue
		}
		ready, err := r.endpoints(ctx, namespace, service)
		if err != nil {
			return err.Error()
		}
		if !ready {
			return fmt.Sprintf("service %s/%s, which serves webhooks, has no ready endpoint", namespace, service)
		}
		if bundle, _, _ := unstructured.NestedString(webhook, "clientConfig", "caBundle"); configured && bundle == "" {
			return name(object) + " does not trust a certificate yet"
		}
	}
	return ""
}

// endpoints reports whether a service has a ready endpoint.
func (r *reconciler) endpoints(ctx context.Context, namespace, service string) (bool, error) {
	slices := &discoveryv1.EndpointSliceList{}
	err := r.client.List(ctx, slices, client.InNamespace(namespace), client.MatchingLabels{discoveryv1.LabelServiceName: service})
	if err != nil && !apierrors.IsNotFound(err) {
		return false, fmt.Errorf("read the endpoints of service %s/%s: %w", namespace, service, err)
	}
	for _, slice := range slices.Items {
		for _, endpoint := range slice.Endpoints {
			if endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready {
				return true, nil
			}
		}
	}
	return false, nil
}
