package filter_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/filter"
)

func FuzzFilter(f *testing.F) {
	for _, tc := range examples {
		f.Add(tc.expr)
	}
	for _, tc := range faults {
		f.Add(tc.expr)
	}
	s := parseSummary(f, `root web 2.0 fault status=503 url=http://shop/cart user=u1 @tenant=acme @n=3
		edge web payments 1.5 fault
		node payments 1.4 fault @cache=true
		edge payments db type=AWS::DynamoDB::Table inferred
		cause fault web[web,payments:remote:0.5!Timeout=read-timeout] > payments[payments]`)
	f.Fuzz(func(t *testing.T, text string) {
		filter.Complete(text, len(text))
		if _, err := filter.ParseSelector(text); err == nil {
			if _, err := filter.Parse(text); err != nil {
				t.Errorf("selector %q is no expression: %v", text, err)
			}
		}
		e, err := filter.Parse(text)
		if err != nil {
			return
		}
		again, err := filter.Parse(e.String())
		if err != nil {
			t.Fatalf("%q printed as %q: %v", text, e, err)
		}
		if diff := cmp.Diff(e, again, inside); diff != "" {
			t.Fatalf("%q printed as %q:\n%s", text, e, diff)
		}
		p, err := filter.Compile(e, testGroups)
		if err != nil {
			t.Fatalf("compile %q: %v", text, err)
		}
		p.MatchWithin(s, 0, 1001*second)
		if !p.Match(s) {
			return
		}
		for _, c := range p.Conditions() {
			if !c.Holds(s) {
				t.Errorf("%q matches, but not its condition on %s", text, c.Column)
			}
		}
	})
}
