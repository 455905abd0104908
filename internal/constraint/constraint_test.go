package constraint_test

import (
	"math"
	"regexp"
	"testing"

	"github.com/radiograph/radiograph/internal/constraint"
	"github.com/radiograph/radiograph/problem"
)

func TestViolations(t *testing.T) {
	short, long := "ä", "lengthy"
	word := regexp.MustCompile(`^[a-z]+$`)
	for name, tc := range map[string]struct {
		check func(v *constraint.Violations)
		want  string // empty when nothing is wrong
	}{
		"there":        {func(v *constraint.Violations) { v.Required("m", true) }, ""},
		"not there":    {func(v *constraint.Violations) { v.Required("m", false) }, "Value null at 'm' failed to satisfy constraint: Member must not be null"},
		"no length":    {func(v *constraint.Violations) { v.Length("m", nil, 1, 2) }, ""},
		"characters":   {func(v *constraint.Violations) { v.Length("m", &short, 1, 1) }, ""},
		"too short":    {func(v *constraint.Violations) { v.Length("m", &short, 2, 3) }, "Value 'ä' at 'm' failed to satisfy constraint: Member must have length greater than or equal to 2"},
		"too long":     {func(v *constraint.Violations) { v.Length("m", &long, 1, 2) }, "Value 'lengthy' at 'm' failed to satisfy constraint: Member must have length less than or equal to 2"},
		"pattern":      {func(v *constraint.Violations) { v.Pattern("m", &long, word) }, ""},
		"no pattern":   {func(v *constraint.Violations) { v.Pattern("m", &short, word) }, "Value 'ä' at 'm' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+"},
		"one of":       {func(v *constraint.Violations) { v.OneOf("m", &short, "ä", "b") }, ""},
		"none of":      {func(v *constraint.Violations) { v.OneOf("m", &short, "a", "b") }, "Value 'ä' at 'm' failed to satisfy constraint: Member must satisfy enum value set: [a, b]"},
		"too many":     {func(v *constraint.Violations) { v.Count("m", 3, 2) }, "Value '[3 elements]' at 'm' failed to satisfy constraint: Member must have length less than or equal to 2"},
		"within":       {func(v *constraint.Violations) { v.Within("m", 1, 0, 1) }, ""},
		"above":        {func(v *constraint.Violations) { v.Within("m", 1.5, 0, 1) }, "Value '1.5' at 'm' failed to satisfy constraint: Member must have value less than or equal to 1"},
		"below":        {func(v *constraint.Violations) { v.Within("m", -1, 0, 1) }, "Value '-1' at 'm' failed to satisfy constraint: Member must have value greater than or equal to 0"},
		"not a number": {func(v *constraint.Violations) { v.Within("m", math.NaN(), 0, 1) }, "Value 'NaN' at 'm' failed to satisfy constraint: Member must have value greater than or equal to 0"},
		"negative":     {func(v *constraint.Violations) { v.NotNegative("m", -1) }, "Value '-1' at 'm' failed to satisfy constraint: Member must have value greater than or equal to 0"},
	} {
		t.Run(name, func(t *testing.T) {
			var v constraint.Violations
			tc.check(&v)
			err := v.Err()
			if tc.want == "" {
				if err != nil {
					t.Errorf("got %v, want nothing", err)
				}
				return
			}
			if err == nil || err.Error() != "1 validation error detected: "+tc.want || problem.KindOf(err) != problem.Invalid {
				t.Errorf("got %v of kind %d, want %s", err, problem.KindOf(err), tc.want)
			}
		})
	}
}

func TestAllViolationsAreListed(t *testing.T) {
	var v constraint.Violations
	v.Required("a", false)
	v.RequiredLength("b", nil, 1, 2)
	const want = "2 validation errors detected: Value null at 'a' failed to satisfy constraint: Member must not be null; " +
		"Value null at 'b' failed to satisfy constraint: Member must not be null"
	if err := v.Err(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
