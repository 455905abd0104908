package eksapi_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// check ends the test if a call fails, and returns what it gave otherwise.
func check[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// TestLife follows an add-on from its creation to its end with the AWS SDK.
func TestLife(t *testing.T) {
	h := newHarness(t)
	c, ctx := h.sdk(), t.Context()
	name, addon := aws.String("demo"), aws.String("adot")

	created := check[*eks.CreateAddonOutput](t)(c.CreateAddon(ctx, &eks.CreateAddonInput{
		ClusterName: name, AddonName: addon, AddonVersion: aws.String(older), ConfigurationValues: aws.String(`{"replicaCount":2}`),
		ResolveConflicts: types.ResolveConflictsOverwrite, Tags: map[string]string{"team": "a"}, ServiceAccountRoleArn: aws.String(role),
		PodIdentityAssociations: []types.AddonPodIdentityAssociations{{ServiceAccount: aws.String("adot-col-otlp-ingest"), RoleArn: aws.String(role)}},
	})).Addon
	if created.Status != types.AddonStatusCreating || *created.AddonVersion != older || *created.ConfigurationValues != `{"replicaCount":2}` ||
		created.Tags["team"] != "a" || len(created.Health.Issues) != 0 || *created.Publisher != "eks" || *created.Owner != "aws" ||
		!strings.HasPrefix(*created.AddonArn, "arn:aws:eks:us-east-1:111122223333:addon/demo/adot/") || !created.CreatedAt.Equal(h.clock()) {
		t.Errorf("created: %+v", created)
	}
	if len(created.PodIdentityAssociations) != 1 || !strings.HasPrefix(created.PodIdentityAssociations[0], "arn:aws:eks:us-east-1:111122223333:podidentityassociation/demo/a-") {
		t.Errorf("associations: %v", created.PodIdentityAssociations)
	}

	settled := make(chan error, 1)
	go func() { settled <- h.trySettle("adot", v1alpha1.PhaseActive) }()
	quickly := func(o *eks.AddonActiveWaiterOptions) { o.MinDelay, o.MaxDelay = time.Millisecond, 2*time.Millisecond }
	active := check[*eks.DescribeAddonOutput](t)(eks.NewAddonActiveWaiter(c, quickly).
		WaitForOutput(ctx, &eks.DescribeAddonInput{ClusterName: name, AddonName: addon}, time.Minute)).Addon
	if err := <-settled; err != nil {
		t.Fatal(err)
	}
	if active.Status != types.AddonStatusActive {
		t.Errorf("active: %+v", active)
	}
	if got := check[*eks.ListAddonsOutput](t)(c.ListAddons(ctx, &eks.ListAddonsInput{ClusterName: name})).Addons; !slices.Equal(got, []string{"adot"}) {
		t.Errorf("add-ons: %v", got)
	}

	h.pass(time.Second)
	update := check[*eks.UpdateAddonOutput](t)(c.UpdateAddon(ctx, &eks.UpdateAddonInput{
		ClusterName: name, AddonName: addon, AddonVersion: aws.String(version), ResolveConflicts: types.ResolveConflictsPreserve,
		ConfigurationValues: aws.String("replicaCount: 3\n"), PodIdentityAssociations: []types.AddonPodIdentityAssociations{},
	})).Update
	want := map[string]string{"AddonVersion": version, "ResolveConflicts": "PRESERVE", "ConfigurationValues": "replicaCount: 3\n", "PodIdentityAssociations": "[]"}
	if diff := cmp.Diff(want, params(update)); diff != "" || update.Status != types.UpdateStatusInProgress || update.Type != types.UpdateTypeAddonUpdate {
		t.Errorf("update %+v (-want +got):\n%s", update, diff)
	}
	updating := check[*eks.DescribeAddonOutput](t)(c.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: name, AddonName: addon})).Addon
	if updating.Status != types.AddonStatusUpdating || len(updating.PodIdentityAssociations) != 0 || *updating.ServiceAccountRoleArn != role ||
		!updating.ModifiedAt.Equal(h.clock()) {
		t.Errorf("updating: %+v", updating)
	}
	_, err := c.UpdateAddon(ctx, &eks.UpdateAddonInput{ClusterName: name, AddonName: addon})
	wantError[*types.ResourceInUseException](t, err)
	_, err = c.DeleteAddon(ctx, &eks.DeleteAddonInput{ClusterName: name, AddonName: addon})
	wantError[*types.InvalidRequestException](t, err)

	h.settle("adot", v1alpha1.PhaseActive)
	done := check[*eks.DescribeUpdateOutput](t)(c.DescribeUpdate(ctx, &eks.DescribeUpdateInput{Name: name, AddonName: addon, UpdateId: update.Id})).Update
	if done.Status != types.UpdateStatusSuccessful {
		t.Errorf("the update is %+v", done)
	}

	deleted := check[*eks.DeleteAddonOutput](t)(c.DeleteAddon(ctx, &eks.DeleteAddonInput{ClusterName: name, AddonName: addon, Preserve: true})).Addon
	if deleted.Status != types.AddonStatusDeleting {
		t.Errorf("deleted: %+v", deleted)
	}
	_, err = c.CreateAddon(ctx, &eks.CreateAddonInput{ClusterName: name, AddonName: addon})
	wantError[*types.ResourceInUseException](t, err)
	ended := make(chan error, 1)
	go func() { ended <- h.tryGone("adot") }()
	err = eks.NewAddonDeletedWaiter(c, func(o *eks.AddonDeletedWaiterOptions) { o.MinDelay, o.MaxDelay = time.Millisecond, 2*time.Millisecond }).
		Wait(ctx, &eks.DescribeAddonInput{ClusterName: name, AddonName: addon}, time.Minute)
	if err := errors.Join(err, <-ended); err != nil {
		t.Error(err)
	}
}

