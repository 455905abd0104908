package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/radiograph/radiograph/console/diagram"
	"github.com/radiograph/radiograph/console/waterfall"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// Window is the time that the page is about.
const Window = 5 * time.Minute

const newestTraces = 12

// Reader is what the page needs of a store.
type Reader interface {
	Graph(ctx context.Context, q store.GraphQuery) (store.Graph, error)
	Scan(ctx context.Context, q store.Scan) (store.Page, error)
	Traces(ctx context.Context, ids []traceid.ID) iter.Seq2[*trace.Trace, error]
}

// Options are what a [Page] is made of.
type Options struct {
	Store    Reader
	Started  time.Time // of the service: what happened before is not known to be nothing
	Version  string
	Endpoint string       // of the API, for the commands that the page offers
	Region   string       // likewise
	Daemon   string       // address for X-Ray SDKs; empty when there is none
	Note     string       // said at the top of the first page
	Logger   *slog.Logger // slog.DiscardHandler when nil
}

// Page serves the first page, and the pages of traces.
type Page struct{ opts Options }

// New returns a Page.
func New(opts Options) *Page {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &Page{opts}
}

//go:embed page.css
var pageStyle string

//go:embed *.html
var pages embed.FS

var (
	style  = pageStyle + diagram.Style
	markup = template.Must(template.New("").ParseFS(pages, "*.html"))
	policy = "default-src 'none'; style-src '" + hash(style) + "'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// hash is the source expression that allows exactly one inline style sheet.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// view is what the template shows.
type view struct {
	Style                     template.CSS
	Map                       template.HTML // drawn by diagram, which escapes names
	Nodes                     int
	Traces                    []row
	Version, Endpoint, Region string
	Daemon, Now, Note         string
}

type row struct{ Time, ID, Response, Outcome, Entry, Request string }

// ServeHTTP renders the first page.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v, err := p.view(r.Context(), time.Now())
	p.render(w, http.StatusOK, "page.html", v, err)
}

// render answers with a page, or, when there is an error, says no more than that.
func (p *Page) render(w http.ResponseWriter, status int, name string, view any, err error) {
	var out bytes.Buffer
	if err == nil {
		err = markup.ExecuteTemplate(&out, name, view)
	}
	if err != nil {
		p.opts.Logger.Error("page failed", "err", err)
		http.Error(w, "The page could not be made: see the log of the service.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w)
}

func (p *Page) view(ctx context.Context, now time.Time) (*view, error) {
	from := now.Add(-Window)
	g, err := p.opts.Store.Graph(ctx, store.GraphQuery{Start: from, End: now.Add(time.Second)})
	if err != nil {
		return nil, err
	}
	m := MapOf(g.Graph, covered(g.Graph, p.opts.Started, from, now))
	var svg bytes.Buffer
	if err := m.SVG(&svg, false); err != nil {
		return nil, err
	}
	page, err := p.opts.Store.Scan(ctx, store.Scan{Start: from, End: now.Add(time.Second), Limit: newestTraces})
	if err != nil {
		return nil, err
	}
	v := &view{
		Style: template.CSS(style), Map: template.HTML(svg.String()), //nolint:gosec // both are ours; see Map
		Nodes: len(m.Nodes), Version: p.opts.Version, Endpoint: p.opts.Endpoint, Region: p.opts.Region, Daemon: p.opts.Daemon,
		Now: now.Format("15:04:05"), Note: p.opts.Note,
	}
	for _, s := range page.Summaries {
		v.Traces = append(v.Traces, rowOf(s))
	}
	return v, nil
}

func rowOf(s *trace.Summary) row {
	r := row{
		Time: time.Unix(0, s.StartTime).Format("15:04:05.000"), ID: s.ID.String(), Response: "–",
		Outcome: waterfall.OutcomeName(s.Flags.Outcome()),
		Request: s.HTTP.Method + " " + s.HTTP.URL,
	}
	if s.ResponseTime != trace.Unknown {
		r.Response = diagram.FormatSeconds(time.Duration(s.ResponseTime).Seconds())
	}
	if s.EntryPoint >= 0 {
		r.Entry = s.Nodes[s.EntryPoint].Name
	}
	return r
}

// covered is the part of the time from start to end that is known: since the service
// began, or since the first of what the graph has.
func covered(g *servicegraph.Graph, began, start, end time.Time) time.Duration {
	first := began
	for _, n := range g.Nodes {
		if at := time.Unix(0, n.Bounds.First); at.Before(first) {
			first = at
		}
	}
	return diagram.Covered(first, start, end)
}

// MapOf turns a graph of a period into what diagram draws.
func MapOf(g *servicegraph.Graph, period time.Duration) *diagram.Map {
	m := &diagram.Map{}
	index := make(map[trace.Node]int, len(g.Nodes))
	place := func(n trace.Node) int {
		i, ok := index[n]
		if !ok {
			i = len(m.Nodes)
			index[n] = i
			m.Nodes = append(m.Nodes, diagram.Node{Name: n.Name, Type: n.Type})
		}
		return i
	}
	for key, n := range g.Nodes {
		i := place(key)
		m.Nodes[i].Stats = stats(n.Stats, period)
	}
	for key, e := range g.Edges {
		m.Edges = append(m.Edges, diagram.Edge{
			From: place(key.From), To: place(key.To),
			Link: e.Links > 0 && e.Stats.Total() == 0, Stats: stats(e.Stats, period),
		})
	}
	m.Sort()
	return m
}

func stats(s servicegraph.Stats, period time.Duration) diagram.Stats {
	return diagram.Stats{
		OK: s.Count[segment.OK], Error: s.Count[segment.Error],
		Throttle: s.Count[segment.Throttle], Fault: s.Count[segment.Fault],
		TotalTime: time.Duration(s.TotalTime).Seconds(), Period: period,
	}
}
