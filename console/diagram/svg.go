package diagram

import (
	_ "embed"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Style is the style sheet of the drawings, for light and dark pages.
//
//go:embed diagram.css
var Style string

// Sizes of the drawing, in CSS pixels.
const (
	cardWidth   = 196
	cardHeight  = 76
	columnPitch = cardWidth + 74
	rowPitch    = cardHeight + 24
	margin      = 14
	nameRunes   = 22
	typeRunes   = 28
)

// SVG draws m. With style the drawing carries its style sheet and stands alone;
// without, the page around it must have [Style].
func (m *Map) SVG(w io.Writer, style bool) error {
	l := newLayout(m)
	var b strings.Builder
	width := margin*2 + len(l.layers)*columnPitch - (columnPitch - cardWidth)
	height := margin*2 + int(l.rows()*rowPitch) - (rowPitch - cardHeight)
	if len(m.Nodes) == 0 {
		width, height = 2*margin, 2*margin
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="map" role="img" aria-label="Service map" viewBox="0 0 %d %d" width="%d" height="%d">`+"\n", width, height, width, height)
	if style {
		fmt.Fprintf(&b, "<style>%s</style>\n", Style)
	}
	b.WriteString(`<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="arrow" d="M0 0.8 7 4 0 7.2z"/></marker></defs>` + "\n")
	for i, e := range m.Edges {
		m.edge(&b, l, e, l.paths[i])
	}
	for i, n := range m.Nodes {
		card(&b, n, l.x(i), l.y(i))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (l *layout) x(place int) float64 { return margin + float64(l.layer[place])*columnPitch }
func (l *layout) y(place int) float64 { return margin + l.row[place]*rowPitch }

// edge draws the path of e as one curve.
func (m *Map) edge(b *strings.Builder, l *layout, e Edge, path []int) {
	class := "edge"
	switch {
	case e.Link:
		class += " link"
	case float64(e.Fault) > 0.05*float64(e.Total()):
		class += " fault"
	case e.Failed() > 0.05:
		class += " error"
	}
	title := fmt.Sprintf("%s → %s: %s, %s", m.Nodes[e.From].Name, m.Nodes[e.To].Name, e.Average(), e.Rate())
	if failed := e.Failed(); failed > 0 {
		title += fmt.Sprintf(", %.1f%% failed", 100*failed)
	}
	fmt.Fprintf(b, `<path class="%s" marker-end="url(#arrow)" d="%s"><title>%s</title></path>`+"\n", class, l.curve(e, path), escape(title))
}

func (l *layout) curve(e Edge, path []int) string {
	const middle = cardHeight / 2
	if path == nil { // a call to itself
		x, y := l.x(e.From), l.y(e.From)
		return fmt.Sprintf("M%.0f %.0fc-18 -30 50 -30 32 -1", x+cardWidth/2-16, y)
	}
	right := l.layer[e.To] > l.layer[e.From]
	x, y := l.x(path[0])+cardWidth, l.y(path[0])+middle
	if !right {
		x -= cardWidth
	}
	var d strings.Builder
	fmt.Fprintf(&d, "M%.0f %.0f", x, y)
	for i, p := range path[1:] {
		last := i == len(path)-2
		in, out := l.x(p), l.x(p)+cardWidth
		if !right {
			in, out = out, in
		}
		if last && l.layer[e.To] == l.layer[e.From] {
			in = l.x(p)
		}
		ny := l.y(p) + middle
		half := (in - x) / 2
		if half == 0 {
			half = -40
			if !right {
				fmt.Fprintf(&d, "C%.0f %.0f %.0f %.0f %.0f %.0f", x+half, y, in+half, ny, in, ny)
				x, y = in, ny
				continue
			}
		}
		fmt.Fprintf(&d, "C%.0f %.0f %.0f %.0f %.0f %.0f", x+half, y, in-half, ny, in, ny)
		x, y = in, ny
		if !last {
			fmt.Fprintf(&d, "L%.0f %.0f", out, ny)
			x = out
		}
	}
	return d.String()
}

// card draws a node.
func card(b *strings.Builder, n Node, x, y float64) {
	class := "card"
	if n.Type == "client" {
		class += " client"
	}
	fmt.Fprintf(b, `<g class="%s" transform="translate(%.0f %.0f)"><title>%s</title><rect class="box" width="%d" height="%d" rx="10"/>`,
		class, x, y, escape(strings.TrimSpace(n.Name+" "+n.Type)), cardWidth, cardHeight)
	fmt.Fprintf(b, `<text class="name" x="14" y="25">%s</text>`, escape(shorten(n.Name, nameRunes)))
	kind := n.Type
	if kind == "" {
		kind = "service"
	}
	fmt.Fprintf(b, `<text class="type" x="14" y="42">%s</text>`, escape(shorten(kind, typeRunes)))
	if n.Total() > 0 {
		fmt.Fprintf(b, `<text class="stats" x="14" y="60">%s<tspan class="type" dx="8">%s</tspan>`, n.Average(), n.Rate())
		if failed := n.Failed(); failed > 0 {
			fmt.Fprintf(b, `<tspan class="failed" dx="8">%.1f%%</tspan>`, 100*failed)
		}
		b.WriteString("</text>")
		bar(b, n.Stats)
	}
	b.WriteString("</g>\n")
}

// bar draws the shares of the outcomes.
func bar(b *strings.Builder, s Stats) {
	const width, height = cardWidth - 28, 3
	x := 14.0
	for _, part := range []struct {
		class string
		n     int64
	}{{"ok", s.OK}, {"error", s.Error}, {"throttle", s.Throttle}, {"fault", s.Fault}} {
		if part.n == 0 {
			continue
		}
		w := width * float64(part.n) / float64(s.Total())
		fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d"/>`, part.class, x, cardHeight-9, w, height)
		x += w
	}
}

// shorten cuts a label to what a card holds.
func shorten(s string, runes int) string {
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	return string([]rune(s)[:runes-1]) + "…"
}

// escape makes s the text of an element. What XML cannot hold becomes U+FFFD.
func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return "" // a strings.Builder does not fail
	}
	return b.String()
}
