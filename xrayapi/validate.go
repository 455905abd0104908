package xrayapi

import "github.com/radiograph/radiograph/internal/constraint"

// checked is a request that has constraints in X-Ray's model.
type checked interface {
	check(v *violations)
}

// violations collects what is wrong with a request.
type violations struct {
	constraint.Violations
	strict bool // AWS's limits hold
}

// text returns *s, or "".
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// orNull returns s for the wire: null when empty.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
