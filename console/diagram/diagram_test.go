package diagram_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/console/diagram"
)

var update = flag.Bool("update", false, "write golden files")

func stats(ok, fault int64, seconds float64) diagram.Stats {
	return diagram.Stats{OK: ok, Fault: fault, TotalTime: seconds, Period: time.Minute}
}

// shop has a cycle, a loop, a long edge, a link and a name that needs escaping.
func shop() *diagram.Map {
	m := &diagram.Map{
		Nodes: []diagram.Node{
			{Name: "orders", Type: "AWS::EC2::Instance", Stats: stats(90, 10, 8)},
			{Name: "web", Type: "client"},
			{Name: "web", Type: "AWS::ECS::Container", Stats: stats(120, 0, 12)},
			{Name: `a "quoted" <name> & more than fits on a card`, Type: "remote", Stats: stats(3, 0, 0.0003)},
			{Name: "db", Type: "Database::SQL", Stats: stats(200, 0, 1)},
		},
		Edges: []diagram.Edge{
			{From: 1, To: 2, Stats: stats(120, 0, 12)},
			{From: 2, To: 0, Stats: stats(90, 10, 9)},
			{From: 0, To: 4, Stats: stats(100, 0, 0.5)},
			{From: 2, To: 4, Stats: stats(100, 0, 0.5)},
			{From: 0, To: 2, Stats: stats(1, 0, 0.5)},
			{From: 0, To: 0, Stats: stats(2, 0, 0.5)},
			{From: 0, To: 3, Link: true},
		},
	}
	m.Sort()
	return m
}

func TestGolden(t *testing.T) {
	m := shop()
	for name, write := range map[string]func(io.Writer) error{
		"shop.svg":     func(w io.Writer) error { return m.SVG(w, true) },
		"shop.dot":     m.DOT,
		"shop.mermaid": m.Mermaid,
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", name, diff)
		}
	}
}

func randomMap(t *rapid.T) *diagram.Map {
	m := &diagram.Map{}
	n := rapid.IntRange(0, 12).Draw(t, "nodes")
	for i := range n {
		m.Nodes = append(m.Nodes, diagram.Node{Name: rapid.String().Draw(t, "name"), Type: string(rune('a' + i)), Stats: stats(int64(i), 1, 1)})
	}
	if n == 0 {
		return m
	}
	seen := map[[2]int]bool{}
	for range rapid.IntRange(0, 24).Draw(t, "edges") {
		e := [2]int{rapid.IntRange(0, n-1).Draw(t, "from"), rapid.IntRange(0, n-1).Draw(t, "to")}
		if !seen[e] {
			m.Edges = append(m.Edges, diagram.Edge{From: e[0], To: e[1], Stats: stats(1, 0, 1)})
		}
		seen[e] = true
	}
	return m
}

// TestEveryMapIsWellFormedXML draws maps of any shape, with any names.
func TestEveryMapIsWellFormedXML(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := randomMap(t)
		m.Sort()
		var b strings.Builder
		if err := m.SVG(&b, rapid.Bool().Draw(t, "style")); err != nil {
			t.Fatal(err)
		}
		cards, edges := 0, 0
		d := xml.NewDecoder(strings.NewReader(b.String()))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, b.String())
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			for _, a := range start.Attr {
				if a.Name.Local == "class" && strings.HasPrefix(a.Value, "card") {
					cards++
				}
				if a.Name.Local == "class" && strings.HasPrefix(a.Value, "edge") {
					edges++
				}
				if strings.Contains(a.Value, "NaN") {
					t.Errorf("%s=%s", a.Name.Local, a.Value)
				}
			}
		}
		if cards != len(m.Nodes) || edges != len(m.Edges) {
			t.Errorf("%d cards and %d edges for %d nodes and %d edges", cards, edges, len(m.Nodes), len(m.Edges))
		}
	})
}

// TestOrderOfNodesDoesNotMatter checks that a shuffled map without cycles gives
// the same drawing.
func TestOrderOfNodesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := randomMap(t)
		for i, e := range m.Edges { // callers before callees: no cycles
			m.Edges[i].From, m.Edges[i].To = min(e.From, e.To), max(e.From, e.To)
		}
		place := make([]int, len(m.Nodes))
		for i := range place {
			place[i] = i
		}
		place = rapid.Permutation(place).Draw(t, "places")
		shuffled := &diagram.Map{Nodes: make([]diagram.Node, len(m.Nodes))}
		for i, n := range m.Nodes {
			shuffled.Nodes[place[i]] = n
		}
		for _, e := range m.Edges {
			e.From, e.To = place[e.From], place[e.To]
			shuffled.Edges = append(shuffled.Edges, e)
		}
		var a, b strings.Builder
		for m, w := range map[*diagram.Map]*strings.Builder{m: &a, shuffled: &b} {
			m.Sort()
			if err := m.SVG(w, false); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(a.String(), b.String()); diff != "" {
			t.Errorf("drawings differ:\n%s", diff)
		}
	})
}

func TestNumbersHaveThreeDigits(t *testing.T) {
	for seconds, want := range map[float64]string{0.00085: "850µs", 0.0012345: "1.23ms", 0.01234: "12.3ms", 0.1234: "123ms", 1.2345: "1.23s", 123.4: "123s"} {
		if got := diagram.FormatSeconds(seconds); got != want {
			t.Errorf("%v s is written %q, want %q", seconds, got, want)
		}
	}
}

func TestCovered(t *testing.T) {
	end := time.Unix(1000, 0)
	start := end.Add(-5 * time.Minute)
	for _, tc := range []struct {
		name  string
		first time.Time
		want  time.Duration
	}{
		{"known before", start.Add(-time.Hour), 5 * time.Minute},
		{"young", end.Add(-time.Minute), time.Minute},
		{"nearly nothing", end.Add(-time.Second), 10 * time.Second},
		{"nothing", end, 10 * time.Second},
	} {
		if got := diagram.Covered(tc.first, start, end); got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
	if got := diagram.Covered(end, end.Add(-time.Second), end); got != time.Second {
		t.Errorf("a period of a second: got %v", got)
	}
}
