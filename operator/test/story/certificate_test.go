//go:build e2e

package story

import (
	"errors"
	"testing"
)

const servingSecret = "opentelemetry-operator-controller-manager-service-cert"

// TestCertManager moves the webhooks' certificate from the operator's own to cert-manager's
// and back. The webhooks answer, and are trusted, with either.
func TestCertManager(t *testing.T) {
	if err := kube.InstallCertManager(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kube.RemoveCertManager(testContext(t)); err != nil {
			t.Error(err)
		}
	})
	objects := []string{"certificate.cert-manager.io/opentelemetry-operator-serving-cert", "issuer.cert-manager.io/opentelemetry-operator-selfsigned-issuer"}
	self := func(t testing.TB) {
		t.Helper()
		// As Helm does it: what is no longer in the chart is deleted after the rest is applied.
		reinstall(t)
		kubectl(t, append([]string{"delete", "--ignore-not-found", "-n", operatorNamespace}, objects...)...)
		rollout(t, operatorNamespace, "deployment/"+manager)
	}
	t.Cleanup(func() { self(t) })

	restore(t, "cert-manager.io/v1/Certificate")
	wait(t, `{.status.conditions[?(@.type=="Ready")].status}`, "True", objects[0], "-n", operatorNamespace)
	trusted(t, "cert-manager's", true)

	self(t)
	trusted(t, "the operator's own", false)
	answering(t)
}

// trusted waits until the serving certificate is cert-manager's or the operator's own, and the
// API server trusts the authority of that one for everything that it calls.
func trusted(t testing.TB, whose string, certManager bool) {
	t.Helper()
	eventually(t, "the certificate is "+whose+" and trusted", func() error {
		read := func(path string, args ...string) (string, error) {
			return kube.Kubectl(t.Context(), append(append([]string{"get"}, args...), "-o", "jsonpath="+path)...)
		}
		own, err1 := read(`{.data.ca\.key}`, "secret", servingSecret, "-n", operatorNamespace)
		authority, err2 := read(`{.data.ca\.crt}`, "secret", servingSecret, "-n", operatorNamespace)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if (own == "") != certManager {
			return errors.New("it is the other's")
		}
		for _, trust := range [][]string{
			{"{.webhooks[0].clientConfig.caBundle}", "mutatingwebhookconfiguration", "opentelemetry-operator-mutating-webhook-configuration"},
			{"{.webhooks[0].clientConfig.caBundle}", "validatingwebhookconfiguration", "opentelemetry-operator-validating-webhook-configuration"},
			{"{.spec.conversion.webhook.clientConfig.caBundle}", "crd", "opentelemetrycollectors.opentelemetry.io"},
		} {
			bundle, err := read(trust[0], trust[1:]...)
			if err != nil {
				return err
			}
			if bundle != authority {
				return errors.New(trust[1] + " trusts another authority")
			}
		}
		return nil
	})
}
