package xrayapi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/sampling"
	"github.com/radiograph/radiograph/xrayapi"
)

func TestSDKGroupsInPages(t *testing.T) {
	c := newClient(t, pageOf(2))
	want := []string{"Default"}
	for i := range 4 {
		name := fmt.Sprintf("group-%d", i)
		out, err := c.CreateGroup(t.Context(), &xray.CreateGroupInput{
			GroupName: &name, FilterExpression: aws.String("fault"),
			Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("2")}, {Key: aws.String("c"), Value: aws.String("3")}},
		})
		if err != nil || *out.Group.GroupName != name {
			t.Fatalf("CreateGroup: %+v, %v", out, err)
		}
		want = append(want, name)
		if i == 0 {
			checkTags(t, c, *out.Group.GroupARN)
		}
	}
	var got []string
	pages := xray.NewGetGroupsPaginator(c, nil)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range page.Groups {
			got = append(got, *g.GroupName)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}

	name := aws.String("group-1")
	updated, err := c.UpdateGroup(t.Context(), &xray.UpdateGroupInput{
		GroupName: name, FilterExpression: aws.String("ok"),
		InsightsConfiguration: &types.InsightsConfiguration{InsightsEnabled: aws.Bool(true)},
	})
	if err != nil || *updated.Group.FilterExpression != "ok" || !*updated.Group.InsightsConfiguration.InsightsEnabled {
		t.Errorf("UpdateGroup: %+v, %v", updated, err)
	}
	if g, err := c.GetGroup(t.Context(), &xray.GetGroupInput{GroupARN: updated.Group.GroupARN}); err != nil || *g.Group.GroupName != *name {
		t.Errorf("GetGroup: %+v, %v", g, err)
	}
	if _, err := c.DeleteGroup(t.Context(), &xray.DeleteGroupInput{GroupName: name}); err != nil {
		t.Errorf("DeleteGroup: %v", err)
	}
	_, err = c.GetGroup(t.Context(), &xray.GetGroupInput{GroupName: name})
	wantError[*types.InvalidRequestException](t, "GetGroup", err)
}

// checkTags checks a resource with the tags a, b, c.
func checkTags(t *testing.T, c *xray.Client, arn string) {
	t.Helper()
	list := func() (got []string) {
		pages := xray.NewListTagsForResourcePaginator(c, &xray.ListTagsForResourceInput{ResourceARN: &arn})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, tag := range page.Tags {
				got = append(got, *tag.Key+"="+*tag.Value)
			}
		}
		return got
	}
	if diff := cmp.Diff([]string{"a=1", "b=2", "c=3"}, list()); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if _, err := c.TagResource(t.Context(), &xray.TagResourceInput{
		ResourceARN: &arn,
		Tags:        []types.Tag{{Key: aws.String("b"), Value: aws.String("new")}},
	}); err != nil {
		t.Error(err)
	}
	if _, err := c.UntagResource(t.Context(), &xray.UntagResourceInput{ResourceARN: &arn, TagKeys: []string{"a", "missing"}}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"b=new", "c=3"}, list()); diff != "" {
		t.Errorf("changed tags (-want +got):\n%s", diff)
	}
	_, err := c.ListTagsForResource(t.Context(), &xray.ListTagsForResourceInput{ResourceARN: aws.String("arn:aws:xray:x:1:group/none")})
	wantError[*types.ResourceNotFoundException](t, "ListTagsForResource", err)
}

func newRule(name string, priority int32) *types.SamplingRule {
	all := aws.String("*")
	return &types.SamplingRule{
		RuleName: &name, Priority: &priority, FixedRate: 0.5, ReservoirSize: 2, Version: aws.Int32(1),
		ServiceName: all, ServiceType: all, Host: all, HTTPMethod: all, URLPath: all, ResourceARN: all,
	}
}

