//go:build e2e

package clients

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/test/rig"
)

// TestOpenTelemetry drives each SDK's application, which calls a second application,
// and checks everything that comes of it, whether the spans go to the server or
// through a collector; both have to make the same graph.
func TestOpenTelemetry(t *testing.T) {
	for _, l := range otelLanguages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			direct := driveOTel(t, l, startDirect(t))
			collected := driveOTel(t, l, startThroughCollector(t))
			waitForSameGraph(t, direct, collected)
			direct.rg.Stop(t)
			collected.rg.Stop(t)
		})
	}
}

// otelBackend is the application that the others call.
const otelBackend = "backend"

// driveOTel drives the SDK's application, checks everything that the server makes of
// it, and returns what was traced.
func driveOTel(t *testing.T, l otelLanguage, w way) traced {
	t.Helper()
	dynamo := startDynamoDB(t)
	shop := startOTelApp(t, l, "shop-"+l.name, w, dynamo)
	backend := startOTelApp(t, otelLanguages[0], otelBackend, w, dynamo)
	request(t, shop.url+"/fail", "", 500)
	request(t, shop.url+"/order?next="+backend.url, "", 200)

	order := shop.waitForOrder(t, w)
	failed := shop.waitForFailure(t, w)
	checkOTelSummaries(t, w, shop, order, failed)
	shop.checkEvent(t, w, order)
	waitForEdges(t, w.rg, shop.edges()...)
	return traced{
		rg: w.rg, traces: []string{order, failed},
		places: []string{dynamo.URL, "dynamodb", shop.url, "shop", backend.url, "backend"},
	}
}

// edges returns the edges that the application's orders make.
func (a otelApp) edges() []edgeKey {
	self := nodeKey{Name: a.service}
	return []edgeKey{
		{From: nodeKey{Name: a.service, Type: "client"}, To: self},
		{From: self, To: nodeKey{Name: a.database, Type: "Database::SQL"}},
		{From: self, To: table},
		{From: self, To: nodeKey{Name: otelBackend}},
	}
}

// waitForOrder waits until the trace of the order is complete, checks its documents
// and returns its id.
func (a otelApp) waitForOrder(t *testing.T, w way) string {
	t.Helper()
	id, segments := waitForTrace(t, w.rg, `service("`+a.service+`") AND service("`+otelBackend+`")`, func(segments []entity) error {
		shop, _ := reported(segments, a.service)
		backend, ok := reported(segments, otelBackend)
		if !ok {
			return errors.New("no segment of the backend")
		}
		for what, match := range map[string]func(entity) bool{
			"the backend's parent": func(e entity) bool { return e.ID == backend.ParentID },
			"a query":              entity.isQuery,
			"a call of an AWS SDK": entity.isAWS,
		} {
			if _, ok := shop.find(match); !ok {
				return errors.New("no subsegment is " + what)
			}
		}
		return nil
	})
	a.checkOrder(t, segments)
	return id
}

func (e entity) isQuery() bool { return e.SQL["sanitized_query"] != nil }

func (e entity) isAWS() bool { return e.Namespace == "aws" }

// checkOrder checks the documents of a trace of /order that went on to the backend.
func (a otelApp) checkOrder(t *testing.T, segments []entity) {
	t.Helper()
	shop, _ := reported(segments, a.service)
	backend, _ := reported(segments, otelBackend)
	a.checkSegment(t, shop)
	if shop.ParentID != "" {
		t.Errorf("%s has the parent %s, want none", a.service, shop.ParentID)
	}

	call, _ := shop.find(func(e entity) bool { return e.ID == backend.ParentID })
	if call.Namespace != "remote" || call.HTTP.Request.Method != "GET" || call.HTTP.Response.Status != 200 ||
		!strings.Contains(call.HTTP.Request.URL, "/order") {
		t.Errorf("call of the backend: namespace %q, http %+v", call.Namespace, call.HTTP)
	}
	if _, ok := inferredFor(segments, call.ID); ok {
		t.Error("a segment was inferred for the call that the backend reported itself")
	}

	query, _ := shop.find(entity.isQuery)
	if query.Name != a.database || query.Namespace != "remote" || query.SQL["sanitized_query"] != a.query {
		t.Errorf("SQL subsegment: name %q, namespace %q, query %v; want %q, remote, %q",
			query.Name, query.Namespace, query.SQL["sanitized_query"], a.database, a.query)
	}
	if s, ok := inferredFor(segments, query.ID); !ok || s.Origin != "Database::SQL" {
		t.Errorf("inferred segment of the query: found %v, origin %q", ok, s.Origin)
	}

	item, _ := shop.find(entity.isAWS)
	if item.Name != "DynamoDB" || item.AWS.Operation != "GetItem" {
		t.Errorf("AWS subsegment: name %q, operation %q; want DynamoDB, GetItem", item.Name, item.AWS.Operation)
	}
	if s, ok := inferredFor(segments, item.ID); !ok || s.Origin != table.Type {
		t.Errorf("inferred segment of GetItem: found %v, origin %q, want %q", ok, s.Origin, table.Type)
	}
}

