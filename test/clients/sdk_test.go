//go:build e2e

package clients

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/test/rig"
)

// TestSDK drives each SDK's application, which calls a second application, and
// checks everything that comes of it.
func TestSDK(t *testing.T) {
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			testSDK(t, l)
		})
	}
}

func testSDK(t *testing.T, l language) {
	rg := rig.StartRadiograph(t, t.TempDir())
	driveSDK(t, l, rg, rg.Daemon)
	rg.Stop(t)
}

// driveSDK drives the SDK's application, which traces to what does the work of the
// X-Ray daemon at an address, checks everything that the server makes of it, and
// returns what was traced.
func driveSDK(t *testing.T, l language, rg *rig.Radiograph, daemon string) traced {
	t.Helper()
	createRules(t, rg)
	dynamo := startDynamoDB(t)
	shop := startAppFor(t, l, "shop-"+l.name, daemon, dynamo)
	backend := startAppFor(t, languages[0], "backend", daemon, dynamo)
	waitForRules(t, shop, rg)

	var unsampled []string
	for range 20 {
		unsampled = append(unsampled, shop.get(t, "/unsampled", 200))
	}
	failed := shop.get(t, "/fail", 500)
	order := shop.get(t, "/order?next="+backend.url, 200)

	checkOrder(t, shop, waitForServices(t, rg, order, shop.service, backend.service))
	checkFailure(t, shop, waitForServices(t, rg, failed, shop.service))
	checkSummaries(t, rg, shop, order, failed)
	checkUnsampled(t, rg, unsampled)
	waitForEdges(t, rg, shop.edges(nodeKey{Name: backend.service})...)
	waitForStatistics(t, rg)
	return traced{
		rg: rg, traces: []string{order, failed},
		places: []string{dynamo.URL, "dynamodb", shop.url, "shop", backend.url, "backend"},
	}
}

// edges returns the edges that the application's orders make.
func (a app) edges(next nodeKey) []edgeKey {
	self := nodeKey{Name: a.service}
	return []edgeKey{
		{From: nodeKey{Name: a.service, Type: "client"}, To: self},
		{From: self, To: nodeKey{Name: a.database, Type: "Database::SQL"}},
		{From: self, To: a.dynamo},
		{From: self, To: next},
	}
}

// checkOrder checks the documents of a trace of /order that went on to backend.
func checkOrder(t *testing.T, a app, segments []entity) {
	t.Helper()
	shop, _ := reported(segments, a.service)
	backend, _ := reported(segments, "backend")
	checkSegment(t, a, shop)
	if shop.ParentID != "" {
		t.Errorf("%s has the parent %s, want none", a.service, shop.ParentID)
	}

	call, ok := shop.find(func(e entity) bool { return e.ID == backend.ParentID })
	if !ok || call.Namespace != "remote" {
		t.Errorf("backend's parent %s is not a remote subsegment of %s", backend.ParentID, a.service)
	}
	if _, ok := inferredFor(segments, call.ID); ok {
		t.Error("a segment was inferred for the call that backend reported itself")
	}

	query, ok := shop.find(func(e entity) bool { return e.SQL != nil })
	if !ok || query.Name != a.database || query.Namespace != "remote" {
		t.Errorf("SQL subsegment: found %v, name %q, namespace %q; want %q, remote", ok, query.Name, query.Namespace, a.database)
	}
	if got := query.SQL["sanitized_query"]; a.query && got != "SELECT 1 + 1" {
		t.Errorf("sanitized_query = %v", got)
	}
	if s, ok := inferredFor(segments, query.ID); !ok || s.Origin != "Database::SQL" {
		t.Errorf("inferred segment of the query: found %v, origin %q", ok, s.Origin)
	}

	item, ok := shop.find(func(e entity) bool { return e.Namespace == "aws" })
	if !ok || item.Name != "DynamoDB" || item.AWS.Operation != "GetItem" {
		t.Errorf("AWS subsegment: found %v, name %q, operation %q; want DynamoDB, GetItem", ok, item.Name, item.AWS.Operation)
	}
	if s, ok := inferredFor(segments, item.ID); !ok || s.Origin != a.dynamo.Type {
		t.Errorf("inferred segment of GetItem: found %v, origin %q, want %q", ok, s.Origin, a.dynamo.Type)
	}
}

