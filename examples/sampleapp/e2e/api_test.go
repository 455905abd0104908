//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// call asks the X-Ray API without a signature, which radiograph does not ask for
// unless told to.
func call[T any](api, path string, in any) (out T, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, api+path, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return out, err
	}
	if resp.StatusCode != http.StatusOK {
		return out, fmt.Errorf("%s answers %s: %s", path, resp.Status, text)
	}
	return out, json.Unmarshal(text, &out)
}

// period is the time range of everything the test has sent.
func period() map[string]any {
	now := time.Now()
	return map[string]any{"StartTime": now.Add(-10 * time.Minute).Unix(), "EndTime": now.Add(time.Minute).Unix()}
}

// statistics are those of a node or an edge.
type statistics struct {
	OkCount         int
	ErrorStatistics struct{ ThrottleCount, OtherCount, TotalCount int }
	FaultStatistics struct{ TotalCount int }
	TotalCount      int

	TotalResponseTime float64 // seconds
}

// node is a node of the service map.
type node struct {
	ReferenceID       int
	Name, Type        string
	Root              bool
	SummaryStatistics statistics
	Edges             []struct {
		ReferenceID       int
		SummaryStatistics statistics
	}
}

// key identifies a node to people.
func (n node) key() string { return n.Name + " (" + n.Type + ")" }

// graph reads the service map: its nodes by key, and the counts of its edges by the
// keys of both ends.
func graph(api string) (map[string]node, map[[2]string]statistics, error) {
	out, err := call[struct{ Services []node }](api, "/ServiceGraph", period())
	if err != nil {
		return nil, nil, err
	}
	names, nodes, edges := map[int]string{}, map[string]node{}, map[[2]string]statistics{}
	for _, n := range out.Services {
		names[n.ReferenceID] = n.key()
		nodes[n.key()] = n
	}
	for _, n := range out.Services {
		for _, e := range n.Edges {
			edges[[2]string{n.key(), names[e.ReferenceID]}] = e.SummaryStatistics
		}
	}
	return nodes, edges, nil
}

// segment is what the test reads of a segment document.
type segment struct {
	Name        string
	ID          string
	TraceID     string  `json:"trace_id"`
	ParentID    string  `json:"parent_id"`
	Namespace   string  `json:"namespace"`
	StartTime   float64 `json:"start_time"`
	EndTime     float64 `json:"end_time"`
	Subsegments []segment
	HTTP        struct {
		Request struct{ Method, URL string }
	} `json:"http"`
	AWS struct {
		Operation string
		RequestID string `json:"request_id"`
	} `json:"aws"`
	SQL struct {
		URL            string
		User           string
		DatabaseType   string `json:"database_type"`
		SanitizedQuery string `json:"sanitized_query"`
	} `json:"sql"`
}

// find returns the first subsegment, at any depth, that is what is looked for.
func (s segment) find(sought func(segment) bool) (segment, bool) {
	for _, sub := range s.Subsegments {
		if sought(sub) {
			return sub, true
		}
		if found, ok := sub.find(sought); ok {
			return found, true
		}
	}
	return segment{}, false
}

// traces reads every trace that matches the filter: its segments by name.
func traces(t *testing.T, api, filter string) []map[string]segment {
	t.Helper()
	var ids []string
	in := period()
	in["FilterExpression"] = filter
	for {
		page, err := call[struct {
			TraceSummaries []struct{ ID string }
			NextToken      string
		}](api, "/TraceSummaries", in)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.TraceSummaries {
			ids = append(ids, s.ID)
		}
		if page.NextToken == "" {
			break
		}
		in["NextToken"] = page.NextToken
	}
	var found []map[string]segment
	for _, id := range ids {
		out, err := call[struct {
			Traces []struct{ Segments []struct{ Document string } }
		}](api, "/Traces", map[string]any{"TraceIds": []string{id}})
		if err != nil {
			t.Fatal(err)
		}
		for _, trace := range out.Traces {
			segments := map[string]segment{}
			for _, s := range trace.Segments {
				var doc segment
				if err := json.Unmarshal([]byte(s.Document), &doc); err != nil {
					t.Fatalf("document of %s: %v", id, err)
				}
				segments[doc.Name] = doc
			}
			found = append(found, segments)
		}
	}
	return found
}
