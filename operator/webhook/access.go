package webhook

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// access is one thing that can be allowed: a verb on a resource, or on a URL, in the cluster.
type access struct {
	verb, group, resource, name, url string
}

// expand takes rules apart. The order is fixed and nothing is in it twice.
func expand(rules []rbacv1.PolicyRule) []access {
	set := map[access]bool{}
	for _, rule := range rules {
		names := rule.ResourceNames
		if len(names) == 0 {
			names = []string{""}
		}
		for _, verb := range rule.Verbs {
			for _, url := range rule.NonResourceURLs {
				set[access{verb: verb, url: url}] = true
			}
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					for _, name := range names {
						set[access{verb: verb, group: group, resource: resource, name: name}] = true
					}
				}
			}
		}
	}
	return slices.SortedFunc(maps.Keys(set), func(a, b access) int {
		return cmp.Or(cmp.Compare(a.url, b.url), cmp.Compare(a.group, b.group), cmp.Compare(a.resource, b.resource),
			cmp.Compare(a.name, b.name), cmp.Compare(a.verb, b.verb))
	})
}

// describe writes accesses for people, verbs of one resource together. They must be in the
// order of expand.
func describe(list []access) []string {
	var out []string
	for i := 0; i < len(list); {
		a, verbs := list[i], []string{}
		for ; i < len(list); i++ {
			same := list[i]
			same.verb = a.verb
			if same != a {
				break
			}
			verbs = append(verbs, list[i].verb)
		}
		what := a.url
		if a.url == "" {
			what = a.resource
			if a.group != "" {
				what += "." + a.group
			}
			if a.name != "" {
				what += " " + a.name
			}
		}
		out = append(out, strings.Join(verbs, ",")+" "+what)
	}
	return out
}

// lacking asks the API server which of the accesses a user does not have in the whole cluster.
func lacking(ctx context.Context, c client.Client, user authenticationv1.UserInfo, wanted []access) ([]access, error) {
	var missing []access
	for _, a := range wanted {
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
			User: user.Username, UID: user.UID, Groups: user.Groups, Extra: map[string]authorizationv1.ExtraValue{},
		}}
		for key, value := range user.Extra {
			review.Spec.Extra[key] = authorizationv1.ExtraValue(value)
		}
		if a.url != "" {
			review.Spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{Path: a.url, Verb: a.verb}
		} else {
			resource, subresource, _ := strings.Cut(a.resource, "/")
			review.Spec.ResourceAttributes = &authorizationv1.ResourceAttributes{
				Verb: a.verb, Group: a.group, Resource: resource, Subresource: subresource, Name: a.name,
			}
		}
		if err := c.Create(ctx, review); err != nil {
			return nil, fmt.Errorf("review the access of %s: %w", user.Username, err)
		}
		if !review.Status.Allowed {
			missing = append(missing, a)
		}
	}
	return missing, nil
}

// serviceAccountUser is the identity of the pods of a service account.
func serviceAccountUser(namespace, name string) authenticationv1.UserInfo {
	return authenticationv1.UserInfo{
		Username: "system:serviceaccount:" + namespace + ":" + name,
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"},
	}
}

// checkAccess looks at what the configuration needs of the Kubernetes API. When the operator
// grants it, nobody may get by way of a collector what they do not have themselves: only what
// the collector does not have already is looked at. When it does not, what is missing is a
// warning.
func (v *CollectorValidator) checkAccess(ctx context.Context, f *findings, c, before *v1beta1.OpenTelemetryCollector, rules []rbacv1.PolicyRule) {
	if v.Client == nil || len(rules) == 0 {
		return
	}
	wanted := expand(rules)
	if !v.GrantsAccess {
		v.warnAccess(ctx, f, c, wanted)
		return
	}
	req, err := admission.RequestFromContext(ctx)
	if err != nil {
		return // not a request of a user
	}
	if before != nil && before.Spec.ServiceAccount == c.Spec.ServiceAccount {
		effective := otelconfig.Defaults(&before.Spec.Config, otelconfig.Options{IPv6Only: v.IPv6Only})
		granted := expand(otelconfig.Rules(effective))
		wanted = slices.DeleteFunc(wanted, func(a access) bool { return slices.Contains(granted, a) })
	}
	missing, err := lacking(ctx, v.Client, req.UserInfo, wanted)
	switch {
	case err != nil:
		f.refuse(fmt.Errorf("unable to check RBAC privilege escalation for user %q: %w", req.UserInfo.Username, err))
	case len(missing) > 0:
		f.refuse(fmt.Errorf("user %q is not allowed to create a collector whose config would grant permissions they do not hold: %s",
			req.UserInfo.Username, strings.Join(describe(missing), "; ")))
	}
}

// warnAccess warns of what the collector's service account lacks.
func (v *CollectorValidator) warnAccess(ctx context.Context, f *findings, c *v1beta1.OpenTelemetryCollector, wanted []access) {
	account := c.Spec.ServiceAccount
	if account == "" {
		f.warn("the collector's configuration needs access that the operator cannot grant, and spec.serviceAccount names no account that has it: " + strings.Join(describe(wanted), "; "))
		return
	}
	missing, err := lacking(ctx, v.Client, serviceAccountUser(c.Namespace, account), wanted)
	switch {
	case err != nil:
		f.warn(fmt.Sprintf("the access of service account %s is not known: %v", account, err))
	case len(missing) > 0:
		f.warn(fmt.Sprintf("missing the following rules for %s: %s", serviceAccountUser(c.Namespace, account).Username, strings.Join(describe(missing), "; ")))
	}
}
