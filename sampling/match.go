package sampling

import (
	"unicode"
	"unicode/utf8"
)

// Request is what rules are matched against. Empty members match every pattern;
// of a rule's attributes, however, each must be there.
type Request struct {
	ServiceName, ServiceType, Host, HTTPMethod, URLPath, ResourceARN string
	Attributes                                                       map[string]string
}

// Match returns the first rule that applies to req.
func (r *Registry) Match(req Request) Rule {
	rules := r.rules.Load().ordered
	for i := range rules {
		if rules[i].matches(&req) {
			return rules[i].clone()
		}
	}
	// Default matches everything and is always there.
	panic("sampling: no default rule")
}

func (r *Rule) matches(req *Request) bool {
	if r.Name == DefaultName {
		return true
	}
	if !matchField(r.ServiceName, req.ServiceName) || !matchField(r.ServiceType, req.ServiceType) ||
		!matchField(r.Host, req.Host) || !matchField(r.HTTPMethod, req.HTTPMethod) ||
		!matchField(r.URLPath, req.URLPath) || !matchField(r.ResourceARN, req.ResourceARN) {
		return false
	}
	for key, pattern := range r.Attributes {
		value, ok := req.Attributes[key]
		if !ok || !wildcard(pattern, value) {
			return false
		}
	}
	return true
}

func matchField(pattern, value string) bool {
	return value == "" || pattern == "*" || wildcard(pattern, value)
}

// wildcard reports whether pattern matches all of text: * stands for any run of
// characters, ? for exactly one, everything else for itself in either case.
//
// After a mismatch only the last * is tried again, one character further: what an
// earlier * matched need never change. So the time is at most the product of the
// lengths, and linear in practice.
func wildcard(pattern, text string) bool {
	p, t := 0, 0
	star, resume := -1, 0 // position after the last *, and where its run ends so far
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			p++
			star, resume = p, t
			continue
		}
		if p < len(pattern) {
			want, wantLen := decode(pattern[p:])
			got, gotLen := decode(text[t:])
			if want == '?' || want == got {
				p, t = p+wantLen, t+gotLen
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, skip := decode(text[resume:])
		resume += skip
		p, t = star, resume
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// decode returns the first character of s in lower case, and its size. Bytes that
// are not UTF-8 count as one character each.
func decode(s string) (lower rune, size int) {
	if c := s[0]; c < utf8.RuneSelf {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return rune(c), 1
	}
	c, size := utf8.DecodeRuneInString(s)
	return unicode.ToLower(c), size
}
