//go:build e2e

package e2e

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// What one run of the collection asks for.
const (
	iterations = 4
	requests   = 10 * iterations
	missing    = 3 * iterations // 400 of an item, 404 of a file, 404 asked for
)

// resolution is how exactly the API tells times, in seconds.
const resolution = 0.001

// The nodes of the map.
const (
	clientNode    = "frontend (client)"
	frontendNode  = "frontend ()"
	datastoreNode = "datastore ()"
	storageNode   = "S3 (AWS::S3)"
	databaseNode  = "sample@127.0.0.1 (Database::SQL)"
)

func TestSampleApplication(t *testing.T) {
	bin := build(t)
	api, daemon := startRadiograph(t)
	sampleEverything(t, api)
	baseURL := startApplication(t, bin, daemon, startPostgreSQL(t), startStorage(t, bin))
	asked := waitForRules(t, baseURL)
	runNewman(t, baseURL, strconv.Itoa(iterations))

	var nodes map[string]node
	var edges map[[2]string]statistics
	eventually(t, "every request on the map", func() (err error) {
		if nodes, edges, err = graph(api); err != nil {
			return err
		}
		if got := nodes[frontendNode].SummaryStatistics.TotalCount; got < requests {
			return fmt.Errorf("%d requests of at least %d; nodes %v, edges %v", got, requests, nodes, edges)
		}
		return nil
	})

	t.Run("shape", func(t *testing.T) {
		for edge, want := range map[[2]string]int{
			{clientNode, frontendNode}:    nodes[frontendNode].SummaryStatistics.TotalCount,
			{frontendNode, storageNode}:   3 * iterations,
			{frontendNode, datastoreNode}: 3 * iterations,
		} {
			if got := edges[edge].TotalCount; got != want {
				t.Errorf("edge %v has %d calls, want %d; all edges: %v", edge, got, want, edges)
			}
		}
		// Opening a connection is a call, too.
		if got := edges[[2]string{datastoreNode, databaseNode}]; got.OkCount < 2*iterations+1 || got.OkCount != got.TotalCount {
			t.Errorf("calls of the database have %+v, want %d successes and some connects; all edges: %v", got, 2*iterations, edges)
		}
		if got := nodes[frontendNode].SummaryStatistics.TotalCount; got > requests+asked {
			t.Errorf("%d requests on the map, %d asked", got, requests+asked)
		}
		if !nodes[frontendNode].Root {
			t.Error("frontend is not a root")
		}
	})

	t.Run("colours", func(t *testing.T) {
		got := nodes[frontendNode].SummaryStatistics
		if got.FaultStatistics.TotalCount != iterations || got.ErrorStatistics.ThrottleCount != iterations || got.ErrorStatistics.OtherCount != missing {
			t.Errorf("frontend has %+v; want %d faults, %d throttles, %d other errors", got, iterations, iterations, missing)
		}
		if got := nodes[datastoreNode].SummaryStatistics; got.ErrorStatistics.OtherCount != iterations {
			t.Errorf("datastore has %+v; want %d errors", got, iterations)
		}
		// To the X-Ray SDK for Go every call that returns an error is a fault, also a 404.
		if got := edges[[2]string{frontendNode, storageNode}]; got.FaultStatistics.TotalCount != iterations || got.OkCount != 2*iterations {
			t.Errorf("calls of S3 have %+v; want %d faults", got, iterations)
		}
	})

	t.Run("averages", func(t *testing.T) { checkAverages(t, api, nodes) })
	t.Run("traces", func(t *testing.T) { checkTraces(t, api) })
}

// sampleEverything makes the default rule take every request.
func sampleEverything(t *testing.T, api string) {
	t.Helper()
	_, err := call[any](api, "/UpdateSamplingRule", map[string]any{
		"SamplingRuleUpdate": map[string]any{"RuleName": "Default", "FixedRate": 1},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// waitForRules returns when the front-end has got the rules from radiograph. Until
// then its local ones take one request a second and 5 % of the others, and hardly ever
// eight in a row. It returns how many requests it made.
func waitForRules(t *testing.T, baseURL string) (asked int) {
	t.Helper()
	taken := 0
	eventually(t, "sampling rules obeyed", func() error {
		for taken < 8 {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, baseURL+"/", http.NoBody)
			if err != nil {
				return err
			}
			req.Header.Set("X-Amzn-Trace-Id", "Sampled=?")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			_ = resp.Body.Close()
			asked++
			taken++
			if header := resp.Header.Get("X-Amzn-Trace-Id"); !strings.HasSuffix(header, "Sampled=1") {
				taken = 0
				return fmt.Errorf("decision is %q", header)
			}
		}
		return nil
	})
	return asked
}

// checkAverages compares the averages of the map with the documents of all traces.
func checkAverages(t *testing.T, api string, nodes map[string]node) {
	sum, count := map[string]float64{}, map[string]int{}
	for _, segments := range traces(t, api, `service("frontend")`) {
		for name, s := range segments {
			sum[name] += s.EndTime - s.StartTime
			count[name]++
		}
	}
	for name, key := range map[string]string{"frontend": frontendNode, "datastore": datastoreNode} {
		got := nodes[key].SummaryStatistics
		if got.TotalCount != count[name] || math.Abs(got.TotalResponseTime-sum[name]) > resolution {
			t.Errorf("%s: map has %d requests in %gs, documents have %d in %gs", name, got.TotalCount, got.TotalResponseTime, count[name], sum[name])
		}
	}
}

// checkTraces looks at what the SDK recorded of the calls, and that a trace holds
// both services.
func checkTraces(t *testing.T, api string) {
	adding := traces(t, api, `service("datastore") AND http.method = "POST" AND http.status = 201`)
	if len(adding) != iterations {
		t.Fatalf("%d traces add an item, want %d", len(adding), iterations)
	}
	for _, segments := range adding {
		front, data := segments["frontend"], segments["datastore"]
		if front.TraceID != data.TraceID || data.ParentID == "" || front.ParentID != "" {
			t.Errorf("segments are not connected: %+v and %+v", front, data)
		}
		query, ok := data.find(func(s segment) bool { return strings.HasPrefix(s.SQL.SanitizedQuery, "INSERT INTO items") })
		if !ok || query.Name != "sample@127.0.0.1" || query.Namespace != "remote" || query.SQL.DatabaseType != "Postgres" || query.SQL.User != role ||
			!strings.HasPrefix(query.SQL.URL, "postgres://") {
			t.Errorf("call of the database is %+v in %+v", query, data)
		}
	}
	storing := traces(t, api, `service("frontend") AND http.method = "PUT" AND http.status = 201`)
	if len(storing) != iterations {
		t.Fatalf("%d traces store a file, want %d", len(storing), iterations)
	}
	for _, segments := range storing {
		put, ok := segments["frontend"].find(func(s segment) bool { return s.Name == "S3" })
		if !ok || put.Namespace != "aws" || put.AWS.Operation != "PutObject" || put.AWS.RequestID == "" {
			t.Errorf("call of S3 is %+v in %+v", put, segments)
		}
	}
}
