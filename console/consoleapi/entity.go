package consoleapi

import (
	"encoding/json"
	"net/http"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// maxRelatives bounds the lists of what is below an entity.
const maxRelatives = 1000

type entityAnswer struct {
	ID       string             `json:"id"`
	TraceID  string             `json:"traceId"`
	Kind     string             `json:"kind"`
	Inferred bool               `json:"inferred"`
	Node     *node              `json:"node"`
	Parent   *string            `json:"parent"`
	Segment  *string            `json:"segment"`
	Received seconds            `json:"received"`
	Children []traceid.EntityID `json:"children"`
	Callees  []traceid.EntityID `json:"callees"`
	Outcome  string             `json:"outcome"`
	Document json.RawMessage    `json:"document"`
}

// entity answers with all that is known of one entity.
func (a *API) entity(r *http.Request) (any, error) {
	id, ok := traceid.ParseEntityBytes([]byte(r.PathValue("entity")))
	if !ok {
		return nil, wrong("entity", "%q is no id of an entity: it has 16 hexadecimal digits", r.PathValue("entity"))
	}
	t, err := a.findTrace(r)
	if err != nil {
		return nil, err
	}
	e := findEntity(t, id)
	if e == nil {
		return nil, problem.New(problem.NotFound, "There is no entity %s in trace %s", id, t.ID)
	}
	alone := *e.Segment
	alone.Subsegments = nil
	out := entityAnswer{
		ID: e.ID.String(), TraceID: t.ID.String(), Kind: e.Kind.String(), Inferred: e.Inferred,
		Received: seconds(e.Received), Outcome: e.Flags().Outcome().String(),
		Children: idsOf(e.Children), Callees: idsOf(e.Callees),
		Document: alone.AppendJSON(nil),
	}
	if !e.ParentID.IsZero() {
		out.Parent = new(e.ParentID.String())
	}
	if e.Owner != nil {
		out.Segment = new(e.Owner.ID.String())
	}
	if e.Kind == segment.KindSegment || e.IsCall() {
		if n, _, ok := t.NodeOf(id); ok {
			out.Node = new(nodeOf(n))
		}
	}
	return out, nil
}

func findEntity(t *trace.Trace, id traceid.EntityID) *trace.Entity {
	stack := append(append([]*trace.Entity{}, t.Segments...), t.Orphans...)
	for len(stack) > 0 {
		e := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if e.ID == id {
			return e
		}
		stack = append(stack, e.Children...)
	}
	return nil
}

func idsOf(entities []*trace.Entity) []traceid.EntityID {
	ids := make([]traceid.EntityID, 0, min(len(entities), maxRelatives))
	for _, e := range entities[:min(len(entities), maxRelatives)] {
		ids = append(ids, e.ID)
	}
	return ids
}
