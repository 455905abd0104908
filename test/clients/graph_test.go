//go:build e2e

package clients

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/radiograph/radiograph/test/rig"
)

// edgeKey identifies an edge of a service graph.
type edgeKey struct{ From, To nodeKey }

// window returns a time range that holds everything a test has sent. It ends in the
// future because the points of a time series are stamped with the end of their minute.
func window() (start, end *time.Time) {
	now := time.Now()
	return aws.Time(now.Add(-10 * time.Minute)), aws.Time(now.Add(3 * time.Minute))
}

// readGraph returns the service graph of everything a test has sent.
func readGraph(t *testing.T, rg *rig.Radiograph) ([]types.Service, error) {
	t.Helper()
	start, end := window()
	pages := xray.NewGetServiceGraphPaginator(rg.API, &xray.GetServiceGraphInput{StartTime: start, EndTime: end})
	var services []types.Service
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			return nil, err
		}
		services = append(services, page.Services...)
	}
	return services, nil
}

// edges returns the edges of a graph with the total count of each.
func edges(services []types.Service) map[edgeKey]int64 {
	byReference := map[int32]nodeKey{}
	for _, s := range services {
		byReference[aws.ToInt32(s.ReferenceId)] = keyOf(s)
	}
	found := map[edgeKey]int64{}
	for _, s := range services {
		for _, e := range s.Edges {
			key := edgeKey{From: keyOf(s), To: byReference[aws.ToInt32(e.ReferenceId)]}
			if e.SummaryStatistics != nil {
				found[key] += aws.ToInt64(e.SummaryStatistics.TotalCount)
			}
		}
	}
	return found
}

func keyOf(s types.Service) nodeKey {
	return nodeKey{Name: aws.ToString(s.Name), Type: aws.ToString(s.Type)}
}

// waitForEdges waits until the service graph has all the edges, and checks what
// every client relies on in every node.
func waitForEdges(t *testing.T, rg *rig.Radiograph, want ...edgeKey) {
	t.Helper()
	var services []types.Service
	rig.Eventually(t, "service graph", func() (err error) {
		if services, err = readGraph(t, rg); err != nil {
			return err
		}
		got := edges(services)
		for _, e := range want {
			if got[e] == 0 {
				return fmt.Errorf("no edge %v, have %v", e, got)
			}
		}
		return nil
	})
	checkNodes(t, services)
}

// checkNodes checks that each node appears once, that edges lead to nodes, that
// roots are marked, and that client nodes carry no statistics of their own.
func checkNodes(t *testing.T, services []types.Service) {
	t.Helper()
	seen := map[nodeKey]bool{}
	var references []int32
	for _, s := range services {
		references = append(references, aws.ToInt32(s.ReferenceId))
	}
	for _, s := range services {
		key := keyOf(s)
		if seen[key] {
			t.Errorf("node %v appears twice", key)
		}
		seen[key] = true
		if client := key.Type == "client"; client == (s.SummaryStatistics != nil) {
			t.Errorf("node %v: client %v, statistics %v", key, client, s.SummaryStatistics)
		}
		for _, e := range s.Edges {
			if !slices.Contains(references, aws.ToInt32(e.ReferenceId)) {
				t.Errorf("node %v has an edge to %d, which is not there", key, aws.ToInt32(e.ReferenceId))
			}
		}
	}
	for key := range seen {
		if key.Type != "client" {
			continue
		}
		root := slices.IndexFunc(services, func(s types.Service) bool {
			return aws.ToString(s.Name) == key.Name && aws.ToBool(s.Root)
		})
		if root < 0 {
			t.Errorf("client %s has no root node", key.Name)
		}
	}
}
