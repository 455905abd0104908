package eksapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
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
		"of no support": {eks.DescribeClusterVersionsInput{VersionStatus: types.VersionStatusUnsupported}, nil},
		"of more":       {eks.DescribeClusterVersionsInput{VersionStatus: types.VersionStatusExtendedSupport}, nil},
		"of a type":     {eks.DescribeClusterVersionsInput{ClusterType: aws.String("other")}, nil},
	} {
		if diff := cmp.Diff(tc.want, ask(tc.input)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// The filter that versionStatus has replaced.
	for status, want := range map[string]int{"standard-support": len(all), "unsupported": 0, "extended-support": 0} {
		if got := h.send(http.MethodGet, "/cluster-versions?status="+status, "").body["clusterVersions"].([]any); len(got) != want {
			t.Errorf("%d versions are %s, want %d", len(got), status, want)
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

// TestNoVPC describes a cluster, which has no VPC. eksctl prints its id without asking whether it
// is there.
func TestNoVPC(t *testing.T) {
	h := newHarness(t)
	cluster := check[*eks.DescribeClusterOutput](t)(h.sdk().DescribeCluster(t.Context(), &eks.DescribeClusterInput{Name: aws.String("demo")})).Cluster
	if vpc := cluster.ResourcesVpcConfig; vpc == nil || vpc.VpcId == nil || *vpc.VpcId != "" {
		t.Errorf("the VPC is %+v", vpc)
	}
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

// TestTerraform follows aws_eks_addon and aws_eks_pod_identity_association of Terraform's AWS
// provider through create, plan, update and destroy. What the provider reads must be what it
// wrote, or every plan shows a difference.
func TestTerraform(t *testing.T) {
	h := newHarness(t)
	c, ctx := h.sdk(), t.Context()
	cluster, name := aws.String("demo"), aws.String("adot")
	read := func() *types.Addon {
		t.Helper()
		return check[*eks.DescribeAddonOutput](t)(c.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: cluster, AddonName: name})).Addon
	}
	// associations reads each association by what follows the last slash of its ARN.
	associations := func(addon *types.Addon) map[string]string {
		t.Helper()
		roles := map[string]string{}
		for _, arn := range addon.PodIdentityAssociations {
			parts := strings.Split(arn, "/")
			if len(parts) != 3 {
				t.Fatalf("the ARN %s has %d parts", arn, len(parts))
			}
			a := check[*eks.DescribePodIdentityAssociationOutput](t)(c.DescribePodIdentityAssociation(ctx, &eks.DescribePodIdentityAssociationInput{
				ClusterName: cluster, AssociationId: &parts[2],
			})).Association
			roles[*a.ServiceAccount] = *a.RoleArn
		}
		return roles
	}
	create := &eks.CreateAddonInput{
		ClusterName: cluster, AddonName: name, AddonVersion: aws.String(older), ConfigurationValues: aws.String(`{"replicaCount":2}`),
		ClientRequestToken: aws.String("terraform-20261126154512345600000001"), ResolveConflicts: types.ResolveConflictsOverwrite,
		Tags: map[string]string{"team": "a"}, PodIdentityAssociations: []types.AddonPodIdentityAssociations{
			{ServiceAccount: aws.String("adot-col-otlp-ingest"), RoleArn: aws.String(role)},
		},
	}
	check[*eks.CreateAddonOutput](t)(c.CreateAddon(ctx, create))
	if status := read().Status; status != types.AddonStatusCreating {
		t.Errorf("while it is made the status is %s", status)
	}
	h.settle("adot", v1alpha1.PhaseActive)
	made := read()
	if made.Status != types.AddonStatusActive || *made.AddonVersion != older || *made.ConfigurationValues != *create.ConfigurationValues || made.ServiceAccountRoleArn != nil {
		t.Errorf("the add-on is %+v", made)
	}
	if diff := cmp.Diff(create.Tags, made.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"adot-col-otlp-ingest": role}, associations(made)); diff != "" {
		t.Errorf("associations (-want +got):\n%s", diff)
	}

	// What has not changed is left out of an update.
	update := check[*eks.UpdateAddonOutput](t)(c.UpdateAddon(ctx, &eks.UpdateAddonInput{
		ClusterName: cluster, AddonName: name, AddonVersion: aws.String(version),
		ClientRequestToken: aws.String("terraform-20261126154612345600000002"), ResolveConflicts: types.ResolveConflictsPreserve,
		PodIdentityAssociations: []types.AddonPodIdentityAssociations{},
	})).Update
	poll := &eks.DescribeUpdateInput{Name: cluster, AddonName: name, UpdateId: update.Id}
	if status := check[*eks.DescribeUpdateOutput](t)(c.DescribeUpdate(ctx, poll)).Update.Status; status != types.UpdateStatusInProgress {
		t.Errorf("while it is updated the update is %s", status)
	}
	h.settle("adot", v1alpha1.PhaseActive)
	if status := check[*eks.DescribeUpdateOutput](t)(c.DescribeUpdate(ctx, poll)).Update.Status; status != types.UpdateStatusSuccessful {
		t.Errorf("the update is %s", status)
	}
	if updated := read(); *updated.AddonVersion != version || *updated.ConfigurationValues != *create.ConfigurationValues || len(updated.PodIdentityAssociations) > 0 {
		t.Errorf("the add-on is %+v", updated)
	}
	check[*eks.UntagResourceOutput](t)(c.UntagResource(ctx, &eks.UntagResourceInput{ResourceArn: made.AddonArn, TagKeys: []string{"team"}}))
	check[*eks.TagResourceOutput](t)(c.TagResource(ctx, &eks.TagResourceInput{ResourceArn: made.AddonArn, Tags: map[string]string{"owner": "b"}}))
	if diff := cmp.Diff(map[string]string{"owner": "b"}, read().Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}

	association := check[*eks.CreatePodIdentityAssociationOutput](t)(c.CreatePodIdentityAssociation(ctx, &eks.CreatePodIdentityAssociationInput{
		ClusterName: cluster, Namespace: aws.String("shop"), ServiceAccount: aws.String("frontend"), RoleArn: aws.String(role),
		ClientRequestToken: aws.String("terraform-20261126154712345600000003"), DisableSessionTags: aws.Bool(false),
	})).Association
	if association.ExternalId != nil || association.TargetRoleArn != nil || association.DisableSessionTags == nil || *association.DisableSessionTags {
		t.Errorf("the association is %+v", association)
	}
	changed := check[*eks.UpdatePodIdentityAssociationOutput](t)(c.UpdatePodIdentityAssociation(ctx, &eks.UpdatePodIdentityAssociationInput{
		ClusterName: cluster, AssociationId: association.AssociationId, RoleArn: aws.String(role + "2"),
		ClientRequestToken: aws.String("terraform-20261126154812345600000004"), DisableSessionTags: aws.Bool(true),
	})).Association
	if *changed.RoleArn != role+"2" || !*changed.DisableSessionTags || *changed.AssociationArn != *association.AssociationArn {
		t.Errorf("the association is %+v", changed)
	}
	end := &eks.DeletePodIdentityAssociationInput{ClusterName: cluster, AssociationId: association.AssociationId}
	check[*eks.DeletePodIdentityAssociationOutput](t)(c.DeletePodIdentityAssociation(ctx, end))
	_, err := c.DeletePodIdentityAssociation(ctx, end)
	wantError[*types.ResourceNotFoundException](t, err)

	// The provider waits through DELETING and takes any other status for a failure.
	check[*eks.DeleteAddonOutput](t)(c.DeleteAddon(ctx, &eks.DeleteAddonInput{ClusterName: cluster, AddonName: name}))
	if status := read().Status; status != types.AddonStatusDeleting {
		t.Errorf("while it is deleted the status is %s", status)
	}
	h.gone("adot")
	_, err = c.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: cluster, AddonName: name})
	wantError[*types.ResourceNotFoundException](t, err)
}

