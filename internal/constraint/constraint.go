// Package constraint checks the members of requests against the constraints of
// X-Ray's model and reports all that is wrong at once, in the words of the
// framework that X-Ray is built on.
package constraint

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/radiograph/radiograph/problem"
)

// Error is what [Violations.Err] returns. In its chain is a problem of the kind
// Invalid.
type Error struct{ violations []string }

// Error lists all violations.
func (e *Error) Error() string {
	noun := "errors"
	if len(e.violations) == 1 {
		noun = "error"
	}
	return fmt.Sprintf("%d validation %s detected: %s", len(e.violations), noun, strings.Join(e.violations, "; "))
}

// Unwrap returns the problem.
func (e *Error) Unwrap() error { return problem.New(problem.Invalid, "%s", e.Error()) }

// Violations collects what breaks constraints. The zero value has none. A member
// is named by its path in the request.
type Violations struct{ list []string }

// Err returns an [*Error], or nil when nothing is wrong.
func (v *Violations) Err() error {
	if len(v.list) == 0 {
		return nil
	}
	return &Error{violations: v.list}
}

func (v *Violations) add(value, member, constraint string) {
	v.list = append(v.list, "Value "+value+" at '"+member+"' failed to satisfy constraint: "+constraint)
}

// Required demands that a member is there.
func (v *Violations) Required(member string, present bool) {
	if !present {
		v.add("null", member, "Member must not be null")
	}
}

// Length demands that s, if there, has between least and most characters.
func (v *Violations) Length(member string, s *string, least, most int) {
	if s == nil {
		return
	}
	switch n := utf8.RuneCountInString(*s); {
	case n < least:
		v.add(quote(*s), member, "Member must have length greater than or equal to "+strconv.Itoa(least))
	case n > most:
		v.add(quote(*s), member, "Member must have length less than or equal to "+strconv.Itoa(most))
	}
}

// RequiredLength is Required and Length together.
func (v *Violations) RequiredLength(member string, s *string, least, most int) {
	v.Required(member, s != nil)
	v.Length(member, s, least, most)
}

// Pattern demands that s, if there, matches re as a whole.
func (v *Violations) Pattern(member string, s *string, re *regexp.Regexp) {
	if s != nil && !re.MatchString(*s) {
		v.add(quote(*s), member, "Member must satisfy regular expression pattern: "+strings.Trim(re.String(), "^$"))
	}
}

// OneOf demands that s, if there, is one of values.
func (v *Violations) OneOf(member string, s *string, values ...string) {
	if s != nil && !slices.Contains(values, *s) {
		v.add(quote(*s), member, "Member must satisfy enum value set: ["+strings.Join(values, ", ")+"]")
	}
}

// Count demands that a list has at most most elements.
func (v *Violations) Count(member string, n, most int) {
	if n > most {
		v.add("'["+strconv.Itoa(n)+" elements]'", member, "Member must have length less than or equal to "+strconv.Itoa(most))
	}
}

// Within demands that f is between least and most, and so no NaN.
func (v *Violations) Within(member string, f, least, most float64) {
	switch {
	case f >= least && f <= most:
	case f > most:
		v.add(quoteNumber(f), member, "Member must have value less than or equal to "+formatNumber(most))
	default:
		v.add(quoteNumber(f), member, "Member must have value greater than or equal to "+formatNumber(least))
	}
}

// NotNegative demands that n is not below 0.
func (v *Violations) NotNegative(member string, n int) {
	if n < 0 {
		v.add("'"+strconv.Itoa(n)+"'", member, "Member must have value greater than or equal to 0")
	}
}

func quoteNumber(f float64) string { return "'" + strconv.FormatFloat(f, 'g', -1, 64) + "'" }

func formatNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// quote quotes a value for a message, cut to a readable length.
func quote(s string) string {
	const most = 200
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return "'" + s + "'"
}