func TestSDKSampling(t *testing.T) {
	c := newClient(t, func(o *xrayapi.Options) {
		o.PageSize = 2
		o.Sampling = limitedRules(t, o, 4)
	})
	for i := range 4 {
		if _, err := c.CreateSamplingRule(t.Context(), &xray.CreateSamplingRuleInput{SamplingRule: newRule(fmt.Sprint("rule-", i), 9-int32(i))}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.CreateSamplingRule(t.Context(), &xray.CreateSamplingRuleInput{SamplingRule: newRule("more", 1)})
	wantError[*types.RuleLimitExceededException](t, "CreateSamplingRule", err)
	var got []string
	pages := xray.NewGetSamplingRulesPaginator(c, nil)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.SamplingRuleRecords {
			got = append(got, *r.SamplingRule.RuleName)
		}
	}
	if diff := cmp.Diff([]string{"rule-3", "rule-2", "rule-1", "rule-0", "Default"}, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}

	updated, err := c.UpdateSamplingRule(t.Context(), &xray.UpdateSamplingRuleInput{SamplingRuleUpdate: &types.SamplingRuleUpdate{
		RuleName: aws.String("rule-0"), FixedRate: aws.Float64(0.1), SamplingRateBoost: &types.SamplingRateBoost{MaxRate: 0.9, CooldownWindowMinutes: 1},
	}})
	if err != nil || updated.SamplingRuleRecord.SamplingRule.FixedRate != 0.1 || updated.SamplingRuleRecord.SamplingRule.SamplingRateBoost.MaxRate != 0.9 {
		t.Errorf("UpdateSamplingRule: %+v, %v", updated, err)
	}
	if deleted, err := c.DeleteSamplingRule(t.Context(), &xray.DeleteSamplingRuleInput{RuleARN: updated.SamplingRuleRecord.SamplingRule.RuleARN}); err != nil ||
		*deleted.SamplingRuleRecord.SamplingRule.RuleName != "rule-0" {
		t.Errorf("DeleteSamplingRule: %+v, %v", deleted, err)
	}

	targets, err := c.GetSamplingTargets(t.Context(), &xray.GetSamplingTargetsInput{
		SamplingStatisticsDocuments: []types.SamplingStatisticsDocument{
			{RuleName: aws.String("rule-1"), ClientID: aws.String("0123456789abcdef01234567"), Timestamp: aws.Time(time.Now()), RequestCount: 5, SampledCount: 2},
			{RuleName: aws.String("gone"), ClientID: aws.String("0123456789abcdef01234567"), Timestamp: aws.Time(time.Now()), RequestCount: 5, SampledCount: 2},
		},
	})
	if err != nil || len(targets.SamplingTargetDocuments) != 1 || targets.LastRuleModification == nil ||
		len(targets.UnprocessedStatistics) != 1 || *targets.UnprocessedStatistics[0].ErrorCode != "400" {
		t.Errorf("GetSamplingTargets: %+v, %v", targets, err)
	}
	statistics := xray.NewGetSamplingStatisticSummariesPaginator(c, nil)
	for statistics.HasMorePages() {
		if _, err := statistics.NextPage(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// limitedRules returns a registry with room for n rules.
func limitedRules(t *testing.T, o *xrayapi.Options, n int) *sampling.Registry {
	t.Helper()
	r, err := sampling.New(t.Context(), o.Store, sampling.WithLimit(n))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSDKResourcePolicies(t *testing.T) {
	c := newClient(t, pageOf(2))
	document := aws.String(`{"Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"xray:PutTraceSegments"}]}`)
	put := func(name, document string, revision *string) (*xray.PutResourcePolicyOutput, error) {
		return c.PutResourcePolicy(t.Context(), &xray.PutResourcePolicyInput{PolicyName: &name, PolicyDocument: &document, PolicyRevisionId: revision})
	}
	for i := range 5 {
		if out, err := put(fmt.Sprint("policy-", i), *document, nil); err != nil || *out.ResourcePolicy.PolicyRevisionId != "1" {
			t.Fatalf("PutResourcePolicy: %+v, %v", out, err)
		}
	}
	_, err := put("policy-5", *document, nil)
	wantError[*types.PolicyCountLimitExceededException](t, "a sixth policy", err)
	_, err = put("policy-0", *document, aws.String("7"))
	wantError[*types.InvalidPolicyRevisionIdException](t, "a wrong revision", err)
	_, err = put("policy-0", "{", nil)
	wantError[*types.MalformedPolicyDocumentException](t, "half a document", err)
	_, err = put("policy-0", strings.Repeat(" ", 6000), nil)
	wantError[*types.PolicySizeLimitExceededException](t, "a large document", err)
	_, err = put("policy-0", `{"Statement":{"Effect":"Deny","Principal":"*","Action":["*"]}}`, nil)
	wantError[*types.LockoutPreventionException](t, "a lockout", err)

	count := 0
	pages := xray.NewListResourcePoliciesPaginator(c, nil)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		count += len(page.ResourcePolicies)
	}
	if count != 5 {
		t.Errorf("%d policies, want 5", count)
	}
	if _, err := c.DeleteResourcePolicy(t.Context(), &xray.DeleteResourcePolicyInput{PolicyName: aws.String("policy-0")}); err != nil {
		t.Error(err)
	}
}

func TestSDKSettings(t *testing.T) {
	c := newClient(t, nil)
	ctx := t.Context()
	if out, err := c.PutEncryptionConfig(ctx, &xray.PutEncryptionConfigInput{Type: types.EncryptionTypeKms, KeyId: aws.String("k")}); err != nil ||
		out.EncryptionConfig.Status != types.EncryptionStatusUpdating {
		t.Errorf("PutEncryptionConfig: %+v, %v", out, err)
	}
	if out, err := c.GetEncryptionConfig(ctx, nil); err != nil || *out.EncryptionConfig.KeyId != "k" || out.EncryptionConfig.Status != types.EncryptionStatusActive {
		t.Errorf("GetEncryptionConfig: %+v, %v", out, err)
	}
	if out, err := c.UpdateTraceSegmentDestination(ctx, &xray.UpdateTraceSegmentDestinationInput{Destination: types.TraceSegmentDestinationCloudWatchLogs}); err != nil ||
		out.Status != types.TraceSegmentDestinationStatusActive {
		t.Errorf("UpdateTraceSegmentDestination: %+v, %v", out, err)
	}
	if out, err := c.GetTraceSegmentDestination(ctx, nil); err != nil || out.Destination != types.TraceSegmentDestinationCloudWatchLogs {
		t.Errorf("GetTraceSegmentDestination: %+v, %v", out, err)
	}
	rule := &types.IndexingRuleValueUpdateMemberProbabilistic{Value: types.ProbabilisticRuleValueUpdate{DesiredSamplingPercentage: aws.Float64(5)}}
	if out, err := c.UpdateIndexingRule(ctx, &xray.UpdateIndexingRuleInput{Name: aws.String("Default"), Rule: rule}); err != nil || out.IndexingRule.ModifiedAt == nil {
		t.Errorf("UpdateIndexingRule: %+v, %v", out, err)
	}
	_, err := c.UpdateIndexingRule(ctx, &xray.UpdateIndexingRuleInput{Name: aws.String("x"), Rule: rule})
	wantError[*types.ResourceNotFoundException](t, "UpdateIndexingRule", err)
	out, err := c.GetIndexingRules(ctx, nil)
	if err != nil || len(out.IndexingRules) != 1 {
		t.Fatalf("GetIndexingRules: %+v, %v", out, err)
	}
	if v, ok := out.IndexingRules[0].Rule.(*types.IndexingRuleValueMemberProbabilistic); !ok || *v.Value.DesiredSamplingPercentage != 5 {
		t.Errorf("indexing rule %#v", out.IndexingRules[0].Rule)
	}
	if _, err := c.PutTelemetryRecords(ctx, &xray.PutTelemetryRecordsInput{TelemetryRecords: []types.TelemetryRecord{
		{Timestamp: aws.Time(time.Now()), SegmentsReceivedCount: aws.Int32(1)},
	}}); err != nil {
		t.Errorf("PutTelemetryRecords: %v", err)
	}
}

func TestSDKInsights(t *testing.T) {
	c := newClient(t, nil)
	ctx, now, id := t.Context(), aws.Time(time.Now()), aws.String("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	pages := xray.NewGetInsightSummariesPaginator(c, &xray.GetInsightSummariesInput{StartTime: now, EndTime: now, GroupName: aws.String(group.DefaultName)})
	for pages.HasMorePages() {
		if page, err := pages.NextPage(ctx); err != nil || len(page.InsightSummaries) != 0 {
			t.Fatalf("GetInsightSummaries: %+v, %v", page, err)
		}
	}
	_, err := c.GetInsight(ctx, &xray.GetInsightInput{InsightId: id})
	wantError[*types.InvalidRequestException](t, "GetInsight", err)
	_, err = xray.NewGetInsightEventsPaginator(c, &xray.GetInsightEventsInput{InsightId: id}).NextPage(ctx)
	wantError[*types.InvalidRequestException](t, "GetInsightEvents", err)
	_, err = c.GetInsightImpactGraph(ctx, &xray.GetInsightImpactGraphInput{InsightId: id, StartTime: now, EndTime: now})
	wantError[*types.InvalidRequestException](t, "GetInsightImpactGraph", err)
	_, err = c.GetInsight(ctx, &xray.GetInsightInput{InsightId: aws.String("x")})
	wantCode(t, "GetInsight", err, "ValidationException")
}

func TestSDKErrors(t *testing.T) {
	put := func(err error) error {
		c := newClient(t, func(o *xrayapi.Options) { o.Ingest = brokenIngester{err} })
		_, got := c.PutTraceSegments(t.Context(), &xray.PutTraceSegmentsInput{TraceSegmentDocuments: []string{"{}"}})
		return got
	}
	wantError[*types.ThrottledException](t, "a store that cannot keep up", put(problem.New(problem.Throttled, "Rate exceeded")))
	wantCode(t, "a defect", put(errors.New("secret")), "InternalFailure")
	wantCode(t, "shutting down", put(problem.New(problem.Unavailable, "shutting down")), "ServiceUnavailableException")
	wantCode(t, "denied", put(problem.New(problem.Denied, "no")), "AccessDeniedException")
	if err := put(errors.New("secret")); strings.Contains(err.Error(), "secret") {
		t.Errorf("the caller is told %v", err)
	}

	c := newClient(t, func(o *xrayapi.Options) { o.Store = brokenStore{o.Store, errors.New("disk on fire")} })
	_, err := c.GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{StartTime: aws.Time(time.Now()), EndTime: aws.Time(time.Now())})
	wantCode(t, "GetTraceSummaries", err, "InternalFailure")
	_, err = c.GetEncryptionConfig(t.Context(), nil)
	wantCode(t, "GetEncryptionConfig", err, "InternalFailure")
}
