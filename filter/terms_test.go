package filter_test

import (
	"slices"
	"testing"

	"github.com/radiograph/radiograph/filter"
)

func TestTerms(t *testing.T) {
	for _, tc := range []struct {
		expression string
		want       []string
	}{
		{``, nil},
		{`fault`, []string{`fault`}},
		{`fault OR error`, []string{`fault OR error`}},
		{`fault AND (error OR ok) AND service("a") { fault AND ok }`, []string{`fault`, `error OR ok`, `service("a") { fault AND ok }`}},
		{`fault AND (error AND ok)`, []string{`fault`, `error`, `ok`}},
	} {
		e, err := filter.Parse(tc.expression)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, term := range e.Terms() {
			got = append(got, term.String())
			if _, err := filter.Parse(term.String()); err != nil {
				t.Errorf("%s: %v", tc.expression, err)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.expression, got, tc.want)
		}
	}
}
