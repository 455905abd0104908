package consoleapi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/group"
)

func TestValidate(t *testing.T) {
	w := newWorld(t)
	type fault struct {
		Line, Column, Offset, Length int
		Symbol, Hint                 string
	}
	type answer struct {
		OK        bool
		Canonical *string
		Error     *fault
	}
	text := func(s string) *string { return &s }
	for _, tc := range []struct {
		expression string
		want       answer
	}{
		{``, answer{OK: true, Canonical: text("")}},
		{`fault  and service("a")`, answer{OK: true, Canonical: text(`fault AND service("a")`)}},
		{`group.name = "nobody"`, answer{OK: true, Canonical: text(`group.name = "nobody"`)}},
		{`ok AND madeup`, answer{Error: &fault{1, 8, 7, 6, "ma", "unknown keyword 'madeup'"}}},
		{"user = \"😀\"\nAND madeup", answer{Error: &fault{2, 5, 16, 6, "ma", "unknown keyword 'madeup'"}}},
		{`fault AND`, answer{Error: &fault{1, 10, 9, 0, "fault AND", "the expression ends too early"}}},
	} {
		got := get[answer](w, "validate"+params("q", tc.expression))
		if got.Error != nil && tc.want.Error != nil && strings.HasSuffix(tc.expression, "AND") {
			got.Error.Hint = tc.want.Error.Hint // any
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tc.expression, diff)
		}
	}
}

func TestFaultsOfExpressionsHavePlaces(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"analyze" + params("a", "ok AND madeup"), "graph" + params("q", "ok AND madeup"), "tail" + params("q", "ok AND madeup")} {
		status, got := w.problem(path, "")
		place, _ := got["position"].(map[string]any)
		if status != 400 || got["kind"] != "invalid" || place["offset"] != 7.0 || place["length"] != 6.0 {
			t.Errorf("%s: %d %v", path, status, got)
		}
	}
}

type completion struct {
	From, To, Sampled int
	Suggestions       []struct {
		Text, Label, Kind, Detail string
		Count                     *int
	}
}

func TestComplete(t *testing.T) {
	w := newWorld(t)
	annotated := func(i int, text string) string {
		return document(i, "1", "", "front end", 0, 1, `"origin":"AWS::ECS::Container","user":"ann","annotations":{`+text+`},"http":{"request":{"method":"GET","url":"http://shop/a"},"response":{"status":200}}`)
	}
	w.put(annotated(1, `"tier":"gold","n":1`), annotated(2, `"tier":"gold","n":"x"`), annotated(3, `"tier":"silver","yes":true`),
		document(4, "1", "", "back end", 0, 1, ""))
	if _, err := w.groups.Create(t.Context(), "backs", `service("back end")`, group.Insights{}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		text   string
		more   []string
		from   int
		want   []string // text kind detail count
		others bool     // there are other suggestions
	}{
		{text: `service("`, from: 8, want: []string{`"front end" name  3`, `"back end" name  1`}},
		{text: `service("FRO`, from: 8, want: []string{`"front end" name  3`}},
		{text: `service(id(type: "`, from: 17, want: []string{`"AWS::ECS::Container" type  3`, `"client" type  4`}, others: true},
		{text: `ok AND annotation.`, from: 7, want: []string{`annotation.tier key string 3`, `annotation.n key number | string 2`, `annotation.yes key boolean 1`}},
		{text: `annotation.tier = "`, from: 18, want: []string{`"gold" value string 2`, `"silver" value string 1`}},
		{text: `annotation.n = `, from: 15, want: []string{`"x" value string 1`, `1 value number 1`}, others: true},
		{text: `http.status = `, from: 14, want: []string{`200 value  3`}},
		{text: `http.url = "`, from: 11, want: []string{`"http://shop/a" value  3`}},
		{text: `user = "`, from: 7, want: []string{`"ann" value  3`}},
		{text: `group.name = "`, from: 13, want: []string{`"Default" group  -`, `"backs" group service("back end") -`}},
		{text: `fau`, from: 0, want: []string{`fault keyword server fault (5xx) -`}},
		{text: `user = "😀" AND fau`, more: []string{"cursor", "19"}, from: 16, want: []string{`fault keyword server fault (5xx) -`}},
		{text: `fault AND madeup `, from: 17},
		{text: `service("`, more: []string{"g", "backs"}, from: 8, want: []string{`"back end" name  1`}},
		{text: `service("`, more: []string{"limit", "1"}, from: 8, want: []string{`"front end" name  3`}},
	} {
		got := get[completion](w, "complete"+params(append([]string{"text", tc.text, "from", documentsFrom, "to", documentsTo}, tc.more...)...))
		var lines []string
		for _, s := range got.Suggestions {
			count := "-"
			if s.Count != nil {
				count = string(rune('0' + *s.Count))
			}
			lines = append(lines, strings.Join([]string{s.Text, s.Kind, s.Detail, count}, " "))
		}
		if tc.others {
			for _, line := range tc.want {
				if !strings.Contains(strings.Join(lines, "\n"), line) {
					t.Errorf("%s: %q lacks %q", tc.text, lines, line)
				}
			}
		} else if diff := cmp.Diff(tc.want, lines); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.text, diff)
		}
		if got.From != tc.from {
			t.Errorf("%s: from is %d, want %d", tc.text, got.From, tc.from)
		}
	}
}

func TestTermsSayWhatExcludesEverything(t *testing.T) {
	w := newWorld(t)
	w.put(document(1, "1", "", "a", 0, 1, fault(500, "x")), document(2, "1", "", "a", 0, 1, ""), document(3, "1", "", "b", 0, 1, ""))
	type answer struct {
		Total, Matched int
		Complete       bool
		Terms          []struct {
			Text, Without       string
			Count, CountWithout int
		}
	}
	got := post[answer](w, "terms", `{"q":"fault AND service(\"b\") AND ok","from":1699999000,"to":1700001000.5}`)
	want := answer{Total: 3, Complete: true}
	want.Terms = append(want.Terms, got.Terms[:0]...)
	for _, x := range []struct {
		text, without string
		n, others     int
	}{{`fault`, `service("b") AND ok`, 1, 1}, {`service("b")`, `fault AND ok`, 1, 0}, {`ok`, `fault AND service("b")`, 2, 0}} {
		want.Terms = append(want.Terms, struct {
			Text, Without       string
			Count, CountWithout int
		}{x.text, x.without, x.n, x.others})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("terms (-want +got):\n%s", diff)
	}
}
