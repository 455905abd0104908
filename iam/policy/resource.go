package policy

import (
	"regexp"
	"strings"
)

// resource is an element of Resource or NotResource: "*" or an ARN, whose six parts
// are compared one by one, so that a wildcard does not reach over a colon.
type resource struct {
	everything bool
	parts      [arnParts]string
}

// arnParts is how many parts an ARN has; the last may hold colons itself.
const arnParts = 6

// variable is a policy variable, whose colons do not separate the parts of an ARN.
var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// newResource reads a pattern of resources. Parts that are missing at the end match
// everything, as IAM completes them.
func newResource(text string, variables bool) (resource, error) {
	if text == "*" {
		return resource{everything: true}, nil
	}
	r := resource{parts: [arnParts]string{"", "*", "*", "*", "*", "*"}}
	if !strings.HasPrefix(text, "arn:") {
		return r, malformed(`Resource %s must be in ARN format or "*".`, text)
	}
	copy(r.parts[:], splitARN(text, variables))
	return r, nil
}

// splitARN returns the parts of an ARN, at most six.
func splitARN(text string, variables bool) []string {
	var inside [][]int
	if variables {
		inside = variable.FindAllStringIndex(text, -1)
	}
	var parts []string
	start := 0
	for i := 0; i < len(text) && len(parts) < arnParts-1; i++ {
		if len(inside) > 0 && i >= inside[0][0] {
			i = inside[0][1] - 1
			inside = inside[1:]
			continue
		}
		if text[i] == ':' {
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

func matchResources(patterns []resource, text string, x *expansion) bool {
	matched := false
	for _, p := range patterns {
		// All are looked at: a variable without a value must be found.
		matched = p.match(text, x) || matched
	}
	return matched
}

// match reports whether the pattern covers text, an ARN or "*".
func (p *resource) match(text string, x *expansion) bool {
	if p.everything {
		return true
	}
	return matchARN(p.parts, text, x)
}

// matchARN compares the parts of an ARN.
func matchARN(pattern [arnParts]string, text string, x *expansion) bool {
	parts := strings.SplitN(text, ":", arnParts)
	matched := len(parts) == arnParts
	for i, p := range pattern {
		g := x.glob(p)
		matched = matched && g.match(parts[i])
	}
	return matched
}
