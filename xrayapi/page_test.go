package xrayapi

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type pageQuery struct {
	Name string
	paging
}

func self(s string) string { return s }

func TestPagesFollowEachOther(t *testing.T) {
	items := make([]string, 25)
	for i := range items {
		items[i] = fmt.Sprintf("item %02d", i)
	}
	var got []string
	var sizes []int
	var token *string
	for {
		pager, err := newPager("List", &pageQuery{"x", paging{token}})
		if err != nil {
			t.Fatal(err)
		}
		var part []string
		part, token = page(pager, items, 10, self)
		got, sizes = append(got, part...), append(sizes, len(part))
		if token == nil {
			break
		}
	}
	if diff := cmp.Diff(items, got); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{10, 10, 5}, sizes); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}

func TestPageGoesOnWhereTheListWasChanged(t *testing.T) {
	pager, _ := newPager("List", &pageQuery{})
	_, token := page(pager, []string{"a", "b", "c", "d"}, 2, self)
	next, err := newPager("List", &pageQuery{paging: paging{token}})
	if err != nil {
		t.Fatal(err)
	}
	got, last := page(next, []string{"a", "bb", "d"}, 2, self)
	if diff := cmp.Diff([]string{"bb", "d"}, got); diff != "" || last != nil {
		t.Errorf("token %v, items (-want +got):\n%s", last, diff)
	}
}

func TestTokensAreBoundToTheirQuery(t *testing.T) {
	pager, err := newPager("List", &pageQuery{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	good := *pager.token("b")
	if p, err := newPager("List", &pageQuery{"x", paging{&good}}); err != nil || p.cursor != "b" {
		t.Fatalf("own token: cursor %q, %v", p.cursor, err)
	}
	short, garbage := good[:8], "not a token!"
	for _, tc := range []struct {
		name, operation, query string
		token                  *string
	}{
		{"another query", "List", "y", &good},
		{"another operation", "Other", "x", &good},
		{"cut", "List", "x", &short},
		{"garbage", "List", "x", &garbage},
	} {
		_, err := newPager(tc.operation, &pageQuery{tc.query, paging{tc.token}})
		want := "InvalidRequestException: Invalid token " + *tc.token
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %q", tc.name, err, want)
		}
	}
}

// FuzzToken reads tokens that anybody may have made.
func FuzzToken(f *testing.F) {
	pager, err := newPager("List", &pageQuery{Name: "x"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(*pager.token("b"))
	f.Add("AQ")
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		p, err := newPager("List", &pageQuery{"x", paging{&token}})
		if err == nil && token != "" && *p.token(p.cursor) != token {
			// Several encodings of one token differ in unused bits only.
			if len(*p.token(p.cursor)) != len(token) {
				t.Errorf("token %q has cursor %q, whose token is %q", token, p.cursor, *p.token(p.cursor))
			}
		}
	})
}