// TestEksctl replays what eksctl sends for the add-ons of its configuration file, and for a pod
// identity association.
func TestEksctl(t *testing.T) {
	h := newHarness(t)
	const addons, associations = "/clusters/demo/addons", "/clusters/demo/pod-identity-associations"
	made := h.send(http.MethodPost, addons, `{"addonName":"adot","addonVersion":"`+older+`","clientRequestToken":"0e4d897f-de32-40bc-9578-588b73dbd958",
		"configurationValues":"{\"replicaCount\":2}","resolveConflicts":"overwrite","tags":{"x":"z"}}`)
	if made.status != http.StatusOK {
		t.Fatalf("the add-on is %s", made.text)
	}
	var addon v1alpha1.Addon
	if err := h.Get(t.Context(), client.ObjectKey{Name: "adot"}, &addon); err != nil || addon.Spec.ResolveConflicts != v1alpha1.ResolveOverwrite {
		t.Errorf("conflicts are resolved by %q, %v", addon.Spec.ResolveConflicts, err)
	}
	h.settle("adot", v1alpha1.PhaseActive)
	// An update has the version and the role, whether they are new or not.
	for _, body := range []string{
		`{"addonVersion":"` + version + `","clientRequestToken":"9b1a1e0c-8d4c-4dc8-8f7b-0d3d21f0f3b1","configurationValues":"{\"replicaCount\":1}","resolveConflicts":"preserve"}`,
		`{"addonVersion":"` + version + `","clientRequestToken":"5b4f43a2-65c1-4c22-a6bb-8d4d3f2a8c11","resolveConflicts":"none","serviceAccountRoleArn":"` + role + `"}`,
		`{"addonVersion":"` + version + `","clientRequestToken":"1f1b52e8-6c0b-4d6d-b6a7-3d1f2b6c7a90","serviceAccountRoleArn":"` + role + `"}`,
	} {
		updated := h.send(http.MethodPost, addons+"/adot/update", body)
		if updated.status != http.StatusOK || strings.Contains(body, "preserve") && !strings.Contains(updated.text, `{"type":"ResolveConflicts","value":"PRESERVE"}`) {
			t.Errorf("%s is answered by %s", body, updated.text)
		}
		h.settle("adot", v1alpha1.PhaseActive)
	}

	one := `{"clientRequestToken":"683e9802-c68b-4738-8687-dc8cdbb82264","namespace":"shop","roleArn":"` + role + `","serviceAccount":"web","tags":{}}`
	association := h.send(http.MethodPost, associations, one).body["association"].(map[string]any)
	id, _ := association["associationId"].(string)
	if updated := h.send(http.MethodPost, associations+"/"+id, `{"clientRequestToken":"45d12a86-c121-4962-83cb-2fcae60d5fea","roleArn":"`+role+`2"}`); updated.status != http.StatusOK {
		t.Errorf("the association is %s", updated.text)
	}
	found := h.send(http.MethodGet, associations+"?namespace=shop&serviceAccount=web", "").body["associations"].([]any)
	if len(found) != 1 || found[0].(map[string]any)["ownerArn"] != nil {
		t.Errorf("the associations are %v", found)
	}
	if ended := h.send(http.MethodDelete, associations+"/"+id, ""); ended.status != http.StatusOK {
		t.Errorf("the association is %s", ended.text)
	}
	if kept := h.send(http.MethodDelete, addons+"/adot?preserve=true", ""); kept.status != http.StatusOK {
		t.Errorf("the add-on is %s", kept.text)
	}
}