func params(u *types.Update) map[string]string {
	out := map[string]string{}
	for _, p := range u.Params {
		out[string(p.Type)] = *p.Value
	}
	return out
}

// wantError checks the type that the SDK gives an error.
func wantError[E error](t *testing.T, err error) {
	t.Helper()
	if e, ok := errors.AsType[E](err); !ok {
		t.Errorf("the error is %T %v, want a %T", err, err, e)
	}
}

func TestVersions(t *testing.T) {
	h := newHarness(t)
	c, ctx := h.sdk(), t.Context()
	all := map[string]types.AddonInfo{}
	pages := eks.NewDescribeAddonVersionsPaginator(c, &eks.DescribeAddonVersionsInput{MaxResults: aws.Int32(1)})
	for pages.HasMorePages() {
		page := check[*eks.DescribeAddonVersionsOutput](t)(pages.NextPage(ctx))
		if len(page.Addons) != 1 {
			t.Fatalf("a page of one has %d", len(page.Addons))
		}
		all[*page.Addons[0].AddonName] = page.Addons[0]
	}
	adot, ok := all["adot"]
	if !ok || *adot.Type != "observability" || *adot.Publisher != "eks" || *adot.Owner != "aws" {
		t.Fatalf("adot is %+v", adot)
	}
	for _, kubernetes := range []string{"1.22", "1.34"} {
		got := check[*eks.DescribeAddonVersionsOutput](t)(c.DescribeAddonVersions(ctx, &eks.DescribeAddonVersionsInput{
			AddonName: aws.String("adot"), KubernetesVersion: aws.String(kubernetes), Types: []string{"observability"}, Owners: []string{"aws"}, Publishers: []string{"eks", "x"},
		})).Addons
		defaults := 0
		for _, v := range got[0].AddonVersions {
			if len(v.Compatibilities) != 1 || *v.Compatibilities[0].ClusterVersion != kubernetes {
				t.Errorf("for %s, %s is compatible with %+v", kubernetes, *v.AddonVersion, v.Compatibilities)
			}
			if v.Compatibilities[0].DefaultVersion {
				defaults++
			}
		}
		if defaults != 1 {
			t.Errorf("for %s there are %d default versions", kubernetes, defaults)
		}
	}
	none := check[*eks.DescribeAddonVersionsOutput](t)(c.DescribeAddonVersions(ctx, &eks.DescribeAddonVersionsInput{KubernetesVersion: aws.String("9.99")}))
	if len(none.Addons) != 0 {
		t.Errorf("for no Kubernetes there are %d add-ons", len(none.Addons))
	}
	_, err := c.DescribeAddonVersions(ctx, &eks.DescribeAddonVersionsInput{AddonName: aws.String("none")})
	if e, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok || !strings.HasPrefix(*e.Message, "Addon specified is not supported") {
		t.Errorf("the error is %v", err)
	}

	config := check[*eks.DescribeAddonConfigurationOutput](t)(c.DescribeAddonConfiguration(ctx, &eks.DescribeAddonConfigurationInput{AddonName: aws.String("adot"), AddonVersion: aws.String(version)}))
	if !strings.Contains(*config.ConfigurationSchema, "replicaCount") || len(config.PodIdentityConfiguration) == 0 {
		t.Errorf("the configuration is %+v", config)
	}
}

