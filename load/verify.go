package load

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/xray"

	"github.com/radiograph/radiograph/traceid"
)

// sample keeps a uniform sample of the acknowledged traces. It is not safe for
// concurrent use.
type sample struct {
	limit  int
	seen   int
	traces []Trace
}

func (s *sample) add(t Trace) {
	s.seen++
	if len(s.traces) < s.limit {
		s.traces = append(s.traces, t)
		return
	}
	if s.limit == 0 {
		return
	}
	if i := rand.IntN(s.seen); i < s.limit {
		s.traces[i] = t
	}
}

// idsPerRequest is what AWS allows in one BatchGetTraces.
const idsPerRequest = 5

// arrival is how long verify waits for the next of the traces that were sent
// without an acknowledgement: they may still be on their way.
const arrival = 5 * time.Second

// verify reads the sampled traces back and adds to res what it found.
func (r *runner) verify(ctx context.Context, res *Result) error {
	if r.opts.Verify <= 0 {
		return nil
	}
	traces := r.sample.traces[:min(r.opts.Verify, len(r.sample.traces))]
	v, err := r.compare(ctx, traces)
	for last := time.Now(); err == nil && r.opts.UDP != "" && v.Complete < v.Sampled && time.Since(last) < arrival; {
		pause(ctx, 50*time.Millisecond)
		complete := v.Complete
		if v, err = r.compare(ctx, traces); err == nil && v.Complete > complete {
			last = time.Now()
		}
	}
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	res.Verify = &v
	return nil
}

// compare counts which of the traces the server has.
func (r *runner) compare(ctx context.Context, traces []Trace) (Verified, error) {
	v := Verified{Sampled: len(traces)}
	for part := range slices.Chunk(traces, idsPerRequest) {
		found, err := r.readBack(ctx, part)
		if err != nil {
			return Verified{}, err
		}
		for i := range part {
			entities, ok := found[part[i].ID.String()]
			switch {
			case !ok:
				v.Missing++
			case part[i].completeIn(entities):
				v.Complete++
			default:
				v.Incomplete++
			}
		}
	}
	return v, nil
}

// completeIn reports whether all entities of t are there.
func (t *Trace) completeIn(found map[traceid.EntityID]bool) bool {
	for n := range SpansPerTrace {
		if !found[t.Entity(n)] {
			return false
		}
	}
	return true
}

// readBack returns the entities of each trace that the server has.
func (r *runner) readBack(ctx context.Context, traces []Trace) (map[string]map[traceid.EntityID]bool, error) {
	in := &xray.BatchGetTracesInput{}
	for _, t := range traces {
		in.TraceIds = append(in.TraceIds, t.ID.String())
	}
	found := map[string]map[traceid.EntityID]bool{}
	for {
		out, err := r.opts.Client.BatchGetTraces(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, t := range out.Traces {
			entities := map[traceid.EntityID]bool{}
			for _, s := range t.Segments {
				if err := collect([]byte(*s.Document), entities); err != nil {
					return nil, fmt.Errorf("trace %s: %w", *t.Id, err)
				}
			}
			found[*t.Id] = entities
		}
		if out.NextToken == nil {
			return found, nil
		}
		in.NextToken = out.NextToken
	}
}

// entity is as much of a document as verification needs.
type entity struct {
	ID          string   `json:"id"`
	Subsegments []entity `json:"subsegments"`
}

// collect adds the ids of doc and of everything embedded in it to found.
func collect(doc []byte, found map[traceid.EntityID]bool) error {
	var root entity
	if err := json.Unmarshal(doc, &root); err != nil {
		return err
	}
	return root.collect(found)
}

func (e *entity) collect(found map[traceid.EntityID]bool) error {
	id, err := traceid.ParseEntity(e.ID)
	if err != nil {
		return err
	}
	found[id] = true
	for i := range e.Subsegments {
		if err := e.Subsegments[i].collect(found); err != nil {
			return err
		}
	}
	return nil
}
