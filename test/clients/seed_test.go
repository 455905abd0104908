//go:build e2e

package clients

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/radiograph/radiograph/test/rig"
)

// seeded is what the clients of the read operations find.
type seeded struct {
	traces []string // one failed, all of web calling pay
	group  types.Group
}

// seedTraces is more than Grafana's four parallel requests could miss.
const seedTraces = 12

// sharePolicy lets another service send segments.
const sharePolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
	"Principal":{"Service":"sns.amazonaws.com"},"Action":"xray:PutTraceSegments","Resource":"*"}]}`

// seed stores traces of two services, a group, a sampling rule and a resource
// policy, so that every read operation has something to answer.
func seed(t *testing.T, rg *rig.Radiograph) seeded {
	t.Helper()
	group, err := rg.API.CreateGroup(t.Context(), &xray.CreateGroupInput{
		GroupName: aws.String("web"), FilterExpression: aws.String(`service("web")`),
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("shop")}},
	})
	if err != nil {
		t.Fatalf("create group: %v", err)
	}
	createRules(t, rg)
	if _, err := rg.API.PutResourcePolicy(t.Context(), &xray.PutResourcePolicyInput{
		PolicyName: aws.String("share"), PolicyDocument: aws.String(sharePolicy),
	}); err != nil {
		t.Fatalf("put resource policy: %v", err)
	}

	s := seeded{group: *group.Group}
	var documents []string
	for i := range seedTraces {
		id := newTraceID()
		s.traces = append(s.traces, id)
		documents = append(documents, seedDocuments(id, i == 0)...)
	}
	out, err := rg.API.PutTraceSegments(t.Context(), &xray.PutTraceSegmentsInput{TraceSegmentDocuments: documents})
	if err != nil {
		t.Fatalf("put segments: %v", err)
	}
	if len(out.UnprocessedTraceSegments) > 0 {
		t.Fatalf("unprocessed segments: %+v", out.UnprocessedTraceSegments)
	}
	rig.Eventually(t, "graph of the seeded traces", func() error {
		services, err := readGraph(t, rg)
		if err != nil {
			return err
		}
		edge := edgeKey{From: nodeKey{Name: "web", Type: "AWS::EC2::Instance"}, To: nodeKey{Name: "pay"}}
		if got := edges(services)[edge]; got != seedTraces {
			return fmt.Errorf("%d calls on the edge, want %d", got, seedTraces)
		}
		return nil
	})
	return s
}

// seedDocuments returns the segments of one trace: web calls pay, which is slow
// and perhaps fails.
func seedDocuments(traceID string, fail bool) []string {
	start := float64(time.Now().UnixMilli()-1000) / 1000
	web, call, pay := entityID(), entityID(), entityID()
	status, outcome := 200, ""
	if fail {
		status, outcome = 500, `"fault":true,"cause":{"exceptions":[{"id":"`+entityID()+`","message":"card declined","type":"CardError"}]},`
	}
	expand := func(document string) string {
		return strings.NewReplacer(
			"TRACE", traceID, "WEB", web, "CALL", call, "PAY", pay,
			"START", fmt.Sprintf("%.3f", start), "END", fmt.Sprintf("%.3f", start+0.5),
			"STATUS", strconv.Itoa(status), `"OUTCOME",`, outcome,
		).Replace(document)
	}
	return []string{
		expand(`{"name":"web","id":"WEB","trace_id":"TRACE","start_time":START,"end_time":END,
			"origin":"AWS::EC2::Instance","user":"user-1","annotations":{"tier":"gold","items":3},"OUTCOME",
			"http":{"request":{"method":"GET","url":"http://web/pay","client_ip":"192.0.2.1"},"response":{"status":STATUS}},
			"subsegments":[{"name":"pay","id":"CALL","namespace":"remote","start_time":START,"end_time":END,"OUTCOME",
			"http":{"request":{"method":"POST","url":"http://pay/charge"},"response":{"status":STATUS}}}]}`),
		expand(`{"name":"pay","id":"PAY","trace_id":"TRACE","parent_id":"CALL","start_time":START,"end_time":END,"OUTCOME",
			"http":{"request":{"method":"POST","url":"http://pay/charge"},"response":{"status":STATUS}}}`),
	}
}

func entityID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
