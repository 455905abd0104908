package certs

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

// TestToCertManagerAndBack moves a Secret from the operator to cert-manager and back: neither
// leaves anything of its own in it, and the definition trusts the authority of the day.
func TestToCertManagerAndBack(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, apiextensionsv1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	service := &admissionv1.ServiceReference{Namespace: "ops", Name: "webhook"}
	c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(
		&admissionv1.MutatingWebhookConfiguration{
			ObjectMeta: metav1.ObjectMeta{Name: "mutating", Annotations: map[string]string{injectAnnotation: "ops/serving"}},
			Webhooks:   []admissionv1.MutatingWebhook{{Name: "m", ClientConfig: admissionv1.WebhookClientConfig{Service: service, CABundle: []byte("old")}}},
		},
		&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "ops", Name: "webhook", UID: "s"}},
		&apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: "collectors"}},
	).Build()
	k := &Keeper{
		Client: c, Reader: c, Secret: types.NamespacedName{Namespace: "ops", Name: "serving"}, Source: Self, Names: names,
		Target: Target{Mutating: "mutating", CRD: "collectors", Service: "webhook", Port: 443},
		Log:    slog.New(slog.DiscardHandler), Now: func() time.Time { return start },
	}
	look := func(source Source) (secret corev1.Secret, injected, converted []byte) {
		t.Helper()
		k.Source = source
		if _, err := k.Reconcile(t.Context(), ctrl.Request{}); err != nil {
			t.Fatal(err)
		}
		var mutating admissionv1.MutatingWebhookConfiguration
		var crd apiextensionsv1.CustomResourceDefinition
		for name, obj := range map[types.NamespacedName]client.Object{k.Secret: &secret, {Name: "mutating"}: &mutating, {Name: "collectors"}: &crd} {
			if err := c.Get(t.Context(), name, obj); err != nil {
				t.Fatal(err)
			}
		}
		return secret, mutating.Webhooks[0].ClientConfig.CABundle, crd.Spec.Conversion.Webhook.ClientConfig.CABundle
	}

	secret, _, converted := look(Self)
	var mutating admissionv1.MutatingWebhookConfiguration
	if err := c.Get(t.Context(), types.NamespacedName{Name: "mutating"}, &mutating); err != nil || mutating.Annotations[injectAnnotation] != "" {
		t.Errorf("the injector is asked to write over the operator's bundle: %v, %v", mutating.Annotations, err)
	}
	if len(converted) == 0 || !bytes.Equal(converted, secret.Data[keyBundle]) {
		t.Error("the definition does not trust the operator's authority")
	}

	if len(secret.OwnerReferences) != 1 || secret.OwnerReferences[0].UID != "s" {
		t.Errorf("the secret would stay when the operator goes: its owners are %v", secret.OwnerReferences)
	}

	// cert-manager writes its own keys, and leaves the others as they are.
	secret.Annotations = map[string]string{issuedAnnotation: "serving", "example.com/mine": "kept"}
	secret.Labels["controller.cert-manager.io/fao"] = "true"
	secret.Data[keyBundle], secret.Data[keyLeafCert], secret.Data[keyLeafKey] = []byte("authority"), []byte("certificate"), []byte("key")
	if err := c.Update(t.Context(), &secret); err != nil {
		t.Fatal(err)
	}
	before := secret.Data[keyBundle]
	secret, injected, converted := look(CertManager)
	if !bytes.Equal(converted, before) || !bytes.Equal(injected, before) {
		t.Errorf("the definition trusts %q, the webhooks %q", converted, injected)
	}
	if secret.Labels[selfLabel] != "" || secret.Data[keyCAKey] != nil || len(secret.OwnerReferences) > 0 || string(secret.Data[keyLeafCert]) != "certificate" {
		t.Errorf("the secret is %v with %d keys", secret.Labels, len(secret.Data))
	}

	secret, injected, converted = look(Self)
	if !bytes.Equal(converted, secret.Data[keyBundle]) || !bytes.Equal(injected, secret.Data[keyBundle]) {
		t.Error("the operator's authority is not trusted again")
	}
	if secret.Annotations[issuedAnnotation] != "" || secret.Annotations["example.com/mine"] != "kept" || len(secret.Labels) != 1 {
		t.Errorf("the secret has labels %v and annotations %v", secret.Labels, secret.Annotations)
	}
}
