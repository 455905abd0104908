package filter_test

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
)

func TestConditions(t *testing.T) {
	for _, tc := range []struct{ expr, want string }{
		{``, ``},
		{`ok`, ``},
		{`!fault`, ``},
		{`fault`, `flags fault`},
		{`fault = false OR fault`, ``},
		{`!(fault != true)`, `flags fault`},
		{`fault error`, `flags fault; flags error`},
		{`fault OR error`, ``},
		{`fault AND throttle OR fault AND error`, `flags fault`},
		{`responsetime > 1`, `response time 1000000001..max`},
		{`responsetime >= 1 AND responsetime < 2`, `response time 1000000000..max; response time min..1999999999`},
		{`responsetime = 0.3`, `response time 300000000..300000000`},
		{`responsetime != 0.3`, `response time min..max`},
		{`!(responsetime > 1)`, ``},
		{`duration > 5 OR duration = 1`, `duration 1000000000..max`},
		{`duration > 5 OR responsetime > 1`, ``},
		{`http.status = 404 OR http.status = 500 OR http.status = 418`, `status 404..500`},
		{`!(http.status >= 500)`, `status min..499`},
		{`!(http.status < 500)`, ``},
		{`http.url`, `url x y`},
		{`!http.url`, `url -`},
		{`http.url = "x" OR !http.url`, `url - x`},
		{`http.method != "x"`, `method y`},
		{`user = "x" OR user = "y"`, `user x y`},
		{`user = "x" AND user = "y"`, `user x; user y`},
		{`!(user = "x")`, ``},
		{`annotation.k = "x"`, `annotation k x`},
		{`annotation.k = "x" OR annotation.k`, `annotation k x y`},
		{`annotation.k = "x" OR annotation.l = "x"`, ``},
		{`!annotation.k`, ``},
		{`service("x")`, `node x`},
		{`service("x") OR service("y")`, `node x y`},
		{`service()`, ``},
		{`!service("x")`, ``},
		{`edge("x", "y")`, `node x; node y`},
		{`service("x") { fault AND annotation.k = "y" AND user = "x" }`, `node x; any flags fault; annotation k y; user x`},
		{`service() { name = "x" }`, `node x`},
		{`service() { fault OR fault AND error }`, `any flags fault`},
		{`edge() { destination.annotation.k = "x" }`, `annotation k x`},
		{`rootcause.fault.service { name = "x" }`, ``},
		{`group.name = "faults" AND fault`, `flags fault`},
		{`group.name = "nobody"`, `duration 1..0`},
		{`group.name = "nobody" OR fault`, `flags fault`},
		{`fault OR group.name = "nobody"`, `flags fault`},
		{`group.name != "nobody" AND fault`, `flags fault`},
		{`group.name = "users"`, `user x y`},
	} {
		var got []string
		for _, c := range mustCompile(t, tc.expr).Conditions() {
			got = append(got, describe(c))
		}
		if got := strings.Join(got, "; "); got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", tc.expr, got, tc.want)
		}
	}
}

// describe writes a condition down; tests are described by those of "" (written
// -), "x" and "y" that satisfy them.
func describe(c filter.Condition) string {
	column := c.Column.String()
	test := c.Test
	switch {
	case c.TestNode != nil:
		test = func(s string) bool { return c.TestNode(trace.Node{Name: s}) }
	case c.TestValue != nil:
		column += " " + c.Key
		test = func(s string) bool { return s != "" && c.TestValue(segment.Value{String: s}) }
	}
	if test != nil {
		out := []string{column}
		for _, s := range []string{"", "x", "y"} {
			if test(s) {
				out = append(out, cmp.Or(s, "-"))
			}
		}
		return strings.Join(out, " ")
	}
	if c.Flags != 0 {
		return column + " " + map[segment.Flags]string{segment.FlagFault: "fault", segment.FlagError: "error"}[c.Flags]
	}
	bound := func(n int64) string {
		switch n {
		case math.MinInt64, math.MinInt64 + 1:
			return "min"
		case math.MaxInt64:
			return "max"
		}
		return strconv.FormatInt(n, 10)
	}
	return column + " " + bound(c.Min) + ".." + bound(c.Max)
}
