package reconcile

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// name names an object in messages and in resourceIds: "deployment.apps ns/name".
func name(object *unstructured.Unstructured) string {
	gk := object.GroupVersionKind().GroupKind()
	kind := strings.ToLower(gk.Kind)
	if gk.Group != "" {
		kind += "." + gk.Group
	}
	if object.GetNamespace() == "" {
		return kind + " " + object.GetName()
	}
	return kind + " " + object.GetNamespace() + "/" + object.GetName()
}

// issueOf makes an issue of an error about an object.
func issueOf(err error, object *unstructured.Unstructured) v1alpha1.AddonIssue {
	issue := v1alpha1.AddonIssue{Code: codeOf(err), Message: err.Error()}
	if object != nil {
		issue.Message = name(object) + ": " + err.Error()
		issue.ResourceIDs = []string{name(object)}
	}
	return issue
}

// codeOf returns the code that EKS has for such an error.
func codeOf(err error) string {
	_, unreachable := errors.AsType[net.Error](err)
	switch {
	case strings.Contains(err.Error(), "admission webhook "), strings.Contains(err.Error(), "failed calling webhook "):
		return v1alpha1.IssueAdmissionRequestDenied
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return v1alpha1.IssueAccessDenied
	case apierrors.IsConflict(err), apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		return v1alpha1.IssueConfigurationConflict
	case unreachable, apierrors.IsServerTimeout(err), apierrors.IsTimeout(err), apierrors.IsServiceUnavailable(err), apierrors.IsTooManyRequests(err):
		return v1alpha1.IssueClusterUnreachable
	default:
		return v1alpha1.IssueInternalFailure
	}
}

// inConflict is fields of an object that others have set.
type inConflict struct {
	object    *unstructured.Unstructured
	conflicts []conflict
}

// conflictIssue makes one issue of all conflicts.
func conflictIssue(all []inConflict) v1alpha1.AddonIssue {
	issue := v1alpha1.AddonIssue{Code: v1alpha1.IssueConfigurationConflict}
	var texts []string
	for _, one := range all {
		issue.ResourceIDs = append(issue.ResourceIDs, name(one.object))
		texts = append(texts, describe(one))
	}
	issue.Message = "Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts: " + strings.Join(texts, "; ")
	return issue
}

// describe writes an object and its fields in conflict, each once.
func describe(one inConflict) string {
	var paths []string
	for _, c := range one.conflicts {
		if text := c.path + " (" + c.with + ")"; !slices.Contains(paths, text) {
			paths = append(paths, text)
		}
	}
	return fmt.Sprintf("%s - %s", name(one.object), strings.Join(paths, ", "))
}

// same reports whether two lists of issues say the same.
func same(a, b []v1alpha1.AddonIssue) bool {
	return slices.EqualFunc(a, b, func(x, y v1alpha1.AddonIssue) bool {
		return x.Code == y.Code && x.Message == y.Message && slices.Equal(x.ResourceIDs, y.ResourceIDs)
	})
}
