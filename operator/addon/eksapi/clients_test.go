package eksapi_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/google/go-cmp/cmp"
)

// TestClusterVersions asks what eksctl asks before it does anything to a cluster that exists: it
// fails without an answer, and without a version that is supported.
func TestClusterVersions(t *testing.T) {
	h := newHarness(t)
	c, ctx := h.sdk(), t.Context()
	ask := func(input eks.DescribeClusterVersionsInput) []string {
		t.Helper()
		var versions []string
		pages := eks.NewDescribeClusterVersionsPaginator(c, &input)
		for pages.HasMorePages() {
			for _, v := range check[*eks.DescribeClusterVersionsOutput](t)(pages.NextPage(ctx)).ClusterVersions {
				if *v.ClusterType != "eks" || *v.DefaultPlatformVersion != "eks.1" || v.Status != types.ClusterVersionStatusStandardSupport ||
					v.VersionStatus != types.VersionStatusStandardSupport || v.DefaultVersion != (*v.ClusterVersion == h.cluster.version) {
					t.Errorf("version %s is %+v", *v.ClusterVersion, v)
				}
				versions = append(versions, *v.ClusterVersion)
			}
		}
		return versions
	}
	all := ask(eks.DescribeClusterVersionsInput{})
	if len(all) < 10 || all[0] != "1.35" || all[1] != "1.34" || !slices.Contains(all, "1.22") {
		t.Errorf("the versions are %v", all)
	}
	if diff := cmp.Diff(all, ask(eks.DescribeClusterVersionsInput{MaxResults: aws.Int32(1), IncludeAll: aws.Bool(true)})); diff != "" {
		t.Errorf("page by page (-want +got):\n%s", diff)
	}
	for name, tc := range map[string]struct {
		input eks.DescribeClusterVersionsInput
		want  []string
	}{
		"the default":   {eks.DescribeClusterVersionsInput{DefaultOnly: aws.Bool(true)}, []string{"1.34"}},
		"some":          {eks.DescribeClusterVersionsInput{ClusterVersions: []string{"1.20", "1.33", "1.99"}}, []string{"1.33", "1.20"}},
		"by status":     {eks.DescribeClusterVersionsInput{VersionStatus: types.VersionStatusStandardSupport, DefaultOnly: aws.Bool(true)}, []string{"1.34"}},
		"of no support": {eks.DescribeClusterVersionsInput{Status: types.ClusterVersionStatusUnsupported}, nil},
		"of more":       {eks.DescribeClusterVersionsInput{VersionStatus: types.VersionStatusExtendedSupport}, nil},
		"of a type":     {eks.DescribeClusterVersionsInput{ClusterType: aws.String("other")}, nil},
	} {
		if diff := cmp.Diff(tc.want, ask(tc.input)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// A cluster newer than every package is a version, too.
	h.cluster.version = "1.40"
	if got := ask(eks.DescribeClusterVersionsInput{}); !slices.Equal(got, append([]string{"1.40"}, all...)) {
		t.Errorf("with a newer cluster the versions are %v", got)
	}
	h.refused(http.MethodGet, "/cluster-versions?status=SOME", "", "InvalidParameterException", http.StatusBadRequest)
	h.refused(http.MethodGet, "/cluster-versions?versionStatus=standard-support", "", "InvalidParameterException", http.StatusBadRequest)
	h.refused(http.MethodGet, "/cluster-versions?defaultOnly=maybe", "", "InvalidParameterException", http.StatusBadRequest)
	h.refused(http.MethodPost, "/cluster-versions", "{}", "MethodNotAllowedException", http.StatusMethodNotAllowed)
}

// TestNoAuthority describes a cluster whose certificate is one of the system's authorities. eksctl
// decodes the member without asking whether it is there.
func TestNoAuthority(t *testing.T) {
	h := newHarness(t)
	cluster := h.send(http.MethodGet, "/clusters/demo", "").body["cluster"].(map[string]any)
	if authority := cluster["certificateAuthority"].(map[string]any); authority["data"] != "YSBjZXJ0aWZpY2F0ZQ==" {
		t.Errorf("the authority is %v", authority)
	}
	h.cluster.noCA = true
	cluster = h.send(http.MethodGet, "/clusters/demo", "").body["cluster"].(map[string]any)
	if authority := cluster["certificateAuthority"].(map[string]any); authority["data"] != "" {
		t.Errorf("the authority is %v", authority)
	}
}
