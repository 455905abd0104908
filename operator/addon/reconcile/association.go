package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/radiograph/radiograph/operator/addon/association"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// associationAnnotation is on pods whose service account has an association of the add-on: a
// digest of it, so that they start anew when it changes.
const associationAnnotation = "radiograph.dev/pod-identity-association"

// associate makes the associations of the add-on as its spec has them.
func (r *reconciler) associate(ctx context.Context, in *installation) {
	_, err := association.Sync(ctx, r.client, in.addon, in.namespace)
	if _, taken := errors.AsType[*association.ConflictError](err); taken {
		in.fail(v1alpha1.AddonIssue{Code: v1alpha1.IssueAddonPermissionFailure, Message: err.Error()})
	} else if err != nil {
		in.stop(err, nil)
	}
}

// restartOn makes pods start anew when the association of their service account changes.
func restartOn(objects []*unstructured.Unstructured, associations []v1alpha1.AddonPodIdentity) {
	for _, object := range objects {
		account, at := []string{"spec", "template", "spec", "serviceAccountName"}, []string{"spec", "template", "metadata", "annotations"}
		switch gk := object.GroupVersionKind().GroupKind(); {
		case gk.Group == "apps":
		case gk.Group == "opentelemetry.io" && gk.Kind == "OpenTelemetryCollector":
			account, at = []string{"spec", "serviceAccount"}, []string{"spec", "podAnnotations"}
		default:
			continue
		}
		used, _, _ := unstructured.NestedString(object.Object, account...)
		i := slices.IndexFunc(associations, func(a v1alpha1.AddonPodIdentity) bool { return a.ServiceAccount == used })
		if i < 0 {
			continue
		}
		sum := sha256.Sum256([]byte(associations[i].RoleARN))
		annotations, _, _ := unstructured.NestedStringMap(object.Object, at...)
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[associationAnnotation] = hex.EncodeToString(sum[:8])
		// The parents are mappings in every such object that a chart makes; where they are
		// not, the API server refuses the object with a better text.
		_ = unstructured.SetNestedStringMap(object.Object, annotations, at...)
	}
}