// TestSeedShape is the shape in which container-tracing guides print the oldest version. What
// EKS has added since may be there too.
func TestSeedShape(t *testing.T) {
	h := newHarness(t)
	got := h.send("GET", "/addons/supported-versions?addonName=adot&kubernetesVersion=1.22", "").body["addons"].([]any)[0].(map[string]any)
	versions := got["addonVersions"].([]any)
	oldest := versions[len(versions)-1].(map[string]any)
	for key := range oldest {
		if !slices.Contains([]string{"addonVersion", "architecture", "compatibilities"}, key) {
			delete(oldest, key)
		}
	}
	delete(got, "defaultNamespace")
	want := map[string]any{
		"addonName": "adot", "type": "observability", "publisher": "eks", "owner": "aws",
		"addonVersions": []any{map[string]any{
			"addonVersion": "v0.45.0-eksbuild.1", "architecture": []any{"amd64"},
			"compatibilities": []any{map[string]any{"clusterVersion": "1.22", "platformVersions": []any{"*"}, "defaultVersion": true}},
		}},
	}
	got["addonVersions"] = []any{oldest}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCluster(t *testing.T) {
	h := newHarness(t)
	c, ctx := h.sdk(), t.Context()
	pages := eks.NewListClustersPaginator(c, &eks.ListClustersInput{Include: []string{"all"}})
	for pages.HasMorePages() {
		if got := check[*eks.ListClustersOutput](t)(pages.NextPage(ctx)).Clusters; !slices.Equal(got, []string{"demo"}) {
			t.Errorf("clusters: %v", got)
		}
	}
	err := eks.NewClusterActiveWaiter(c).Wait(ctx, &eks.DescribeClusterInput{Name: aws.String("demo")}, time.Minute)
	if err != nil {
		t.Error(err)
	}
	cluster := check[*eks.DescribeClusterOutput](t)(c.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String("demo")})).Cluster
	got := []string{*cluster.Arn, *cluster.Version, *cluster.Endpoint, *cluster.Identity.Oidc.Issuer, *cluster.CertificateAuthority.Data, *cluster.PlatformVersion}
	want := []string{demo.ARN(), "1.34", "https://kubernetes.example.test:6443", "https://issuer.example.test", "YSBjZXJ0aWZpY2F0ZQ==", "eks.1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cluster (-want +got):\n%s", diff)
	}
	_, err = c.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String("nope")})
	if e, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok || *e.Message != "No cluster found for name: nope." || *e.ClusterName != "nope" {
		t.Errorf("the error is %v", err)
	}
}

