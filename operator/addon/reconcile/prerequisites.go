package reconcile

import (
	"context"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/addon/catalog"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// prerequisites asks the cluster for what the add-on needs, before anything is written.
func (r *reconciler) prerequisites(ctx context.Context, in *installation) {
	if in.installed() {
		return
	}
	if in.needsCertManager(r.RequireCertManager) {
		if why, passes := r.certManager(ctx, in); why != "" {
			issue := v1alpha1.AddonIssue{
				Code:    v1alpha1.IssueConfigurationConflict,
				Message: "cert-manager is not installed on this cluster: " + why + ". Install cert-manager, or choose another source of certificates where the add-on has one.",
			}
			if passes {
				in.waiting = &wait{issue: issue, failure: true}
				return
			}
			in.fail(issue)
		}
	}
	r.permissions(ctx, in)
}

// needsCertManager reports whether the objects or the administrator ask for cert-manager.
func (in *installation) needsCertManager(always bool) bool {
	switch in.version.Prerequisites.CertManager {
	case catalog.CertManagerRequired:
		return true
	case catalog.CertManagerOptional:
		if always {
			return true
		}
	case catalog.CertManagerUnused:
	}
	return slices.ContainsFunc(in.objects, func(o *unstructured.Unstructured) bool {
		return o.GroupVersionKind().Group == "cert-manager.io"
	})
}

// certManager says what is missing of cert-manager: its kinds, or the webhook that checks
// them. A certificate is created in a dry run, since the kinds are there before the webhook
// answers; that passes by itself.
func (r *reconciler) certManager(ctx context.Context, in *installation) (why string, passes bool) {
	for _, kind := range []string{"Certificate", "Issuer"} {
		if !slices.Contains(in.cluster.kinds, "cert-manager.io/v1/"+kind) {
			return "the cluster has no kind " + kind + " of cert-manager.io/v1", false
		}
	}
	certificate := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "cert-manager.io/v1", "kind": "Certificate",
		"metadata": map[string]any{"generateName": "addon-check-", "namespace": "default"},
		"spec": map[string]any{
			"secretName": "addon-check", "dnsNames": []any{"addon-check.default.svc"},
			"issuerRef": map[string]any{"kind": "Issuer", "name": "addon-check"},
		},
	}}
	err := r.client.Create(ctx, certificate, client.DryRunAll)
	switch {
	case err == nil:
		return "", false
	case meta.IsNoMatchError(err):
		return "the cluster has no kind Certificate of cert-manager.io/v1", false
	case apierrors.IsForbidden(err):
		return "", false // said by the check of permissions
	}
	return "a certificate cannot be created: " + oneLine(err.Error()), transient(err)
}
