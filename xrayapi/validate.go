package xrayapi

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// checked is a request that has constraints in X-Ray's model.
type checked interface {
	check(v *violations)
}

// violations collects what breaks the constraints of the model, all of them, in
// the words of the framework that X-Ray is built on.
type violations struct {
	strict bool
	list   []string
}

// err returns a ValidationException, or nil when nothing is wrong.
func (v *violations) err() error {
	if len(v.list) == 0 {
		return nil
	}
	noun := "errors"
	if len(v.list) == 1 {
		noun = "error"
	}
	return &fault{
		status: http.StatusBadRequest, name: "ValidationException", lower: true,
		message: fmt.Sprintf("%d validation %s detected: %s", len(v.list), noun, strings.Join(v.list, "; ")),
	}
}

func (v *violations) add(value, member, constraint string) {
	v.list = append(v.list, "Value "+value+" at '"+member+"' failed to satisfy constraint: "+constraint)
}

// required demands that a member is there.
func (v *violations) required(member string, present bool) {
	if !present {
		v.add("null", member, "Member must not be null")
	}
}

// length demands that s, if there, has between least and most characters.
func (v *violations) length(member string, s *string, least, most int) {
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

// requiredLength is required and length together.
func (v *violations) requiredLength(member string, s *string, least, most int) {
	v.required(member, s != nil)
	v.length(member, s, least, most)
}

// pattern demands that s, if there, matches re as a whole.
func (v *violations) pattern(member string, s *string, re *regexp.Regexp) {
	if s != nil && !re.MatchString(*s) {
		v.add(quote(*s), member, "Member must satisfy regular expression pattern: "+strings.Trim(re.String(), "^$"))
	}
}

// oneOf demands that s, if there, is one of values.
func (v *violations) oneOf(member string, s *string, values ...string) {
	if s != nil && !slices.Contains(values, *s) {
		v.add(quote(*s), member, "Member must satisfy enum value set: ["+strings.Join(values, ", ")+"]")
	}
}

// count demands that a list has at most most elements.
func (v *violations) count(member string, n, most int) {
	if n > most {
		v.add("'["+strconv.Itoa(n)+" elements]'", member, "Member must have length less than or equal to "+strconv.Itoa(most))
	}
}

// notNegative demands that i is not below 0.
func (v *violations) notNegative(member string, i integer) {
	if i < 0 {
		v.add("'"+strconv.Itoa(int(i))+"'", member, "Member must have value greater than or equal to 0")
	}
}

// within demands that f is between least and most.
func (v *violations) within(member string, f, least, most float64) {
	text := "'" + strconv.FormatFloat(f, 'g', -1, 64) + "'"
	switch {
	case f < least:
		v.add(text, member, "Member must have value greater than or equal to "+strconv.FormatFloat(least, 'f', -1, 64))
	case f > most:
		v.add(text, member, "Member must have value less than or equal to "+strconv.FormatFloat(most, 'f', -1, 64))
	}
}

// quote quotes a value for a message, cut to a readable length.
func quote(s string) string {
	const most = 200
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return "'" + s + "'"
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
