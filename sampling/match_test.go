package sampling

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWildcard(t *testing.T) {
	for _, tc := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "anything", true},
		{"?", "", false},
		{"?", "é", true},
		{"?", "ab", false},
		{"foo", "FOO", true},
		{"ÉTÉ", "été", true},
		{"foo*", "foobar", true},
		{"*bar", "foobar", true},
		{"*bar", "foobarbaz", false},
		{"/users/*/orders/?", "/users/7/orders/1", true},
		{"/users/*/orders/?", "/users/7/orders/12", false},
		{"a*b*c", "aXbXbXc", true},
		{"a*b*c", "aXbXbX", false},
		{"**a**", "bab", true},
		{"*?", "", false},
		{"*?*?", "ab", true},
		{"a.c", "abc", false},
		{"[a]", "a", false},
		{"*\xff", "a\xff", true},
		{strings.Repeat("*a", 40), strings.Repeat("a", 5000) + "b", false},
	} {
		if got := wildcard(tc.pattern, tc.text); got != tc.want {
			t.Errorf("wildcard(%q, %q) = %v, want %v", tc.pattern, tc.text, got, tc.want)
		}
	}
}

func TestWildcardIsLikeRegexp(t *testing.T) {
	translate := strings.NewReplacer(`\*`, `.*`, `\?`, `.`)
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[abA*?.é]{0,8}`).Draw(t, "pattern")
		text := rapid.StringMatching(`[abB.é]{0,12}`).Draw(t, "text")
		want := regexp.MustCompile(`(?is)^` + translate.Replace(regexp.QuoteMeta(pattern)) + `$`).MatchString(text)
		if got := wildcard(pattern, text); got != want {
			t.Errorf("wildcard(%q, %q) = %v, want %v", pattern, text, got, want)
		}
	})
}

func TestMatch(t *testing.T) {
	r, err := New(t.Context(), emptyState{})
	if err != nil {
		t.Fatal(err)
	}
	add := func(name string, priority int, edit func(*Rule)) {
		t.Helper()
		rule := defaultRule()
		rule.Name, rule.Priority = name, priority
		edit(&rule)
		if _, err := r.Create(t.Context(), rule); err != nil {
			t.Fatal(err)
		}
	}
	add("tagged", 1, func(r *Rule) { r.Attributes = map[string]string{"tier": "gold*"} })
	add("pay", 2, func(r *Rule) { r.ServiceName, r.URLPath = "pay-?", "/charge/*" })
	add("post", 3, func(r *Rule) { r.HTTPMethod, r.ServiceType = "POST", "AWS::EKS::*" })

	for _, tc := range []struct {
		name string
		req  Request
		want string
	}{
		{"lower priority number first", Request{ServiceName: "pay-1", URLPath: "/charge/7", HTTPMethod: "POST"}, "pay"},
		{"every field must match", Request{ServiceName: "pay-1", URLPath: "/refund/7", HTTPMethod: "GET"}, DefaultName},
		{"case does not matter", Request{ServiceName: "web", HTTPMethod: "post", ServiceType: "aws::eks::container"}, "post"},
		{"a missing field matches", Request{ServiceName: "web", HTTPMethod: "POST"}, "post"},
		{"nothing known", Request{}, "pay"},
		{"an attribute matches", Request{Attributes: map[string]string{"tier": "Golden"}}, "tagged"},
		{"an attribute must be there", Request{ServiceName: "web", HTTPMethod: "GET"}, DefaultName},
	} {
		if got := r.Match(tc.req); got.Name != tc.want {
			t.Errorf("%s: matched %q, want %q", tc.name, got.Name, tc.want)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	r, err := New(b.Context(), emptyState{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 25 {
		rule := defaultRule()
		rule.Name, rule.Priority, rule.URLPath = string(rune('a'+i)), i+1, "/api/*/never"
		if _, err := r.Create(b.Context(), rule); err != nil {
			b.Fatal(err)
		}
	}
	req := Request{ServiceName: "checkout", Host: "shop.example", HTTPMethod: "GET", URLPath: "/api/v1/orders/4711"}
	b.ReportAllocs()
	for b.Loop() {
		r.Match(req)
	}
}
