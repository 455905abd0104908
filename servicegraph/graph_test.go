package servicegraph_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/trace/tracetest"
)

const worked = `
web id=a 1-3 origin=AWS::EC2::Instance status=200
  pay id=1 remote 1.25-2.75 status=503
  DynamoDB id=2 aws 1.1-1.2 op=GetItem table=carts
pay id=b parent=1 1.5-8 fault
`

func workedGraph(t testing.TB) *servicegraph.Graph {
	t.Helper()
	docs, err := tracetest.Documents(worked, 60)
	if err != nil {
		t.Fatal(err)
	}
	g := &servicegraph.Graph{}
	observeAll(g, trace.Assemble(tracetest.TraceID, docs).Summary(), 1)
	return g
}

func TestSelect(t *testing.T) {
	g := workedGraph(t)
	pattern := func(name, typ string) *servicegraph.NodePattern {
		p := &servicegraph.NodePattern{Name: &name}
		if typ != "" {
			p.Type = &typ
		}
		return p
	}
	for _, tc := range []struct {
		name  string
		sel   *servicegraph.Selector
		count [4]int64
		total string
	}{
		{"clients", nil, [4]int64{1}, "2"},
		{"a node", &servicegraph.Selector{To: pattern("pay", "")}, [4]int64{segment.Fault: 1}, "6.5"},
		{"a node by name alone, clients have nothing", &servicegraph.Selector{To: pattern("web", "")}, [4]int64{1}, "2"},
		{"all nodes", &servicegraph.Selector{}, [4]int64{segment.OK: 2, segment.Fault: 1}, "8.6"},
		{"an edge", &servicegraph.Selector{From: pattern("web", ""), To: pattern("pay", "")}, [4]int64{segment.Fault: 1}, "1.5"},
		{"an edge from a type", &servicegraph.Selector{From: pattern("web", "client"), To: pattern("web", "")}, [4]int64{1}, "2"},
		{"all edges from a node", &servicegraph.Selector{From: pattern("web", "AWS::EC2::Instance")}, [4]int64{segment.OK: 1, segment.Fault: 1}, "1.6"},
		{"nothing", &servicegraph.Selector{To: pattern("other", "")}, [4]int64{}, "0"},
	} {
		stats, times := g.Select(tc.sel)
		if stats.Count != tc.count || tracetest.Seconds(stats.TotalTime) != tc.total || times.Count() != stats.Total() {
			t.Errorf("%s: %+v, %s; want %v, Σ%s", tc.name, stats, printHistogram(&times), tc.count, tc.total)
		}
	}
}

var update = flag.Lookup("update") // tracetest's

// TestFormatStaysReadable reads an encoding that was written when its version was
// new. A change of it needs a new version.
func TestFormatStaysReadable(t *testing.T) {
	const file = "testdata/graph.v1.hex"
	want := workedGraph(t)
	if update.Value.String() == "true" {
		if err := os.WriteFile(file, []byte(hex.EncodeToString(want.AppendBinary(nil))+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	var got servicegraph.Graph
	if _, err := got.DecodeBinary(b); err != nil || printGraph(&got) != printGraph(want) {
		t.Errorf("decoded\n%s, %v; want\n%s", printGraph(&got), err, printGraph(want))
	}
	if encoded := want.AppendBinary(nil); !bytes.Equal(encoded, b) {
		t.Errorf("encoded %x, want %x", encoded, b)
	}
}

func TestDecodeRefusesWhatIsCut(t *testing.T) {
	b := workedGraph(t).AppendBinary(nil)
	for n := range b {
		var g servicegraph.Graph
		if _, err := g.DecodeBinary(b[:n]); !errors.Is(err, servicegraph.ErrMalformed) || !g.Empty() {
			t.Errorf("first %d of %d bytes: %v, graph empty: %v", n, len(b), err, g.Empty())
		}
	}
}

func FuzzGraphDecode(f *testing.F) {
	f.Add(new(servicegraph.Graph).AppendBinary(nil))
	f.Add(workedGraph(f).AppendBinary(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var g, again servicegraph.Graph
		rest, err := g.DecodeBinary(b)
		if err != nil {
			if !g.Empty() {
				t.Errorf("not empty after %v", err)
			}
			return
		}
		left, err := again.DecodeBinary(append(g.AppendBinary(nil), rest...))
		if err != nil || len(left) != len(rest) || printGraph(&g) != printGraph(&again) {
			t.Errorf("decoded\n%s, encoded and decoded\n%s, %v", printGraph(&g), printGraph(&again), err)
		}
		again.Merge(&g, 1)
	})
}
