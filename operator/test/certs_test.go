//go:build e2e

package test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// webhooks are a configuration such as the operator is installed with.
const webhooks = `apiVersion: admissionregistration.k8s.io/v1
kind: %sWebhookConfiguration
metadata: {name: opentelemetry-operator-%s-webhook-configuration}
webhooks:
  - name: pods.example.test
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Ignore
    clientConfig:
      service: {name: opentelemetry-operator-webhook-service, namespace: opentelemetry-operator-system, path: /mutate-v1-pod}
    rules: [{apiGroups: [example.test], apiVersions: [v1], operations: [CREATE], resources: [nothing]}]
`

// TestSelfManagedCertificate follows the trust from the webhooks' configuration to the
// server's handshake, and through the loss of the Secret.
func TestSelfManagedCertificate(t *testing.T) {
	r := newRig(t)
	r.create(fmt.Appendf(nil, webhooks, "Mutating", "mutating"))
	r.create(fmt.Appendf(nil, webhooks, "Validating", "validating"))
	webhookPort := port(t)
	r.operator("--webhook-port=" + webhookPort)
	bundle := r.trusted(webhookPort, nil)

	secret := &corev1.Secret{}
	secret.Namespace, secret.Name = operatorNamespace, "opentelemetry-operator-controller-manager-service-cert"
	if err := r.Delete(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	r.trusted(webhookPort, bundle)
	written := map[string]int{}
	r.eventually("the audit log has the writes", func() error {
		clear(written)
		for _, w := range r.writes() {
			written[w]++
		}
		if len(written) < 4 {
			return fmt.Errorf("it has %v", written)
		}
		return nil
	})
	for w, times := range written {
		if times > 2 {
			t.Errorf("for two certificates %q was sent %d times", w, times)
		}
	}
}

// trusted waits until the three places that trust the webhooks have a bundle, other than the
// old one, that the server's certificate is trusted by.
func (r *rig) trusted(webhookPort string, old []byte) []byte {
	r.t.Helper()
	ctx := r.t.Context()
	var bundle []byte
	r.eventually("the webhooks are trusted", func() error {
		var mutating admissionv1.MutatingWebhookConfiguration
		var validating admissionv1.ValidatingWebhookConfiguration
		var crd apiextensionsv1.CustomResourceDefinition
		if err := errors.Join(
			r.Get(ctx, client.ObjectKey{Name: "opentelemetry-operator-mutating-webhook-configuration"}, &mutating),
			r.Get(ctx, client.ObjectKey{Name: "opentelemetry-operator-validating-webhook-configuration"}, &validating),
			r.Get(ctx, client.ObjectKey{Name: "opentelemetrycollectors.opentelemetry.io"}, &crd),
		); err != nil {
			return err
		}
		bundle = mutating.Webhooks[0].ClientConfig.CABundle
		if len(bundle) == 0 || bytes.Equal(bundle, old) || !bytes.Equal(bundle, validating.Webhooks[0].ClientConfig.CABundle) {
			return errors.New("the configurations have no new bundle")
		}
		conversion := crd.Spec.Conversion
		if conversion == nil || conversion.Webhook == nil || !bytes.Equal(bundle, conversion.Webhook.ClientConfig.CABundle) ||
			conversion.Webhook.ClientConfig.Service.Namespace != operatorNamespace {
			return fmt.Errorf("the conversion is %+v", conversion)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(bundle) {
			return errors.New("the bundle holds no certificate")
		}
		dialer := &tls.Dialer{Config: &tls.Config{
			RootCAs: roots, ServerName: "opentelemetry-operator-webhook-service." + operatorNamespace + ".svc", MinVersion: tls.VersionTLS12,
		}}
		conn, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:"+webhookPort)
		if err != nil {
			return err
		}
		return conn.Close()
	})
	return bundle
}
