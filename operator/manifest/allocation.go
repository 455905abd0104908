package manifest

import (
	"fmt"
	"path"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// defaultInterval is how often a collector asks for its targets, and how long one that is not
// ready keeps them.
const defaultInterval = 30 * time.Second

// allocatorOf returns the target allocator of a collector, as a resource: its own, or the one
// that it names by label. It is nil when it has none.
func allocatorOf(p Params) *v1alpha1.TargetAllocator {
	if p.Collector.Spec.TargetAllocator.Enabled {
		return embeddedAllocator(p)
	}
	if p.Collector.Labels[AllocatorLabel] != "" {
		return p.Allocator
	}
	return nil
}

// embeddedAllocator is the resource that a collector's spec.targetAllocator stands for.
func embeddedAllocator(p Params) *v1alpha1.TargetAllocator {
	cr, said := p.Collector, p.Collector.Spec.TargetAllocator
	out := &v1alpha1.TargetAllocator{
		TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "TargetAllocator"},
		ObjectMeta: metav1.ObjectMeta{
			Name: cr.Name, Namespace: cr.Namespace,
			Annotations: passing(cr.Annotations, p.AnnotationsFilter),
		},
		Spec: v1alpha1.TargetAllocatorSpec{
			OpenTelemetryCommonFields: v1beta1.OpenTelemetryCommonFields{
				ManagementState:           v1beta1.ManagementStateManaged,
				Replicas:                  said.Replicas,
				NodeSelector:              said.NodeSelector,
				Resources:                 said.Resources,
				ServiceAccount:            said.ServiceAccount,
				Image:                     said.Image,
				Affinity:                  said.Affinity,
				SecurityContext:           said.SecurityContext,
				PodSecurityContext:        said.PodSecurityContext,
				TopologySpreadConstraints: said.TopologySpreadConstraints,
				Tolerations:               said.Tolerations,
				Env:                       said.Env,
				PodDisruptionBudget:       said.PodDisruptionBudget,
				IpFamilies:                cr.Spec.IpFamilies,
				IpFamilyPolicy:            cr.Spec.IpFamilyPolicy,
			},
			AllocationStrategy:           said.AllocationStrategy,
			FilterStrategy:               said.FilterStrategy,
			PrometheusCR:                 said.PrometheusCR,
			Observability:                said.Observability,
			NetworkPolicy:                cr.Spec.NetworkPolicy,
			AllowInsecureAuthSecrets:     said.AllowInsecureAuthSecrets,
			CollectorNotReadyGracePeriod: said.CollectorNotReadyGracePeriod,
			Mtls:                         said.Mtls,
		},
	}
	image := out.Spec.Image
	if image == "" {
		image = p.AllocatorImage
	}
	out.Labels = childLabels(cr, p.LabelsFilter, AllocatorComponent, cr.Name, image)
	// The children of the allocator take over its labels, and this one would name another.
	delete(out.Labels, labelName)
	return out
}

// allocator is the resource of the collector's own target allocator. The children of that are
// the business of its own reconciler.
func (b *builder) allocator() []client.Object {
	if b.cr.Spec.TargetAllocator.Enabled {
		return []client.Object{embeddedAllocator(b.Params)}
	}
	if name := b.cr.Labels[AllocatorLabel]; name != "" && b.Allocator == nil {
		b.warn("the target allocator %s is not there: the collector scrapes all targets by itself", name)
	}
	return nil
}

// allocationFor says how the collector reaches its target allocator, false when it has none.
func allocationFor(p Params) (otelconfig.Allocation, bool) {
	ta := allocatorOf(p)
	if ta == nil {
		return otelconfig.Allocation{}, false
	}
	host := AllocatorName(ta.Name)
	if ta.Namespace != p.Collector.Namespace {
		host += "." + ta.Namespace
	}
	out := otelconfig.Allocation{Endpoint: fmt.Sprintf("http://%s:80", host), Interval: defaultInterval}
	if d := p.Collector.Spec.TargetAllocator.CollectorTargetReloadInterval; d != nil {
		out.Interval = d.Duration
	}
	if _, ok := certificates(p.Options, ta); ok {
		out.Endpoint = fmt.Sprintf("https://%s:443", host)
		out.CAFile, out.CertFile, out.KeyFile = tlsFile(caKey), tlsFile(corev1.TLSCertKey), tlsFile(corev1.TLSPrivateKeyKey)
	}
	return out, true
}

