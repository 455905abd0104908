package diagram

import (
	"fmt"
	"io"
	"strings"
)

// DOT writes m in the language of Graphviz.
func (m *Map) DOT(w io.Writer) error {
	var b strings.Builder
	b.WriteString("digraph services {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n")
	for i, n := range m.Nodes {
		fmt.Fprintf(&b, "  n%d [label=%s];\n", i, dotString(n.label("\n")))
	}
	for _, e := range m.Edges {
		style := ""
		if e.Link {
			style = ", style=dashed"
		}
		fmt.Fprintf(&b, "  n%d -> n%d [label=%s%s];\n", e.From, e.To, dotString(e.label("\n")), style)
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// Mermaid writes m as a Mermaid flowchart.
func (m *Map) Mermaid(w io.Writer) error {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, n := range m.Nodes {
		fmt.Fprintf(&b, "  n%d[\"%s\"]\n", i, mermaidText(n.label("\n")))
	}
	for _, e := range m.Edges {
		arrow := "-->"
		if e.Link {
			arrow = "-.->"
		}
		fmt.Fprintf(&b, "  n%d %s|\"%s\"| n%d\n", e.From, arrow, mermaidText(e.label(" ")), e.To)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (n Node) label(separator string) string {
	lines := []string{n.Name}
	if n.Type != "" {
		lines = append(lines, n.Type)
	}
	if n.Total() > 0 {
		lines = append(lines, n.Stats.label(" "))
	}
	return strings.Join(lines, separator)
}

func (s Stats) label(separator string) string {
	parts := []string{s.Average(), s.Rate()}
	if failed := s.Failed(); failed > 0 {
		parts = append(parts, fmt.Sprintf("%.1f%% failed", 100*failed))
	}
	return strings.Join(parts, separator)
}

// dotString quotes s for Graphviz.
func dotString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// mermaidText escapes s for a quoted Mermaid label.
func mermaidText(s string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "\n", "<br/>").Replace(s)
}
