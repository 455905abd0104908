//go:build e2e

package clients

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/test/rig"
)

// traced is what a run of applications has left in a server.
type traced struct {
	rg     *rig.Radiograph
	traces []string // ids
	places []string // URLs, each followed by its name in graphs; they differ from run to run
}

// counts are the statistics of a node or an edge that do not depend on time.
type counts struct{ OK, Error, Throttle, Fault, Total int64 }

// nodeShape is what a node of a graph says that does not depend on time.
type nodeShape struct {
	Root    bool
	State   string
	Account string
	Counts  counts
	Edges   map[nodeKey]edgeShape
}

// edgeShape is what an edge of a graph says that does not depend on time.
type edgeShape struct {
	Type    string
	Counts  counts
	Aliases []nodeKey
}

// waitForSameGraph waits until two runs of the same applications have the same
// graph: of their traces with all counts, and of the whole server. In that, the
// counts may differ when the applications were asked until they were ready.
func waitForSameGraph(t *testing.T, want, got traced) {
	t.Helper()
	var diff string
	defer func() {
		if t.Failed() {
			t.Logf("the last difference (-%s +%s):\n%s", "direct", "through the collector", diff)
		}
	}()
	rig.Eventually(t, "the same graph", func() error {
		for _, read := range []func(traced, *testing.T) (map[nodeKey]nodeShape, error){traced.traceGraph, traced.serviceGraph} {
			a, err := read(want, t)
			if err != nil {
				return err
			}
			b, err := read(got, t)
			if err != nil {
				return err
			}
			if diff = cmp.Diff(a, b); diff != "" {
				return fmt.Errorf("graphs of %d and %d nodes differ", len(a), len(b))
			}
		}
		return nil
	})
}

// traceGraph returns the graph of the run's traces.
func (r traced) traceGraph(t *testing.T) (map[nodeKey]nodeShape, error) {
	t.Helper()
	pages := xray.NewGetTraceGraphPaginator(r.rg.API, &xray.GetTraceGraphInput{TraceIds: r.traces})
	var services []types.Service
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			return nil, err
		}
		services = append(services, page.Services...)
	}
	return r.shape(services, true), nil
}

// serviceGraph returns the graph of everything that the server has.
func (r traced) serviceGraph(t *testing.T) (map[nodeKey]nodeShape, error) {
	t.Helper()
	services, err := readGraph(t, r.rg)
	return r.shape(services, false), err
}

// shape returns what of a graph does not depend on time or on the run's addresses.
func (r traced) shape(services []types.Service, counted bool) map[nodeKey]nodeShape {
	var replacements []string
	for i := 0; i < len(r.places); i += 2 {
		address := strings.TrimPrefix(r.places[i], "http://")
		replacements = append(replacements, address, r.places[i+1])
	}
	places := strings.NewReplacer(replacements...)
	key := func(name, kind *string) nodeKey {
		return nodeKey{Name: places.Replace(aws.ToString(name)), Type: aws.ToString(kind)}
	}
	byReference := map[int32]nodeKey{}
	for _, s := range services {
		byReference[aws.ToInt32(s.ReferenceId)] = key(s.Name, s.Type)
	}
	nodes := map[nodeKey]nodeShape{}
	for _, s := range services {
		n := nodeShape{
			Root: aws.ToBool(s.Root), State: aws.ToString(s.State), Account: aws.ToString(s.AccountId),
			Edges: map[nodeKey]edgeShape{},
		}
		if st := s.SummaryStatistics; counted && st != nil {
			n.Counts = countsOf(st.OkCount, st.ErrorStatistics, st.FaultStatistics, st.TotalCount)
		}
		for _, e := range s.Edges {
			edge := edgeShape{Type: aws.ToString(e.EdgeType)}
			if st := e.SummaryStatistics; counted && st != nil {
				edge.Counts = countsOf(st.OkCount, st.ErrorStatistics, st.FaultStatistics, st.TotalCount)
			}
			for _, a := range e.Aliases {
				edge.Aliases = append(edge.Aliases, key(a.Name, a.Type))
			}
			slices.SortFunc(edge.Aliases, func(a, b nodeKey) int { return strings.Compare(a.Name+a.Type, b.Name+b.Type) })
			n.Edges[byReference[aws.ToInt32(e.ReferenceId)]] = edge
		}
		nodes[key(s.Name, s.Type)] = n
	}
	return nodes
}

func countsOf(ok *int64, errs *types.ErrorStatistics, faults *types.FaultStatistics, total *int64) counts {
	c := counts{OK: aws.ToInt64(ok), Total: aws.ToInt64(total)}
	if errs != nil {
		c.Error, c.Throttle = aws.ToInt64(errs.OtherCount), aws.ToInt64(errs.ThrottleCount)
	}
	if faults != nil {
		c.Fault = aws.ToInt64(faults.TotalCount)
	}
	return c
}
