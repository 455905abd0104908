package xrayapi

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/radiograph/radiograph/insight"
)

// insightUpdate is an event as EventBridge delivers it.
type insightUpdate struct {
	Version    string       `json:"version"`
	ID         string       `json:"id"`
	DetailType string       `json:"detail-type"`
	Source     string       `json:"source"`
	Account    string       `json:"account"`
	Time       string       `json:"time"`
	Region     string       `json:"region"`
	Resources  []string     `json:"resources"`
	Detail     updateDetail `json:"detail"`
}

type updateDetail struct {
	insightShape
	Event insightEvent
}

// InsightUpdate returns the event "AWS X-Ray Insight Update" that X-Ray would send to
// EventBridge, as JSON. Its members are those of EventBridge's schema registry. The
// same notice has the same id each time.
func (a *API) InsightUpdate(n insight.Notice) ([]byte, error) {
	shape := a.renderInsight(n.Insight)
	name := n.Insight.ID + n.Event.Time.Format(time.RFC3339) + n.Event.Summary
	body, err := json.Marshal(insightUpdate{
		Version:    "0",
		ID:         uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String(),
		DetailType: "AWS X-Ray Insight Update",
		Source:     "aws.xray",
		Account:    a.opts.AccountID,
		Time:       n.Event.Time.UTC().Format(time.RFC3339),
		Region:     a.opts.Region,
		Resources:  []string{},
		Detail:     updateDetail{shape, renderEvent(&n.Event)},
	})
	if err != nil {
		return nil, fmt.Errorf("encode event of insight %s: %w", n.Insight.ID, err)
	}
	return body, nil
}
