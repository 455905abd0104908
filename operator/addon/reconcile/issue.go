package reconcile

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
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
	issue := v1alpha1.AddonIssue{Code: codeOf(err), Message: oneLine(err.Error())}
	if object != nil {
		issue.Message = name(object) + ": " + issue.Message
		issue.ResourceIDs = []string{name(object)}
	}
	return issue
}

// codeOf returns the code that EKS has for such an error.
func codeOf(err error) string {
	_, unreachable := errors.AsType[net.Error](err)
	_, taken := errors.AsType[*takenError](err)
	switch {
	case taken:
		return v1alpha1.IssueConfigurationConflict
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

// transient reports whether an error may pass by itself: the API server, or a webhook that it
// asks, does not answer, or the object was changed at the same time.
func transient(err error) bool {
	_, unreachable := errors.AsType[net.Error](err)
	_, fields := conflictsOf(err)
	return unreachable || apierrors.IsConflict(err) && !fields ||
		apierrors.IsNotFound(err) || // a kind whose definition has just been established
		apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) || apierrors.IsInternalError(err) || apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err) ||
		apierrors.IsServiceUnavailable(err) || apierrors.IsTooManyRequests(err)
}

// What a status holds at most, so that it fits into the API server however much is wrong: issues,
// characters of a message, and names in a list.
const (
	maxIssues  = 20
	maxMessage = 8 << 10
	maxListed  = 20
)

// few keeps to what a status holds.
func few(issues []v1alpha1.AddonIssue) []v1alpha1.AddonIssue {
	if over := len(issues) - maxIssues; over > 0 {
		issues = append(slices.Clone(issues[:maxIssues-1]), v1alpha1.AddonIssue{
			Code: issues[maxIssues-1].Code, Message: fmt.Sprintf("and %d more", over+1),
		})
	}
	for i := range issues {
		issues[i].Message = clip(issues[i].Message, maxMessage)
		if ids := issues[i].ResourceIDs; len(ids) > maxListed {
			issues[i].ResourceIDs = ids[:maxListed]
		}
	}
	return issues
}

// clip shortens a text to so many bytes.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len("…")], "") + "…"
}

// list writes the first of many texts.
func list(texts []string) string {
	if over := len(texts) - maxListed; over > 0 {
		return strings.Join(texts[:maxListed], ", ") + fmt.Sprintf(" and %d more", over)
	}
	return strings.Join(texts, ", ")
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
	return fmt.Sprintf("%s - %s", name(one.object), list(paths))
}

// same reports whether two lists of issues say the same.
func same(a, b []v1alpha1.AddonIssue) bool {
	return slices.EqualFunc(a, b, func(x, y v1alpha1.AddonIssue) bool {
		return x.Code == y.Code && x.Message == y.Message && slices.Equal(x.ResourceIDs, y.ResourceIDs)
	})
}
