package consoleapi

import (
	"net/http"
	"net/url"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/xrayapi"
)

// graph answers with the service graph of the traces that match, as GetServiceGraph
// would.
func (a *API) graph(r *http.Request) (any, error) {
	q := r.URL.Query()
	s, err := a.spanOf(q)
	if err != nil {
		return nil, err
	}
	query, err := a.graphQuery(q, s)
	if err != nil {
		return nil, err
	}
	g, err := a.opts.Store.Graph(r.Context(), query)
	if err != nil {
		return nil, err
	}
	return xrayapi.RenderGraph(g), nil
}

// graphQuery returns the query for the parameters g and q. Members of a group are
// those that joined it, as in GetServiceGraph, unless there is an expression, too.
func (a *API) graphQuery(q url.Values, s span) (store.GraphQuery, error) {
	query := store.GraphQuery{Start: s.from, End: s.to}
	g, ok, err := a.groupOf(q)
	if err != nil {
		return query, err
	}
	if ok {
		query.Group, query.Version = g.ID, g.Version
	}
	query.Predicate, err = a.compile("q", q.Get("q"))
	return query, err
}
