package certs

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Target names where the API server finds the webhooks and what it trusts there.
type Target struct {
	// Mutating and Validating are the names of the two webhook configurations.
	Mutating, Validating string
	// Pods is the name of another mutating configuration, that for the identities of pods; empty
	// for none.
	Pods string
	// CRD is the name of the custom resource definition whose versions are converted.
	CRD string
	// Service is the name of the webhooks' service in the operator's namespace, Port its port.
	Service string
	Port    int32
}

// patch writes the bundle into the webhook configurations and into the definition's
// conversion. A nil bundle leaves bundles as they are. The definition's conversion is also
// pointed at the operator's service, wherever the operator is installed. What is as it should
// be is not written; what is not installed is left out.
func (k *Keeper) patch(ctx context.Context, bundle []byte) error {
	validating := &admissionv1.ValidatingWebhookConfiguration{}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	return errors.Join(
		k.mutating(ctx, k.Target.Mutating, bundle),
		k.mutating(ctx, k.Target.Pods, bundle),
		k.change(ctx, k.Target.Validating, validating, func() bool {
			changed := false
			for i := range validating.Webhooks {
				changed = k.trust(&validating.Webhooks[i].ClientConfig, bundle) || changed
			}
			return changed
		}),
		k.change(ctx, k.Target.CRD, crd, func() bool { return k.convert(crd, bundle) }),
	)
}

// mutating writes the bundle into a mutating configuration.
func (k *Keeper) mutating(ctx context.Context, name string, bundle []byte) error {
	mutating := &admissionv1.MutatingWebhookConfiguration{}
	return k.change(ctx, name, mutating, func() bool {
		changed := false
		for i := range mutating.Webhooks {
			changed = k.trust(&mutating.Webhooks[i].ClientConfig, bundle) || changed
		}
		return changed
	})
}

// change reads an object, lets edit change it and writes it when edit says that it did. A
// write that meets another's is tried again at the next look.
func (k *Keeper) change(ctx context.Context, name string, obj client.Object, edit func() bool) error {
	if name == "" {
		return nil
	}
	if err := k.Reader.Get(ctx, client.ObjectKey{Name: name}, obj); err != nil {
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("read %s: %w", name, err)
	}
	if edited := edit(); !k.uninject(obj) && !edited {
		return nil
	}
	if err := k.Client.Update(ctx, obj, client.FieldOwner(fieldManager)); err != nil {
		return fmt.Errorf("trust the certificate of the %s in %s: %w", k.Of, name, err)
	}
	k.Log.InfoContext(ctx, "trust written", "of", k.Of, "object", name)
	return nil
}

// uninject takes the request for cert-manager's CA injector away where the operator was told to
// use its own authority: the two would write over each other without end.
func (k *Keeper) uninject(obj client.Object) bool {
	if _, asks := obj.GetAnnotations()[injectAnnotation]; !asks || k.Source != Self {
		return false
	}
	annotations := obj.GetAnnotations()
	delete(annotations, injectAnnotation)
	obj.SetAnnotations(annotations)
	return true
}

// trust sets the bundle of a webhook that is served by the operator.
func (k *Keeper) trust(c *admissionv1.WebhookClientConfig, bundle []byte) bool {
	ours := c.Service != nil && c.Service.Name == k.Target.Service && c.Service.Namespace == k.Secret.Namespace
	if bundle == nil || !ours || bytes.Equal(c.CABundle, bundle) {
		return false
	}
	c.CABundle = bundle
	return true
}

// convert points the definition's conversion at the operator.
func (k *Keeper) convert(crd *apiextensionsv1.CustomResourceDefinition, bundle []byte) bool {
	want := apiextensionsv1.WebhookClientConfig{
		Service: &apiextensionsv1.ServiceReference{
			Namespace: k.Secret.Namespace,
			Name:      k.Target.Service,
			Path:      ptr.To("/convert"),
			Port:      ptr.To(k.Target.Port),
		},
		CABundle: bundle,
	}
	have := crd.Spec.Conversion
	if have != nil && have.Webhook != nil && have.Webhook.ClientConfig != nil && bundle == nil {
		want.CABundle = have.Webhook.ClientConfig.CABundle
	}
	if have != nil && have.Strategy == apiextensionsv1.WebhookConverter && have.Webhook != nil && sameClient(have.Webhook.ClientConfig, want) {
		return false
	}
	crd.Spec.Conversion = &apiextensionsv1.CustomResourceConversion{
		Strategy: apiextensionsv1.WebhookConverter,
		Webhook: &apiextensionsv1.WebhookConversion{
			ClientConfig:             &want,
			ConversionReviewVersions: []string{"v1"},
		},
	}
	return true
}

// sameClient reports whether a conversion is as wanted.
func sameClient(have *apiextensionsv1.WebhookClientConfig, want apiextensionsv1.WebhookClientConfig) bool {
	return have != nil && have.URL == nil && have.Service != nil &&
		have.Service.Namespace == want.Service.Namespace && have.Service.Name == want.Service.Name &&
		ptr.Equal(have.Service.Path, want.Service.Path) && ptr.Deref(have.Service.Port, 443) == *want.Service.Port &&
		bytes.Equal(have.CABundle, want.CABundle)
}
