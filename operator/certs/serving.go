package certs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Serving holds the certificate that the webhook server shows, and takes a new one from the
// Secret as soon as the cache sees it. It may be used by several goroutines.
type Serving struct {
	// Reader reads the Secret.
	Reader client.Reader
	// Secret is the Secret's name.
	Secret types.NamespacedName
	// Of is what shows the certificate, for messages: "webhooks".
	Of string
	// Log is told of every new certificate.
	Log *slog.Logger

	current atomic.Pointer[tls.Certificate]
}

// errNoCertificate is what a handshake ends with before there is a certificate.
var errNoCertificate = errors.New("there is no serving certificate yet")

// GetCertificate is for [tls.Config].
func (s *Serving) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if cert := s.current.Load(); cert != nil {
		return cert, nil
	}
	return nil, fmt.Errorf("%s: %w", s.Of, errNoCertificate)
}

// Ready is a readiness check: an error while there is no certificate, or only an expired one.
func (s *Serving) Ready(*http.Request) error {
	cert := s.current.Load()
	if cert == nil {
		return fmt.Errorf("%s: %w", s.Of, errNoCertificate)
	}
	if now := time.Now(); now.After(cert.Leaf.NotAfter) {
		return fmt.Errorf("%s: the serving certificate expired at %s", s.Of, cert.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}

// Reconcile takes the certificate from the Secret. One that cannot be read is reported and the
// last one goes on serving.
func (s *Serving) Reconcile(ctx context.Context, _ ctrl.Request) (ctrl.Result, error) {
	var secret corev1.Secret
	if err := s.Reader.Get(ctx, s.Secret, &secret); err != nil {
		if apierrors.IsNotFound(err) {
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, fmt.Errorf("read the certificate of the %s: %w", s.Of, err)
	}
	if len(secret.Data[keyLeafCert]) == 0 && len(secret.Data[keyLeafKey]) == 0 {
		return ctrl.Result{}, nil // cert-manager makes the Secret before it has a certificate
	}
	cert, err := tls.X509KeyPair(secret.Data[keyLeafCert], secret.Data[keyLeafKey])
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("use %s and %s of secret %s: %w", keyLeafCert, keyLeafKey, s.Secret, err)
	}
	old := s.current.Swap(&cert)
	if old == nil || !old.Leaf.Equal(cert.Leaf) {
		s.Log.InfoContext(ctx, "certificate loaded", "of", s.Of, "secret", s.Secret.String(), "until", cert.Leaf.NotAfter)
	}
	return ctrl.Result{}, nil
}