// caKey is the key of an authority's certificate, in Secrets of cert-manager and elsewhere.
const caKey = "ca.crt"

func tlsFile(key string) string { return path.Join(tlsDir, key) }

// allocatorTLS is the volume with the collector's certificate for the target allocator.
func (b *builder) allocatorTLS() (corev1.Volume, corev1.VolumeMount, bool) {
	ta := allocatorOf(b.Params)
	if ta == nil {
		return corev1.Volume{}, corev1.VolumeMount{}, false
	}
	certs, ok := certificates(b.Options, ta)
	if !ok {
		return corev1.Volume{}, corev1.VolumeMount{}, false
	}
	volume, mount := tlsVolume(AllocatorName(ta.Name)+"-client", certs.authority, certs.client)
	return volume, mount, true
}

// certificateSet says where the certificates of a target allocator and its collectors are.
type certificateSet struct {
	authority      v1beta1.CAReference
	server, client v1beta1.CertificateReference
	managed        bool // cert-manager issues them
}

// certificates returns where the certificates are, false without mTLS, and when there is
// nobody to issue them.
func certificates(opts Options, ta *v1alpha1.TargetAllocator) (certificateSet, bool) {
	mtls := ta.Spec.Mtls
	if mtls == nil || !mtls.Enabled {
		return certificateSet{}, false
	}
	if t := mtls.TLS; t != nil && t.CertificateAuthorityCertificate != nil && t.ServerCertificate != nil && t.ClientCertificate != nil {
		return certificateSet{authority: *t.CertificateAuthorityCertificate, server: *t.ServerCertificate, client: *t.ClientCertificate}, true
	}
	if mtls.UseCertManager != nil && !*mtls.UseCertManager || !opts.Available.CertManager {
		return certificateSet{}, false
	}
	server, client := issuedBy(serverCertificate(ta.Name)), issuedBy(clientCertificate(ta.Name))
	return certificateSet{
		authority: v1beta1.CAReference{Secret: &v1beta1.SecretKeySelector{Name: clientCertificate(ta.Name), Key: caKey}},
		server:    server, client: client, managed: true,
	}, true
}

func serverCertificate(ta string) string { return Name("%s-ta-server-cert", ta) }
func clientCertificate(ta string) string { return Name("%s-ta-client-cert", ta) }

// issuedBy is a certificate in a Secret of cert-manager, which has everything in one.
func issuedBy(secret string) v1beta1.CertificateReference {
	return v1beta1.CertificateReference{
		CertificateSecret: v1beta1.SecretKeySelector{Name: secret, Key: corev1.TLSCertKey},
		KeySecret:         v1beta1.SecretKeySelector{Name: secret, Key: corev1.TLSPrivateKeyKey},
	}
}

// tlsVolume brings an authority, a certificate and its key to their files.
func tlsVolume(name string, authority v1beta1.CAReference, cert v1beta1.CertificateReference) (corev1.Volume, corev1.VolumeMount) {
	secret := func(from v1beta1.SecretKeySelector, key string) corev1.VolumeProjection {
		if from.Key == "" {
			from.Key = key
		}
		return corev1.VolumeProjection{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: from.Name},
			Items:                []corev1.KeyToPath{{Key: from.Key, Path: key}},
		}}
	}
	sources := []corev1.VolumeProjection{
		secret(cert.CertificateSecret, corev1.TLSCertKey),
		secret(cert.KeySecret, corev1.TLSPrivateKeyKey),
	}
	switch {
	case authority.Secret != nil:
		sources = append(sources, secret(*authority.Secret, caKey))
	case authority.ConfigMap != nil:
		key := authority.ConfigMap.Key
		if key == "" {
			key = caKey
		}
		sources = append(sources, corev1.VolumeProjection{ConfigMap: &corev1.ConfigMapProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: authority.ConfigMap.Name},
			Items:                []corev1.KeyToPath{{Key: key, Path: caKey}},
		}})
	}
	name = Name("%s", name)
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: sources}}},
		corev1.VolumeMount{Name: name, MountPath: tlsDir, ReadOnly: true}
}