func TestUpdates(t *testing.T) {
	h := newHarness(t)
	c, ctx := h.sdk(), t.Context()
	check[*eks.CreateAddonOutput](t)(c.CreateAddon(ctx, &eks.CreateAddonInput{ClusterName: aws.String("demo"), AddonName: aws.String("adot")}))
	var newest []string
	for i := range 5 {
		h.pass(time.Second)
		h.settle("adot", v1alpha1.PhaseActive)
		update := check[*eks.UpdateAddonOutput](t)(c.UpdateAddon(ctx, &eks.UpdateAddonInput{
			ClusterName: aws.String("demo"), AddonName: aws.String("adot"), ConfigurationValues: aws.String(fmt.Sprintf("replicaCount: %d", i+1)),
		})).Update
		newest = slices.Insert(newest, 0, *update.Id)
	}
	h.settle("adot", v1alpha1.PhaseUpdateFailed)
	var got []string
	pages := eks.NewListUpdatesPaginator(c, &eks.ListUpdatesInput{Name: aws.String("demo"), AddonName: aws.String("adot"), MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		got = append(got, check[*eks.ListUpdatesOutput](t)(pages.NextPage(ctx)).UpdateIds...)
	}
	if diff := cmp.Diff(newest, got); diff != "" {
		t.Errorf("updates (-want +got):\n%s", diff)
	}
	failed := check[*eks.DescribeUpdateOutput](t)(c.DescribeUpdate(ctx, &eks.DescribeUpdateInput{Name: aws.String("demo"), AddonName: aws.String("adot"), UpdateId: aws.String(newest[0])})).Update
	if failed.Status != types.UpdateStatusFailed || len(failed.Errors) != 1 || failed.Errors[0].ErrorCode != "ConfigurationConflict" {
		t.Errorf("the last update is %+v", failed)
	}
	_, err := c.DescribeUpdate(ctx, &eks.DescribeUpdateInput{Name: aws.String("demo"), AddonName: aws.String("adot"), UpdateId: aws.String("none")})
	wantError[*types.ResourceNotFoundException](t, err)
	_, err = c.DescribeUpdate(ctx, &eks.DescribeUpdateInput{Name: aws.String("demo"), UpdateId: aws.String(newest[0])})
	wantError[*types.ResourceNotFoundException](t, err)
	if of := check[*eks.ListUpdatesOutput](t)(c.ListUpdates(ctx, &eks.ListUpdatesInput{Name: aws.String("demo")})); len(of.UpdateIds) != 0 {
		t.Errorf("the cluster has the updates %v", of.UpdateIds)
	}
}

func TestAssociations(t *testing.T) {
	h := newHarness(t)
	c, ctx := h.sdk(), t.Context()
	name := aws.String("demo")
	var ids []string
	for _, account := range []string{"a", "b", "c"} {
		got := check[*eks.CreatePodIdentityAssociationOutput](t)(c.CreatePodIdentityAssociation(ctx, &eks.CreatePodIdentityAssociationInput{
			ClusterName: name, Namespace: aws.String("apps"), ServiceAccount: aws.String(account), RoleArn: aws.String(role),
			TargetRoleArn: aws.String("arn:aws:iam::999999999999:role/t"), Tags: map[string]string{"k": "v"},
		})).Association
		if !strings.HasPrefix(*got.AssociationId, "a-") || len(*got.AssociationId) != 19 || *got.ExternalId == "" || got.Tags["k"] != "v" || *got.AssociationArn != demo.Association(*got.AssociationId) {
			t.Errorf("made %+v", got)
		}
		ids = append(ids, *got.AssociationId)
	}
	_, err := c.CreatePodIdentityAssociation(ctx, &eks.CreatePodIdentityAssociationInput{ClusterName: name, Namespace: aws.String("apps"), ServiceAccount: aws.String("a"), RoleArn: aws.String(role)})
	wantError[*types.ResourceInUseException](t, err)

	var listed []string
	pages := eks.NewListPodIdentityAssociationsPaginator(c, &eks.ListPodIdentityAssociationsInput{ClusterName: name, Namespace: aws.String("apps"), MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		for _, a := range check[*eks.ListPodIdentityAssociationsOutput](t)(pages.NextPage(ctx)).Associations {
			listed = append(listed, *a.AssociationId)
		}
	}
	if diff := cmp.Diff(ids, listed); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	one := check[*eks.ListPodIdentityAssociationsOutput](t)(c.ListPodIdentityAssociations(ctx, &eks.ListPodIdentityAssociationsInput{ClusterName: name, ServiceAccount: aws.String("b")}))
	if len(one.Associations) != 1 {
		t.Errorf("of b there are %+v", one.Associations)
	}

	updated := check[*eks.UpdatePodIdentityAssociationOutput](t)(c.UpdatePodIdentityAssociation(ctx, &eks.UpdatePodIdentityAssociationInput{
		ClusterName: name, AssociationId: aws.String(ids[0]), RoleArn: aws.String(role + "2"), TargetRoleArn: aws.String(""), DisableSessionTags: aws.Bool(true), Policy: aws.String("{}"),
	})).Association
	if *updated.RoleArn != role+"2" || updated.TargetRoleArn != nil || updated.ExternalId != nil || !*updated.DisableSessionTags || *updated.Policy != "{}" {
		t.Errorf("updated %+v", updated)
	}
	read := check[*eks.DescribePodIdentityAssociationOutput](t)(c.DescribePodIdentityAssociation(ctx, &eks.DescribePodIdentityAssociationInput{ClusterName: name, AssociationId: aws.String(ids[0])})).Association
	if diff := cmp.Diff(*updated.RoleArn, *read.RoleArn); diff != "" {
		t.Error(diff)
	}
	check[*eks.DeletePodIdentityAssociationOutput](t)(c.DeletePodIdentityAssociation(ctx, &eks.DeletePodIdentityAssociationInput{ClusterName: name, AssociationId: aws.String(ids[0])}))
	_, err = c.DescribePodIdentityAssociation(ctx, &eks.DescribePodIdentityAssociationInput{ClusterName: name, AssociationId: aws.String(ids[0])})
	wantError[*types.ResourceNotFoundException](t, err)
}

func TestTags(t *testing.T) {
	h := newHarness(t)
	c, ctx := h.sdk(), t.Context()
	addon := check[*eks.CreateAddonOutput](t)(c.CreateAddon(ctx, &eks.CreateAddonInput{ClusterName: aws.String("demo"), AddonName: aws.String("adot")})).Addon
	h.settle("adot", v1alpha1.PhaseActive)
	made := check[*eks.CreatePodIdentityAssociationOutput](t)(c.CreatePodIdentityAssociation(ctx, &eks.CreatePodIdentityAssociationInput{
		ClusterName: aws.String("demo"), Namespace: aws.String("n"), ServiceAccount: aws.String("s"), RoleArn: aws.String(role),
	})).Association
	for _, resource := range []*string{addon.AddonArn, made.AssociationArn} {
		check[*eks.TagResourceOutput](t)(c.TagResource(ctx, &eks.TagResourceInput{ResourceArn: resource, Tags: map[string]string{"a": "1", "b/c": "2"}}))
		check[*eks.UntagResourceOutput](t)(c.UntagResource(ctx, &eks.UntagResourceInput{ResourceArn: resource, TagKeys: []string{"a", "none"}}))
		got := check[*eks.ListTagsForResourceOutput](t)(c.ListTagsForResource(ctx, &eks.ListTagsForResourceInput{ResourceArn: resource})).Tags
		if diff := cmp.Diff(map[string]string{"b/c": "2"}, got); diff != "" {
			t.Errorf("tags of %s (-want +got):\n%s", *resource, diff)
		}
	}
	after := check[*eks.DescribeAddonOutput](t)(c.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: aws.String("demo"), AddonName: aws.String("adot")})).Addon
	if after.Status != types.AddonStatusActive {
		t.Errorf("a tag makes the add-on %s", after.Status)
	}
	if got := check[*eks.ListTagsForResourceOutput](t)(c.ListTagsForResource(ctx, &eks.ListTagsForResourceInput{ResourceArn: aws.String(demo.ARN())})); len(got.Tags) != 0 {
		t.Errorf("the cluster has tags %v", got.Tags)
	}
	_, err := c.ListTagsForResource(ctx, &eks.ListTagsForResourceInput{ResourceArn: aws.String(demo.Association("a-none"))})
	wantError[*types.NotFoundException](t, err)
	_, err = c.TagResource(ctx, &eks.TagResourceInput{ResourceArn: aws.String(demo.ARN()), Tags: map[string]string{"a": "b"}})
	wantError[*types.BadRequestException](t, err)
}
