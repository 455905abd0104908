//go:build e2e

package clients

import (
	"testing"

	"github.com/radiograph/radiograph/test/rig"
)

// TestChain sends one request through the applications of all SDKs, each calling
// the next, and checks that it makes one trace and one path in the graph.
func TestChain(t *testing.T) {
	t.Parallel()
	rg := rig.StartRadiograph(t, t.TempDir())
	createRules(t, rg)
	dynamo := startDynamoDB(t)

	chain := make([]app, len(languages))
	var services []string
	next := ""
	for i := len(languages) - 1; i >= 0; i-- {
		chain[i] = startApp(t, languages[i], "chain-"+languages[i].name, rg, dynamo)
		services = append(services, chain[i].service)
	}
	for _, a := range chain[1:] {
		if next != "" {
			next += ","
		}
		next += a.url
	}
	waitForRules(t, chain[0], rg)

	id := chain[0].get(t, "/order?next="+next, 200)
	segments := waitForServices(t, rg, id, services...)
	var want []edgeKey
	for i, a := range chain {
		self, _ := reported(segments, a.service)
		checkSegment(t, a, self)
		if i == 0 {
			continue
		}
		caller, _ := reported(segments, chain[i-1].service)
		if _, ok := caller.find(func(e entity) bool { return e.ID == self.ParentID }); !ok {
			t.Errorf("the parent %s of %s is not a subsegment of %s", self.ParentID, a.service, caller.Name)
		}
		want = append(want, edgeKey{From: nodeKey{Name: caller.Name}, To: nodeKey{Name: self.Name}})
	}
	waitForEdges(t, rg, want...)
}
