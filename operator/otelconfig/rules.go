package otelconfig

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// Rules returns the permissions that the components of the configuration which run need in
// the cluster, nil when they need none. Rules with the same verbs are one, and everything is
// in order, so that the same configuration always gives the same rules.
func Rules(cfg *v1beta1.Config) []rbacv1.PolicyRule {
	g := grants{}
	for _, name := range []string{receivers, processors, extensions} {
		for _, c := range enabled(cfg, name) {
			if add, ok := componentGrants[name][c.kind()]; ok {
				add(g, c.settings)
			}
		}
	}
	return g.rules()
}

var (
	read    = []string{"get", "list", "watch"}
	observe = []string{"list", "watch"}
	get     = []string{"get"}
)

// grant is one thing that may be permitted; name is "" for all of the resource. A URL that is
// no resource has only that.
type grant struct{ group, resource, name, url string }

// grants has the verbs that are permitted on each.
type grants map[grant]map[string]bool

func (g grants) add(to grant, verbs []string) {
	if g[to] == nil {
		g[to] = map[string]bool{}
	}
	for _, verb := range verbs {
		g[to][verb] = true
	}
}

// allow permits verbs on resources, given as words, of an API group; "" is the core group.
func (g grants) allow(group, resources string, verbs ...string) {
	for resource := range strings.FieldsSeq(resources) {
		g.add(grant{group: group, resource: resource}, verbs)
	}
}

// allowNamed permits verbs on one object.
func (g grants) allowNamed(group, resource, name string, verbs ...string) {
	g.add(grant{group: group, resource: resource, name: name}, verbs)
}

// allowURL permits to get a path of the API server.
func (g grants) allowURL(url string) { g.add(grant{url: url}, get) }

// rules groups what has the same group, name and verbs, in the order of the first resource:
// by API group, whole resources before single objects, and URLs last.
func (g grants) rules() []rbacv1.PolicyRule {
	var out []rbacv1.PolicyRule
	place := map[string]int{}
	for _, to := range slices.SortedFunc(maps.Keys(g), compareGrants) {
		verbs := slices.Sorted(maps.Keys(g[to]))
		key := strings.Join([]string{to.group, to.name, strings.Join(verbs, ",")}, "|")
		if to.url != "" {
			key = "url"
		}
		i, ok := place[key]
		if !ok {
			i = len(out)
			place[key] = i
			out = append(out, to.rule(verbs))
		}
		if to.url != "" {
			out[i].NonResourceURLs = append(out[i].NonResourceURLs, to.url)
		} else {
			out[i].Resources = append(out[i].Resources, to.resource)
		}
	}
	return out
}

// rule begins the rule that the grant goes into.
func (to grant) rule(verbs []string) rbacv1.PolicyRule {
	rule := rbacv1.PolicyRule{Verbs: verbs}
	if to.url == "" {
		rule.APIGroups = []string{to.group}
	}
	if to.name != "" {
		rule.ResourceNames = []string{to.name}
	}
	return rule
}

func compareGrants(a, b grant) int {
	return cmp.Or(cmp.Compare(a.url, b.url), cmp.Compare(a.group, b.group), cmp.Compare(a.name, b.name), cmp.Compare(a.resource, b.resource))
}
