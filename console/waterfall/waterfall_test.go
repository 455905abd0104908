package waterfall_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/console/waterfall"
)

// document is a segment from and to seconds after a start, with more members.
func document(name, id string, from, to float64, more string) []byte {
	const start = 1_700_000_000
	return fmt.Appendf(nil, `{"trace_id":"1-65000000-0123456789abcdef01234567","name":%q,"id":%q,"start_time":%f,"end_time":%f%s}`, name, id, start+from, start+to, more)
}

// draw writes a line per entity: indentation, name, start and length in percent,
// how long it took and what it is.
func draw(t *testing.T, docs ...[]byte) string {
	t.Helper()
	tr, err := waterfall.New(docs)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range tr.Lines {
		start, length := l.Extent()
		fmt.Fprintf(&b, "%s%s %.0f+%.0f %s %s\n", strings.Repeat("  ", l.Depth), l.Name, 100*start, 100*length, l.Took(), l.Detail())
	}
	return b.String()
}

func TestLines(t *testing.T) {
	const (
		web, call, shop, other = "0000000000000001", "0000000000000002", "0000000000000003", "0000000000000004"
		remote                 = `,"inferred":true,"parent_id":"` + call + `"`
	)
	calls := `,"http":{"request":{"method":"GET"},"response":{"status":500}},"fault":true,"subsegments":[` +
		`{"name":"later","id":"0000000000000009","start_time":1700000003,"end_time":1700000004},` +
		`{"name":"shop.example","id":"` + call + `","namespace":"remote","start_time":1700000001,"end_time":1700000002}]`
	for _, tc := range []struct {
		name string
		docs [][]byte
		want string
	}{
		{"nothing", nil, ""},
		{"callee below its call, in order of start", [][]byte{
			document("shop", shop, 1.5, 2, `,"parent_id":"`+call+`"`),
			document("web", web, 0, 4, calls),
		}, `
web 0+100 4.00s fault 500 GET
  shop.example 25+25 1.00s 
    shop 38+12 500ms 
  later 75+25 1.00s 
`},
		{"inferred segments have no lines", [][]byte{
			document("web", web, 0, 4, calls),
			document("shop.example", shop, 1, 2, remote),
		}, `
web 0+100 4.00s fault 500 GET
  shop.example 25+25 1.00s 
  later 75+25 1.00s 
`},
		{"unknown parent", [][]byte{document("lost", web, 0, 1, `,"parent_id":"`+other+`"`)}, `
lost 0+100 1.00s 
`},
		{"callers of each other", [][]byte{
			document("hen", web, 0, 1, `,"parent_id":"`+shop+`"`),
			document("egg", shop, 0, 2, `,"parent_id":"`+web+`"`),
		}, `
hen 0+50 1.00s 
  egg 0+100 2.00s 
`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(strings.TrimPrefix(tc.want, "\n"), draw(t, tc.docs...)); diff != "" {
				t.Errorf("lines differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBrokenDocument(t *testing.T) {
	if _, err := waterfall.New([][]byte{[]byte("{")}); err == nil {
		t.Error("half a document is no error")
	}
}