// checkSegment checks what the application itself says of an order.
func checkSegment(t *testing.T, a app, s entity) {
	t.Helper()
	annotations := map[string]any{"language": a.name, "items": 3.0, "express": true}
	if diff := cmp.Diff(annotations, s.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	basket := map[string]any{"sku": "A-1", "count": 3.0}
	if diff := cmp.Diff(any(basket), s.Metadata["order"]["basket"]); diff != "" {
		t.Errorf("metadata order.basket (-want +got):\n%s", diff)
	}
	if want := "user-" + a.name; s.User != want {
		t.Errorf("user = %q, want %q", s.User, want)
	}
	if got := s.AWS.XRay["sdk"]; got != a.sdk {
		t.Errorf("aws.xray.sdk = %v, want %s", got, a.sdk)
	}
	if s.HTTP.Request.Method != "GET" || !strings.Contains(s.HTTP.Request.URL, "/order") || s.HTTP.Response.Status != 200 {
		t.Errorf("http = %+v", s.HTTP)
	}
	if s.Fault || s.InProgress {
		t.Errorf("fault = %v, in_progress = %v, want neither", s.Fault, s.InProgress)
	}
}

// checkFailure checks the documents of a trace of /fail.
func checkFailure(t *testing.T, a app, segments []entity) {
	t.Helper()
	shop, _ := reported(segments, a.service)
	if !shop.Fault || shop.HTTP.Response.Status != a.status {
		t.Errorf("fault = %v, status = %d; want true, %d", shop.Fault, shop.HTTP.Response.Status, a.status)
	}
	charge, ok := shop.find(func(e entity) bool { return e.Name == "charge" })
	if !ok || !charge.Fault {
		t.Fatalf("subsegment charge: found %v, fault %v", ok, charge.Fault)
	}
	got := charge.exceptions()
	if len(got) != 1 {
		t.Fatalf("charge has %d exceptions, want 1: %s", len(got), charge.Cause)
	}
	if got[0].Message != "card declined" || got[0].Type != a.exception || len(got[0].Stack) == 0 {
		t.Errorf("exception = %q of type %q with %d frames; want %q of type %q with frames",
			got[0].Message, got[0].Type, len(got[0].Stack), "card declined", a.exception)
	}
}

// checkSummaries finds both traces by filter expressions and checks what their
// summaries say.
func checkSummaries(t *testing.T, rg *rig.Radiograph, a app, order, failed string) {
	t.Helper()
	summary := findTrace(t, rg, order, `annotation.language = "`+a.name+`" AND annotation.items = 3 AND user = "user-`+a.name+`"`)
	if aws.ToBool(summary.HasFault) || aws.ToBool(summary.IsPartial) {
		t.Errorf("order: fault %v, partial %v, want neither", *summary.HasFault, *summary.IsPartial)
	}
	if got := aws.ToInt32(summary.Http.HttpStatus); got != 200 {
		t.Errorf("order: status %d", got)
	}

	summary = findTrace(t, rg, failed, `fault AND service("`+a.service+`")`)
	if len(summary.FaultRootCauses) != 1 {
		t.Fatalf("failure has %d root causes, want 1", len(summary.FaultRootCauses))
	}
	cause := summary.FaultRootCauses[0]
	path := cause.Services[len(cause.Services)-1].EntityPath
	last := path[len(path)-1]
	if aws.ToString(last.Name) != "charge" || len(last.Exceptions) != 1 ||
		aws.ToString(last.Exceptions[0].Name) != a.exception ||
		aws.ToString(last.Exceptions[0].Message) != "card declined" {
		t.Errorf("root cause ends in %q with exceptions %+v", aws.ToString(last.Name), last.Exceptions)
	}
}

// findTrace returns the summary of a trace that a filter expression has to find.
func findTrace(t *testing.T, rg *rig.Radiograph, id, filter string) types.TraceSummary {
	t.Helper()
	summaries, err := findTraces(t, rg, filter)
	if err != nil {
		t.Fatalf("find %s: %v", filter, err)
	}
	for _, s := range summaries {
		if aws.ToString(s.Id) == id {
			return s
		}
	}
	t.Fatalf("%s does not find trace %s", filter, id)
	return types.TraceSummary{}
}

// findTraces returns the summaries of the traces that a filter expression finds.
func findTraces(t *testing.T, rg *rig.Radiograph, filter string) ([]types.TraceSummary, error) {
	t.Helper()
	start, end := window()
	pages := xray.NewGetTraceSummariesPaginator(rg.API, &xray.GetTraceSummariesInput{
		StartTime: start, EndTime: end, FilterExpression: aws.String(filter),
	})
	var summaries []types.TraceSummary
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			return nil, err
		}
		summaries = append(summaries, page.TraceSummaries...)
	}
	return summaries, nil
}
