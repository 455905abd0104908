//go:build e2e

package clients

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/xray"

	"github.com/radiograph/radiograph/test/rig"
)

// entity is a segment or subsegment as BatchGetTraces returns it.
type entity struct {
	ID          string                    `json:"id"`
	ParentID    string                    `json:"parent_id"`
	Name        string                    `json:"name"`
	Namespace   string                    `json:"namespace"`
	Origin      string                    `json:"origin"`
	User        string                    `json:"user"`
	Inferred    bool                      `json:"inferred"`
	InProgress  bool                      `json:"in_progress"`
	Fault       bool                      `json:"fault"`
	Annotations map[string]any            `json:"annotations"`
	Metadata    map[string]map[string]any `json:"metadata"`
	SQL         map[string]any            `json:"sql"`
	HTTP        struct {
		Request struct {
			Method string `json:"method"`
			URL    string `json:"url"`
		} `json:"request"`
		Response struct {
			Status int `json:"status"`
		} `json:"response"`
	} `json:"http"`
	AWS struct {
		Operation string         `json:"operation"`
		XRay      map[string]any `json:"xray"`
	} `json:"aws"`
	Cause       json.RawMessage `json:"cause"`
	Links       []link          `json:"links"`
	Subsegments []entity        `json:"subsegments"`
}

// link is a link of an entity to one of another trace.
type link struct {
	TraceID    string         `json:"trace_id"`
	ID         string         `json:"id"`
	Attributes map[string]any `json:"attributes"`
}

// rule returns the sampling rule that decided about the segment. The SDKs do not
// agree about the member's name.
func (e entity) rule() string {
	for _, key := range []string{"sampling_rule_name", "rule_name"} {
		if name, ok := e.AWS.XRay[key].(string); ok {
			return name
		}
	}
	return ""
}

// find returns the first subsegment, at any depth, for which match holds.
func (e entity) find(match func(entity) bool) (entity, bool) {
	for _, sub := range e.Subsegments {
		if match(sub) {
			return sub, true
		}
		if found, ok := sub.find(match); ok {
			return found, true
		}
	}
	return entity{}, false
}

// exception is one of the exceptions of an entity's cause.
type exception struct {
	Message string `json:"message"`
	Type    string `json:"type"`
	Stack   []any  `json:"stack"`
}

// exceptions returns the exceptions that the entity carries itself.
func (e entity) exceptions() []exception {
	var cause struct {
		Exceptions []exception `json:"exceptions"`
	}
	// A cause that only refers to another entity's exception is a string.
	_ = json.Unmarshal(e.Cause, &cause)
	return cause.Exceptions
}

// readTrace returns the segments of a trace, none when it is unknown.
func readTrace(t *testing.T, rg *rig.Radiograph, id string) ([]entity, error) {
	t.Helper()
	out, err := rg.API.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: []string{id}})
	if err != nil {
		return nil, err
	}
	if len(out.Traces) == 0 {
		return nil, nil
	}
	var segments []entity
	for _, s := range out.Traces[0].Segments {
		var e entity
		if err := json.Unmarshal([]byte(*s.Document), &e); err != nil {
			return nil, fmt.Errorf("segment %s: %w in %s", *s.Id, err, *s.Document)
		}
		segments = append(segments, e)
	}
	return segments, nil
}

// waitForServices waits until the trace has a reported segment of each service and
// returns its segments.
func waitForServices(t *testing.T, rg *rig.Radiograph, id string, services ...string) []entity {
	t.Helper()
	var segments []entity
	rig.Eventually(t, fmt.Sprintf("trace %s of %v", id, services), func() (err error) {
		if segments, err = readTrace(t, rg, id); err != nil {
			return err
		}
		for _, service := range services {
			if _, ok := reported(segments, service); !ok {
				return fmt.Errorf("no segment of %s in %d segments", service, len(segments))
			}
		}
		return nil
	})
	return segments
}

// reported returns the segment that a service sent itself.
func reported(segments []entity, service string) (entity, bool) {
	for _, s := range segments {
		if s.Name == service && !s.Inferred {
			return s, true
		}
	}
	return entity{}, false
}

// inferredFor returns the segment that was inferred from a subsegment.
func inferredFor(segments []entity, subsegmentID string) (entity, bool) {
	for _, s := range segments {
		if s.Inferred && s.ParentID == subsegmentID {
			return s, true
		}
	}
	return entity{}, false
}
