package eksapi

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/radiograph/radiograph/operator/addon/catalog"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

func compareText(a, b string) int { return strings.Compare(a, b) }

func itself(s string) string { return s }

// Limits of tags, from the API reference.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// checkTags reports tags that the API does not take.
func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return fail(invalidParameter, "There are %d tags; a resource may have %d.", len(tags), maxTags)
	}
	for key, value := range tags {
		if n := utf8.RuneCountInString(key); n < 1 || n > maxTagKey {
			return fail(invalidParameter, "The key of a tag must have 1 to %d characters.", maxTagKey)
		}
		if utf8.RuneCountInString(value) > maxTagValue {
			return fail(invalidParameter, "The value of the tag %q has more than %d characters.", key, maxTagValue)
		}
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return fail(invalidParameter, "The tag %q begins with aws:, which is reserved.", key)
		}
	}
	return nil
}

// resolveConflicts reads a way to resolve conflicts; none given is NONE. Small letters are how
// eksctl's configuration files have it, which hands it on as it is.
func resolveConflicts(text *string) (v1alpha1.ResolveConflicts, error) {
	if text == nil {
		return v1alpha1.ResolveNone, nil
	}
	switch r := v1alpha1.ResolveConflicts(strings.ToUpper(*text)); r {
	case v1alpha1.ResolveNone, v1alpha1.ResolveOverwrite, v1alpha1.ResolvePreserve:
		return r, nil
	}
	return "", fail(invalidParameter, "resolveConflicts is %q; want NONE, OVERWRITE or PRESERVE.", *text)
}

// checkNamespace reports a name that no namespace can have.
func checkNamespace(name string) error {
	if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
		return fail(invalidParameter, "The namespace %q is not valid: %s.", name, problems[0])
	}
	return nil
}

// checkServiceAccount reports a name that no service account can have.
func checkServiceAccount(name string) error {
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		return fail(invalidParameter, "The service account %q is not valid: %s.", name, problems[0])
	}
	return nil
}

// checkRole reports the ARN of a role that the add-ons of this cluster cannot have.
func (a *API) checkRole(member, text string) error {
	if err := a.Cluster.CheckRole(text); err != nil {
		return fail(invalidParameter, "%s: %s.", member, err)
	}
	return nil
}

// podIdentity is an element of podIdentityAssociations.
type podIdentity struct {
	ServiceAccount string `json:"serviceAccount"`
	RoleArn        string `json:"roleArn"`
}

// podIdentities checks a list of podIdentityAssociations.
func (a *API) podIdentities(list []podIdentity) ([]v1alpha1.AddonPodIdentity, error) {
	var out []v1alpha1.AddonPodIdentity
	seen := map[string]bool{}
	for _, p := range list {
		if err := checkServiceAccount(p.ServiceAccount); err != nil {
			return nil, err
		}
		if err := a.checkRole("podIdentityAssociations", p.RoleArn); err != nil {
			return nil, err
		}
		if seen[p.ServiceAccount] {
			return nil, fail(invalidParameter, "podIdentityAssociations has the service account %s twice.", p.ServiceAccount)
		}
		seen[p.ServiceAccount] = true
		out = append(out, v1alpha1.AddonPodIdentity{ServiceAccount: p.ServiceAccount, RoleARN: p.RoleArn})
	}
	return out, nil
}

// version returns the version of an add-on that is to be installed on the cluster: the default
// one when none is named.
func (a *API) version(ctx context.Context, addon *catalog.Addon, name string) (*catalog.Version, error) {
	kubernetes, err := a.clusterVersion(ctx)
	if err != nil {
		return nil, err
	}
	if name == "" {
		version, ok := addon.Default(kubernetes)
		if !ok {
			return nil, fail(invalidParameter, "Addon %s has no version for Kubernetes %s.", addon.Name, kubernetes)
		}
		return version, nil
	}
	version, ok := addon.Version(name)
	if !ok {
		return nil, fail(invalidParameter, "Addon version specified is not supported")
	}
	if !version.Supports(kubernetes, platformVersion) {
		return nil, fail(invalidParameter, "Addon version specified is not supported for the cluster platform version")
	}
	return version, nil
}

// checkConfiguration reports configuration values that the version's schema refuses.
func checkConfiguration(version *catalog.Version, values string) error {
	problems := version.Validate(values)
	if len(problems) == 0 {
		return nil
	}
	const most = 50
	var lines []string
	for _, p := range problems[:min(len(problems), most)] {
		lines = append(lines, p.String())
	}
	if over := len(problems) - most; over > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", over))
	}
	return fail(invalidParameter, "ConfigurationValue provided in request is not supported: %s", strings.Join(lines, "; "))
}

// short is a text for a message that names what a caller sent.
func short(text string) string {
	if utf8.RuneCountInString(text) <= 128 {
		return text
	}
	return fmt.Sprintf("%.128s…", text)
}
