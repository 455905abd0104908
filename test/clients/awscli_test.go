//go:build e2e

package clients

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/radiograph/radiograph/test/rig"
)

// TestAWSCommand types the aws xray commands that people type.
func TestAWSCommand(t *testing.T) {
	t.Parallel()
	rg := rig.StartRadiograph(t, t.TempDir())
	s := seed(t, rg)
	start, end := window()
	span := []string{
		"--start-time", strconv.FormatInt(start.Unix(), 10),
		"--end-time", strconv.FormatInt(end.Unix(), 10),
	}
	arn := aws.ToString(s.group.GroupARN)

	for _, tc := range []struct {
		command string
		args    []string
		query   string // JMESPath of what is compared
		want    any
	}{
		{"get-trace-summaries", append(span, "--filter-expression", "fault"), "TraceSummaries[].Id", []any{s.traces[0]}},
		{"get-trace-summaries", append(span, "--sampling"), "length(TraceSummaries)", float64(len(s.traces))},
		{"batch-get-traces", []string{"--trace-ids", s.traces[1], s.traces[2]}, "length(Traces[].Segments[])", 4.0},
		{"get-trace-graph", []string{"--trace-ids", s.traces[1]}, "length(Services)", 3.0},
		{"get-service-graph", span, "length(Services)", 3.0},
		{"get-service-graph", append(span, "--group-name", "web"), "sum(Services[].SummaryStatistics.TotalCount)", float64(2 * len(s.traces))},
		{
			"get-time-series-service-statistics", append(span, "--entity-selector-expression", `edge("web","pay")`),
			"sum(TimeSeriesServiceStatistics[].EdgeSummaryStatistics.TotalCount)", float64(len(s.traces)),
		},
		{"get-groups", nil, "Groups[].GroupName", []any{"Default", "web"}},
		{"get-group", []string{"--group-name", "web"}, "Group.FilterExpression", `service("web")`},
		{"list-tags-for-resource", []string{"--resource-arn", arn}, "Tags[].Value", []any{"shop"}},
		{"get-sampling-rules", nil, "SamplingRuleRecords[].SamplingRule.RuleName", []any{ruleNever, ruleAlways, "Default"}},
		{"get-sampling-statistic-summaries", nil, "SamplingStatisticSummaries", []any{}},
		{"get-encryption-config", nil, "EncryptionConfig.Type", "NONE"},
		{"list-resource-policies", nil, "ResourcePolicies[].PolicyName", []any{"share"}},
		{"get-insight-summaries", append(span, "--group-name", "Default"), "InsightSummaries", []any{}},
		{"get-indexing-rules", nil, "IndexingRules[].Name", []any{"Default"}},
		{"get-trace-segment-destination", nil, "Status", "ACTIVE"},
	} {
		t.Run(tc.command, func(t *testing.T) {
			args := append([]string{"xray", tc.command, "--query", tc.query}, tc.args...)
			got := awsJSON(t, rg, args...)
			if want := toJSON(t, tc.want); toJSON(t, got) != want {
				t.Errorf("aws %s\n got %s\nwant %s", strings.Join(args, " "), toJSON(t, got), want)
			}
		})
	}
}

// awsJSON runs the aws command and decodes what it prints.
func awsJSON(t *testing.T, rg *rig.Radiograph, args ...string) any {
	t.Helper()
	args = append([]string{"--endpoint-url", rg.URL(), "--region", rig.Region, "--output", "json"}, args...)
	cmd := exec.CommandContext(t.Context(), prepared(t, "python", "bin", "aws"), args...)
	cmd.Env = environment(t)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	var v any
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatalf("aws %s: %v in %s", strings.Join(args, " "), err, out)
	}
	return v
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