// checkSegment checks what the application itself says of an order.
func (a otelApp) checkSegment(t *testing.T, s entity) {
	t.Helper()
	if got := s.AWS.XRay["sdk"]; got != a.sdk {
		t.Errorf("aws.xray.sdk = %v, want %s", got, a.sdk)
	}
	if s.HTTP.Request.Method != "GET" || !strings.Contains(s.HTTP.Request.URL, "/order") || s.HTTP.Response.Status != 200 {
		t.Errorf("http = %+v", s.HTTP)
	}
	if s.Fault || s.InProgress {
		t.Errorf("fault = %v, in_progress = %v, want neither", s.Fault, s.InProgress)
	}
	if !a.said {
		return
	}
	// Where the web framework has spans of its own, the application speaks of the
	// innermost.
	says := func(e entity) bool { return e.Annotations["language"] != nil }
	if !says(s) {
		s, _ = s.find(says)
	}
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
	if len(s.Links) != 1 || s.Links[0].TraceID != "1-ab000000-000000000000000000000001" ||
		s.Links[0].ID != "cd00000000000002" || s.Links[0].Attributes["reason"] != "reorder" {
		t.Errorf("links = %+v", s.Links)
	}
}

// waitForFailure waits until the trace of the failure is complete, checks its
// documents and returns its id.
func (a otelApp) waitForFailure(t *testing.T, w way) string {
	t.Helper()
	isCharge := func(e entity) bool { return e.Name == a.charge }
	id, segments := waitForTrace(t, w.rg, `fault AND service("`+a.service+`")`, func(segments []entity) error {
		shop, _ := reported(segments, a.service)
		if _, ok := shop.find(isCharge); !ok {
			return errors.New("no subsegment " + a.charge)
		}
		return nil
	})
	shop, _ := reported(segments, a.service)
	if !shop.Fault || shop.HTTP.Response.Status != 500 || !strings.Contains(shop.HTTP.Request.URL, "/fail") {
		t.Errorf("fault = %v, http %+v; want true, 500 of /fail", shop.Fault, shop.HTTP)
	}
	charge, _ := shop.find(isCharge)
	got := charge.exceptions()
	if !charge.Fault || len(got) != 1 {
		t.Fatalf("%s: fault %v, %d exceptions, want 1: %s", a.charge, charge.Fault, len(got), charge.Cause)
	}
	if got[0].Message != "card declined" || got[0].Type != a.exception || len(got[0].Stack) == 0 {
		t.Errorf("exception = %q of type %q with %d frames; want %q of type %q with frames",
			got[0].Message, got[0].Type, len(got[0].Stack), "card declined", a.exception)
	}
	return id
}

// checkOTelSummaries finds both traces by filter expressions and checks what their
// summaries say.
func checkOTelSummaries(t *testing.T, w way, a otelApp, order, failed string) {
	t.Helper()
	filter := `http.status = 200 AND edge("` + a.service + `", "` + otelBackend + `")`
	if a.said {
		filter += ` AND annotation.language = "` + a.name + `" AND annotation.items = 3 AND user = "user-` + a.name + `"`
	}
	summary := findTrace(t, w.rg, order, filter)
	if aws.ToBool(summary.HasFault) || aws.ToBool(summary.IsPartial) {
		t.Errorf("order: fault %v, partial %v, want neither", *summary.HasFault, *summary.IsPartial)
	}
	if got := aws.ToString(summary.EntryPoint.Name); got != a.service {
		t.Errorf("order: entry point %q", got)
	}

	summary = findTrace(t, w.rg, failed, `fault AND http.status = 500`)
	causes := summary.FaultRootCauses
	if !a.hidden && !hasException(causes, a.exception, "card declined") {
		t.Errorf("none of %d root causes of the failure has the exception", len(causes))
	}
}

// checkEvent retrieves the trace as spans and checks the event that the application
// has added, which segments have no place for.
func (a otelApp) checkEvent(t *testing.T, w way, id string) {
	t.Helper()
	if !a.said {
		return
	}
	type event struct {
		Name       string
		Attributes map[string]any
	}
	for _, document := range retrieveSpans(t, w.rg, id) {
		var span struct {
			Resource struct{ Attributes map[string]any }
			Events   []event
		}
		if err := json.Unmarshal([]byte(document), &span); err != nil {
			t.Fatalf("span: %v in %s", err, document)
		}
		if span.Resource.Attributes["service.name"] != a.service || len(span.Events) == 0 {
			continue
		}
		want := []event{{Name: "packed", Attributes: map[string]any{"parcels": 2.0}}}
		if diff := cmp.Diff(want, span.Events); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		return
	}
	t.Error("no span of the application has events")
}

// hasException says whether one of the causes has the exception.
func hasException(causes []types.FaultRootCause, name, message string) bool {
	for _, cause := range causes {
		for _, service := range cause.Services {
			for _, e := range service.EntityPath {
				for _, x := range e.Exceptions {
					if aws.ToString(x.Name) == name && aws.ToString(x.Message) == message {
						return true
					}
				}
			}
		}
	}
	return false
}

// waitForTrace waits until a filter expression finds a trace that is complete, and
// returns its id and its segments.
func waitForTrace(t *testing.T, rg *rig.Radiograph, filter string, incomplete func([]entity) error) (string, []entity) {
	t.Helper()
	var id string
	var segments []entity
	rig.Eventually(t, "trace of "+filter, func() (err error) {
		found, err := findTraces(t, rg, filter)
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return fmt.Errorf("found %d traces", len(found))
		}
		id = aws.ToString(found[0].Id)
		if segments, err = readTrace(t, rg, id); err != nil {
			return err
		}
		return incomplete(segments)
	})
	return id, segments
}
