package certs

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// fieldManager is the name under which the Keeper writes.
const fieldManager = "radiograph-operator-certs"

// recheck is the longest time between two looks, so that what no watch shows is found.
const recheck = time.Hour

// Keeper keeps the serving certificate's Secret and the trust bundles right. Only the leader
// runs it.
type Keeper struct {
	// Client writes.
	Client client.Client
	// Reader reads past the cache.
	Reader client.Reader
	// Secret is the name of the Secret; its namespace is that of the operator.
	Secret types.NamespacedName
	// Source says who writes the Secret.
	Source Source
	// Names are the DNS names of the services that show the certificate.
	Names []string
	// Target names what trusts the certificate.
	Target Target
	// Of is what shows the certificate, for messages: "webhooks".
	Of string
	// Log is told of every write.
	Log *slog.Logger
	// Now is the clock.
	Now func() time.Time
}

// DNSNames returns the names under which the API server and others reach a service.
func DNSNames(service, namespace string) []string {
	base := service + "." + namespace + ".svc"
	return []string{base, base + ".cluster.local"}
}

// Reconcile writes the Secret if it is the operator's to write, then the trust bundles.
func (k *Keeper) Reconcile(ctx context.Context, _ ctrl.Request) (ctrl.Result, error) {
	secret := &corev1.Secret{}
	err := k.Reader.Get(ctx, k.Secret, secret)
	if apierrors.IsNotFound(err) {
		secret = nil
	} else if err != nil {
		return ctrl.Result{}, fmt.Errorf("read secret %s: %w", k.Secret, err)
	}
	source := k.Source
	if source == Auto {
		if source, err = k.find(ctx, secret); err != nil {
			return ctrl.Result{}, err
		}
	}
	after := recheck
	var bundle []byte
	switch source {
	case CertManager, Auto:
		if secret != nil && secret.Annotations[issuedAnnotation] != "" {
			// The injector fills in the same where it is asked to. The definition comes from a
			// file that cannot ask, and an injector that is late would keep the webhooks down.
			bundle = secret.Data[keyBundle]
			if err := k.disown(ctx, secret); err != nil {
				return ctrl.Result{}, err
			}
		}
	case Secret:
		if secret != nil {
			bundle = secret.Data[keyBundle]
		}
	case Self:
		if secret != nil && !replaceable(secret) {
			return ctrl.Result{}, fmt.Errorf("secret %s holds a certificate that the operator did not write: delete it, or configure the source %q", k.Secret, Secret)
		}
		next, data, err := k.keep(ctx, secret)
		if err != nil {
			return ctrl.Result{}, err
		}
		bundle, after = data[keyBundle], min(recheck, max(next.Sub(k.Now()), time.Second))
	}
	if len(bundle) == 0 {
		bundle = nil // an issuer whose authority is known everywhere
	}
	switch err := k.patch(ctx, bundle); {
	case apierrors.IsConflict(err):
		after = time.Second // another, such as cert-manager's injector, has just written
	case err != nil:
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: after}, nil
}

// replaceable reports whether the operator may write over a Secret: its own, cert-manager's,
// which is no longer asked for, or one without a certificate.
func replaceable(secret *corev1.Secret) bool {
	return secret.Labels[selfLabel] != "" || secret.Annotations[issuedAnnotation] != "" || len(secret.Data[keyLeafCert]) == 0
}

// find chooses the source from what is installed.
func (k *Keeper) find(ctx context.Context, secret *corev1.Secret) (Source, error) {
	crd := &metav1.PartialObjectMetadata{}
	crd.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	err := k.Reader.Get(ctx, client.ObjectKey{Name: "certificates.cert-manager.io"}, crd)
	if client.IgnoreNotFound(err) != nil {
		return "", fmt.Errorf("look for cert-manager: %w", err)
	}
	certManager := err == nil
	mutating := &admissionv1.MutatingWebhookConfiguration{}
	if err := k.Reader.Get(ctx, client.ObjectKey{Name: k.Target.Mutating}, mutating); client.IgnoreNotFound(err) != nil {
		return "", fmt.Errorf("read %s: %w", k.Target.Mutating, err)
	}
	return choose(secret, mutating.Annotations[injectAnnotation] != "", certManager), nil
}

