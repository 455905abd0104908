package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// verbs are what the manager does with each object.
var verbs = []string{"get", "create", "patch", "delete"}

// need is a permission that the manager must have.
type need struct {
	verb, group, resource, name string
	// namespace is empty for objects that have none.
	namespace string
}

// permissions checks that the manager may write all objects, and grant what roles among them
// grant. What it may not is one issue.
func (r *reconciler) permissions(ctx context.Context, in *installation) {
	needs := r.needs(in)
	rules := map[string]*authorizationv1.SubjectRulesReviewStatus{}
	var missing []need
	for _, n := range needs {
		namespace := n.namespace
		if namespace == "" {
			namespace = in.namespace // the rules of every namespace have those of the cluster
		}
		have, ok := rules[namespace]
		if !ok {
			review, err := r.clients.AuthorizationV1().SelfSubjectRulesReviews().Create(ctx, &authorizationv1.SelfSubjectRulesReview{
				Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: namespace},
			}, metav1.CreateOptions{})
			if err != nil {
				in.stop(fmt.Errorf("ask for the permissions of the add-on manager: %w", err), nil)
				return
			}
			have = &review.Status
			rules[namespace] = have
		}
		if slices.ContainsFunc(have.ResourceRules, n.grantedBy) {
			continue
		}
		allowed := false
		if have.Incomplete { // an authorizer that cannot list its rules, but can be asked
			var err error
			if allowed, err = r.allowed(ctx, n); err != nil {
				in.stop(err, nil)
				return
			}
		}
		if !allowed {
			missing = append(missing, n)
		}
	}
	var texts []string
	if len(missing) > 0 {
		texts = append(texts, r.describeNeeds(ctx, missing)...)
	}
	texts = append(texts, r.escalations(ctx, in)...)
	if len(texts) > 0 {
		in.fail(v1alpha1.AddonIssue{Code: v1alpha1.IssueAccessDenied, Message: strings.Join(texts, "; ")})
	}
}

// allowed asks about one permission.
func (r *reconciler) allowed(ctx context.Context, n need) (bool, error) {
	review, err := r.clients.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: n.verb, Group: n.group, Resource: n.resource, Name: n.name, Namespace: n.namespace,
		}},
	}, metav1.CreateOptions{})
	if err != nil {
		return false, fmt.Errorf("ask for the permissions of the add-on manager: %w", err)
	}
	return review.Status.Allowed, nil
}

// needs lists the permissions for the objects, each once.
func (r *reconciler) needs(in *installation) []need {
	var out []need
	add := func(n need) {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	for _, object := range in.objects {
		gvk := object.GroupVersionKind()
		n := need{group: gvk.Group, name: object.GetName(), namespace: object.GetNamespace()}
		plural, _ := meta.UnsafeGuessKindToResource(gvk)
		n.resource = plural.Resource
		// The mapper does not know kinds whose definition is part of the add-on.
		if mapping, err := r.client.RESTMapper().RESTMapping(gvk.GroupKind(), gvk.Version); err == nil {
			n.resource = mapping.Resource.Resource
			if mapping.Scope.Name() != meta.RESTScopeNameNamespace {
				n.namespace = ""
			}
		}
		for _, verb := range verbs {
			n.verb = verb
			add(n)
		}
	}
	for _, rule := range in.version.Prerequisites.RBAC {
		for _, group := range rule.Groups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					add(need{verb: verb, group: group, resource: resource})
				}
			}
		}
	}
	return out
}

// grantedBy reports whether a rule grants the permission. A rule with names grants no create,
// since that is checked without one
// (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources);
// server-side apply creates by patch, and is checked for create too.
func (n need) grantedBy(rule authorizationv1.ResourceRule) bool {
	has := func(list []string, value string) bool {
		return slices.Contains(list, "*") || slices.Contains(list, value)
	}
	if !has(rule.Verbs, n.verb) || !has(rule.APIGroups, n.group) || !has(rule.Resources, n.resource) {
		return false
	}
	return len(rule.ResourceNames) == 0 || n.verb != "create" && slices.Contains(rule.ResourceNames, n.name)
}

// describeNeeds writes permissions as the API server does when it refuses, those that differ
// in their verbs alone in one.
func (r *reconciler) describeNeeds(ctx context.Context, missing []need) []string {
	user := r.identity(ctx)
	byObject := map[need][]string{}
	var order []need
	for _, n := range missing {
		key := n
		key.verb = ""
		if byObject[key] == nil {
			order = append(order, key)
		}
		byObject[key] = append(byObject[key], n.verb)
	}
	var out []string
	for _, key := range order {
		text := schema.GroupResource{Group: key.group, Resource: key.resource}.String()
		if key.name != "" {
			text += fmt.Sprintf(" %q", key.name)
		}
		text += fmt.Sprintf(" is forbidden: User %q cannot %s resource %q in API group %q", user, strings.Join(byObject[key], ", "), key.resource, key.group)
		if key.namespace != "" {
			text += fmt.Sprintf(" in the namespace %q", key.namespace)
		} else {
			text += " at the cluster scope"
		}
		out = append(out, text)
	}
	return out
}

// identity is who the manager is to the API server.
func (r *reconciler) identity(ctx context.Context) string {
	review, err := r.clients.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil || review.Status.UserInfo.Username == "" {
		return "eks:addon-manager" // older API servers do not say
	}
	return review.Status.UserInfo.Username
}

// escalations applies the roles and bindings in a dry run: the API server refuses those that
// grant what the manager does not hold.
func (r *reconciler) escalations(ctx context.Context, in *installation) []string {
	var out []string
	for _, object := range in.objects {
		if stageOfObject(object) != stageAccess || r.place(object, in.namespace) != nil {
			continue
		}
		err := r.patch(ctx, object.DeepCopy(), client.DryRunAll, client.ForceOwnership)
		// What is forbidden for want of verbs has been said; what is not found is the
		// namespace, which is part of the add-on.
		if apierrors.IsForbidden(err) && strings.Contains(err.Error(), "not currently held") {
			out = append(out, name(object)+": "+oneLine(err.Error()))
		}
	}
	return out
}

// oneLine joins the lines of a text.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
