package certs

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Source says who writes the Secret with the serving certificate.
type Source string

// The sources.
const (
	// Auto is CertManager when it is installed and asked for by the annotation
	// cert-manager.io/inject-ca-from of the webhooks, Secret when there is one that the
	// operator did not write, and else Self.
	Auto Source = "auto"
	// CertManager is https://cert-manager.io: a Certificate writes the Secret, and its
	// CA injector the trust bundles.
	CertManager Source = "cert-manager"
	// Secret is one that the user keeps. Its ca.crt is put into the trust bundles.
	Secret Source = "secret"
	// Self is the operator's own authority.
	Self Source = "self"
)

// ParseSource reads the name of a source.
func ParseSource(text string) (Source, error) {
	sources := []Source{Auto, CertManager, Secret, Self}
	if slices.Contains(sources, Source(text)) {
		return Source(text), nil
	}
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = string(s)
	}
	return "", fmt.Errorf("source of the webhooks' certificate %q: want one of %s", text, strings.Join(names, ", "))
}

const (
	// injectAnnotation asks cert-manager's CA injector to fill in the trust bundle
	// (https://cert-manager.io/docs/concepts/ca-injector/).
	injectAnnotation = "cert-manager.io/inject-ca-from"
	// certManagerDomain is that of its labels and annotations.
	certManagerDomain = "cert-manager.io"
	// issuedAnnotation is on each Secret that cert-manager wrote.
	issuedAnnotation = "cert-manager.io/certificate-name"
	// selfLabel is on the Secret that the operator wrote.
	selfLabel = "radiograph.dev/self-managed-certificate"
)

// choose returns the source to use when it is left to the operator: secret is nil when there
// is none, injected whether the webhooks ask for cert-manager's injector.
func choose(secret *corev1.Secret, injected, certManager bool) Source {
	switch {
	case certManager && injected, secret != nil && secret.Annotations[issuedAnnotation] != "":
		return CertManager
	case secret != nil && secret.Labels[selfLabel] == "":
		return Secret
	default:
		return Self
	}
}