// keep advances the operator's own authority and writes the Secret if that changed it. It
// returns when to look again and what the Secret holds.
func (k *Keeper) keep(ctx context.Context, secret *corev1.Secret) (time.Time, map[string][]byte, error) {
	var have Authority
	if secret != nil {
		have = parse(secret.Data)
	}
	want, next, err := have.Advance(k.Now(), k.Names)
	if err != nil {
		return time.Time{}, nil, err
	}
	owners, err := k.owners(ctx)
	if err != nil {
		return time.Time{}, nil, err
	}
	if secret != nil && want.equal(have) && equality.Semantic.DeepEqual(secret.OwnerReferences, owners) {
		return next, secret.Data, nil
	}
	data, err := want.data()
	if err != nil {
		return time.Time{}, nil, err
	}
	if err := k.write(ctx, secret, data, owners); err != nil {
		return time.Time{}, nil, err
	}
	k.Log.InfoContext(ctx, "certificate written", "of", k.Of, "secret", k.Secret.String(), "until", want.Leaf.Cert.NotAfter)
	return next, data, nil
}

// owners make the Secret go with the webhooks' Service when the operator is uninstalled: no
// manifest has it.
func (k *Keeper) owners(ctx context.Context) ([]metav1.OwnerReference, error) {
	if k.Target.Service == "" {
		return nil, nil
	}
	service := &metav1.PartialObjectMetadata{}
	service.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Service"))
	if err := k.Reader.Get(ctx, types.NamespacedName{Namespace: k.Secret.Namespace, Name: k.Target.Service}, service); err != nil {
		if apierrors.IsNotFound(err) {
			return nil, nil
		}
		return nil, fmt.Errorf("read the service of the %s: %w", k.Of, err)
	}
	return []metav1.OwnerReference{{APIVersion: "v1", Kind: "Service", Name: service.Name, UID: service.UID}}, nil
}

// disown takes out of a Secret that cert-manager writes now what the operator had put there.
func (k *Keeper) disown(ctx context.Context, secret *corev1.Secret) error {
	left := secret.DeepCopy()
	delete(left.Labels, selfLabel)
	left.OwnerReferences = slices.DeleteFunc(left.OwnerReferences, func(o metav1.OwnerReference) bool { return o.Kind == "Service" })
	for _, key := range []string{keyCAKey, keyNextCert, keyNextKey} {
		delete(left.Data, key)
	}
	if equality.Semantic.DeepEqual(left, secret) {
		return nil
	}
	if err := k.Client.Update(ctx, left, client.FieldOwner(fieldManager)); err != nil {
		return fmt.Errorf("leave secret %s to cert-manager: %w", k.Secret, err)
	}
	k.Log.InfoContext(ctx, "certificate left to cert-manager", "of", k.Of, "secret", k.Secret.String())
	return nil
}

// write creates or updates the Secret. Another replica that was faster makes it fail, and the
// next look takes what that one wrote.
func (k *Keeper) write(ctx context.Context, secret *corev1.Secret, data map[string][]byte, owners []metav1.OwnerReference) error {
	if secret == nil {
		secret = &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Name: k.Secret.Name, Namespace: k.Secret.Namespace,
				Labels: map[string]string{selfLabel: "true"}, OwnerReferences: owners,
			},
			Type: corev1.SecretTypeTLS,
			Data: data,
		}
		if err := k.Client.Create(ctx, secret, client.FieldOwner(fieldManager)); err != nil {
			return fmt.Errorf("create secret %s: %w", k.Secret, err)
		}
		return nil
	}
	if secret.Labels == nil {
		secret.Labels = make(map[string]string)
	}
	secret.Labels[selfLabel] = "true"
	for _, marks := range []map[string]string{secret.Labels, secret.Annotations} {
		maps.DeleteFunc(marks, func(key, _ string) bool {
			domain, _, _ := strings.Cut(key, "/")
			return domain == certManagerDomain || strings.HasSuffix(domain, "."+certManagerDomain)
		})
	}
	secret.Data, secret.OwnerReferences = data, owners
	if err := k.Client.Update(ctx, secret, client.FieldOwner(fieldManager)); err != nil {
		return fmt.Errorf("update secret %s: %w", k.Secret, err)
	}
	return nil
}
