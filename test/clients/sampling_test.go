//go:build e2e

package clients

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/radiograph/radiograph/test/rig"
)

// The rules of every test: nothing of /unsampled, everything else.
const (
	ruleNever  = "never"
	ruleAlways = "always"
)

// createRules creates the sampling rules that the SDKs have to fetch and obey.
func createRules(t *testing.T, rg *rig.Radiograph) {
	t.Helper()
	for _, rule := range []types.SamplingRule{
		{RuleName: aws.String(ruleNever), Priority: aws.Int32(1), URLPath: aws.String("/unsampled"), FixedRate: 0},
		{RuleName: aws.String(ruleAlways), Priority: aws.Int32(2), URLPath: aws.String("*"), FixedRate: 1},
	} {
		rule.ServiceName, rule.ServiceType = aws.String("*"), aws.String("*")
		rule.Host, rule.HTTPMethod = aws.String("*"), aws.String("*")
		rule.ResourceARN, rule.Version = aws.String("*"), aws.Int32(1)
		if _, err := rg.API.CreateSamplingRule(t.Context(), &xray.CreateSamplingRuleInput{SamplingRule: &rule}); err != nil {
			t.Fatalf("create sampling rule %s: %v", *rule.RuleName, err)
		}
	}
}

// waitForRules sends requests until the application samples by the rules. Until it
// has fetched them, an SDK uses rules of its own.
func waitForRules(t *testing.T, a app, rg *rig.Radiograph) {
	t.Helper()
	var ids []string // the latest requests; the traces of the last are still on their way
	rig.Eventually(t, a.service+" samples by the rules", func() error {
		ids = append(ids[max(0, len(ids)-3):], a.get(t, "/order", 200))
		for _, id := range ids {
			segments, err := readTrace(t, rg, id)
			if err != nil {
				return err
			}
			if s, ok := reported(segments, a.service); ok && s.rule() == ruleAlways {
				return nil
			}
		}
		return fmt.Errorf("none of the last %d traces was sampled by the rule %q", len(ids), ruleAlways)
	})
}

// checkUnsampled checks that nothing is known of traces that the rules forbid.
func checkUnsampled(t *testing.T, rg *rig.Radiograph, ids []string) {
	t.Helper()
	for _, id := range ids {
		segments, err := readTrace(t, rg, id)
		if err != nil {
			t.Fatal(err)
		}
		if len(segments) > 0 {
			t.Errorf("trace %s was sampled by %q against the rule", id, segments[0].rule())
		}
	}
	start, end := window()
	out, err := rg.API.GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{
		StartTime: start, EndTime: end, FilterExpression: aws.String(`http.url ENDSWITH "/unsampled"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.TraceSummaries) > 0 {
		t.Errorf("found %d traces of /unsampled, want none", len(out.TraceSummaries))
	}
}

// waitForStatistics waits until the SDK has reported how it applied the rules.
func waitForStatistics(t *testing.T, rg *rig.Radiograph) {
	t.Helper()
	rig.Eventually(t, "sampling statistics", func() error {
		out, err := rg.API.GetSamplingStatisticSummaries(t.Context(), &xray.GetSamplingStatisticSummariesInput{})
		if err != nil {
			return err
		}
		got := map[string]types.SamplingStatisticSummary{}
		for _, s := range out.SamplingStatisticSummaries {
			if s.RequestCount > 0 {
				got[aws.ToString(s.RuleName)] = s
			}
		}
		never, always := got[ruleNever], got[ruleAlways]
		switch {
		case never.RequestCount == 0 || always.RequestCount == 0:
			return fmt.Errorf("no statistics of both rules yet, have %d rules", len(got))
		case never.SampledCount > 0 || never.BorrowCount > 0:
			return fmt.Errorf("rule %q sampled %d and borrowed %d of %d", ruleNever, never.SampledCount, never.BorrowCount, never.RequestCount)
		case always.SampledCount == 0:
			return errors.New("rule always sampled nothing")
		}
		return nil
	})
}
