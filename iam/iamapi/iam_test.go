package iamapi_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const xrayWrite = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"

const readGroups = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"xray:GetGroups","Resource":"*"}]}`

func TestRole(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	created, err := r.iam.CreateRole(ctx, &awsiam.CreateRoleInput{
		RoleName: aws.String("Writer"), Path: aws.String("/team/"), AssumeRolePolicyDocument: aws.String(trustAccount),
		Description: aws.String("writes <traces> & more"), MaxSessionDuration: aws.Int32(7200),
		Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := *created.Role.Arn; got != "arn:aws:iam::"+account+":role/team/Writer" || !strings.HasPrefix(*created.Role.RoleId, "AROA") {
		t.Errorf("created %s %s", got, *created.Role.RoleId)
	}
	_, err = r.iam.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: aws.String("writer"), AssumeRolePolicyDocument: aws.String(trustAccount)})
	wantCode(t, err, "EntityAlreadyExists", "Role with name writer already exists.")

	got, err := r.iam.GetRole(ctx, &awsiam.GetRoleInput{RoleName: aws.String("Writer")})
	if err != nil {
		t.Fatal(err)
	}
	role := got.Role
	if document, err := url.PathUnescape(*role.AssumeRolePolicyDocument); err != nil || document != trustAccount {
		t.Errorf("trust policy is %s, %v", document, err)
	}
	if *role.Description != "writes <traces> & more" || *role.MaxSessionDuration != 7200 || len(role.Tags) != 1 || role.RoleLastUsed == nil {
		t.Errorf("role is %+v", role)
	}

	for _, err := range []error{
		ignore(r.iam.UpdateRole(ctx, &awsiam.UpdateRoleInput{RoleName: aws.String("Writer"), MaxSessionDuration: aws.Int32(3600)})),
		ignore(r.iam.UpdateRoleDescription(ctx, &awsiam.UpdateRoleDescriptionInput{RoleName: aws.String("Writer"), Description: aws.String("other")})),
		ignore(r.iam.UpdateAssumeRolePolicy(ctx, &awsiam.UpdateAssumeRolePolicyInput{RoleName: aws.String("Writer"), PolicyDocument: aws.String(trustAccount)})),
		ignore(r.iam.TagRole(ctx, &awsiam.TagRoleInput{RoleName: aws.String("Writer"), Tags: []types.Tag{{Key: aws.String("A"), Value: aws.String("c")}, {Key: aws.String("z"), Value: aws.String("")}}})),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	tags, err := r.iam.ListRoleTags(ctx, &awsiam.ListRoleTagsInput{RoleName: aws.String("Writer")})
	if err != nil || len(tags.Tags) != 2 || *tags.Tags[0].Key != "a" || *tags.Tags[0].Value != "c" {
		t.Errorf("tags are %+v, %v", tags, err)
	}
	if _, err := r.iam.UntagRole(ctx, &awsiam.UntagRoleInput{RoleName: aws.String("Writer"), TagKeys: []string{"z", "never"}}); err != nil {
		t.Error(err)
	}
	profiles, err := r.iam.ListInstanceProfilesForRole(ctx, &awsiam.ListInstanceProfilesForRoleInput{RoleName: aws.String("Writer")})
	if err != nil || len(profiles.InstanceProfiles) != 0 {
		t.Errorf("profiles are %+v, %v", profiles, err)
	}
	if _, err := r.iam.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: aws.String("Writer")}); err != nil {
		t.Error(err)
	}
	_, err = r.iam.GetRole(ctx, &awsiam.GetRoleInput{RoleName: aws.String("Writer")})
	wantCode(t, err, "NoSuchEntity", "The role with name Writer cannot be found.")
}

func ignore[T any](_ T, err error) error { return err }

func TestRolePolicies(t *testing.T) {
	r := newRig(t)
	ctx, name := t.Context(), aws.String("writer")
	r.createRole(*name, trustAccount)
	for range 2 { // attaching again changes nothing
		if _, err := r.iam.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String(xrayWrite)}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.iam.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String(xrayWrite + "X")})
	wantCode(t, err, "NoSuchEntity", "does not exist or is not attachable")
	attached, err := r.iam.ListAttachedRolePolicies(ctx, &awsiam.ListAttachedRolePoliciesInput{RoleName: name})
	if err != nil || len(attached.AttachedPolicies) != 1 || *attached.AttachedPolicies[0].PolicyName != "AWSXRayDaemonWriteAccess" {
		t.Errorf("attached: %+v, %v", attached, err)
	}
	if _, err := r.iam.PutRolePolicy(ctx, &awsiam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("read"), PolicyDocument: aws.String(readGroups)}); err != nil {
		t.Fatal(err)
	}
	inline, err := r.iam.GetRolePolicy(ctx, &awsiam.GetRolePolicyInput{RoleName: name, PolicyName: aws.String("read")})
	if err != nil {
		t.Fatal(err)
	}
	if document, err := url.PathUnescape(*inline.PolicyDocument); err != nil || document != readGroups || *inline.RoleName != *name {
		t.Errorf("inline policy %+v, %v", inline, err)
	}
	names, err := r.iam.ListRolePolicies(ctx, &awsiam.ListRolePoliciesInput{RoleName: name})
	if err != nil || len(names.PolicyNames) != 1 {
		t.Errorf("inline policies %+v, %v", names, err)
	}
	entities, err := r.iam.ListEntitiesForPolicy(ctx, &awsiam.ListEntitiesForPolicyInput{PolicyArn: aws.String(xrayWrite)})
	if err != nil || len(entities.PolicyRoles) != 1 || *entities.PolicyRoles[0].RoleName != *name {
		t.Errorf("entities %+v, %v", entities, err)
	}

	_, err = r.iam.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: name})
	wantCode(t, err, "DeleteConflict", "must detach all policies first")
	if _, err := r.iam.DetachRolePolicy(ctx, &awsiam.DetachRolePolicyInput{RoleName: name, PolicyArn: aws.String(xrayWrite)}); err != nil {
		t.Error(err)
	}
	_, err = r.iam.DetachRolePolicy(ctx, &awsiam.DetachRolePolicyInput{RoleName: name, PolicyArn: aws.String(xrayWrite)})
	wantCode(t, err, "NoSuchEntity", xrayWrite)
	_, err = r.iam.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: name})
	wantCode(t, err, "DeleteConflict", "must delete policies first")
	if _, err := r.iam.DeleteRolePolicy(ctx, &awsiam.DeleteRolePolicyInput{RoleName: name, PolicyName: aws.String("read")}); err != nil {
		t.Error(err)
	}
	_, err = r.iam.GetRolePolicy(ctx, &awsiam.GetRolePolicyInput{RoleName: name, PolicyName: aws.String("read")})
	wantCode(t, err, "NoSuchEntity", "The role policy with name read cannot be found.")
	if _, err := r.iam.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: name}); err != nil {
		t.Error(err)
	}
}

func TestPolicyVersions(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	created, err := r.iam.CreatePolicy(ctx, &awsiam.CreatePolicyInput{
		PolicyName: aws.String("groups"), PolicyDocument: aws.String(readGroups), Description: aws.String("d"),
		Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	arn := created.Policy.Arn
	if *arn != "arn:aws:iam::"+account+":policy/groups" || *created.Policy.DefaultVersionId != "v1" || !created.Policy.IsAttachable {
		t.Errorf("created %+v", created.Policy)
	}
	_, err = r.iam.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: aws.String("Groups"), PolicyDocument: aws.String(readGroups)})
	wantCode(t, err, "EntityAlreadyExists", "A policy called Groups already exists")
	for i := range 4 {
		v, err := r.iam.CreatePolicyVersion(ctx, &awsiam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(readGroups), SetAsDefault: i == 3})
		if err != nil || *v.PolicyVersion.VersionId != fmt.Sprintf("v%d", i+2) {
			t.Fatalf("version %+v, %v", v, err)
		}
	}
	_, err = r.iam.CreatePolicyVersion(ctx, &awsiam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(readGroups)})
	wantCode(t, err, "LimitExceeded", "up to 5 versions")
	var versions []types.PolicyVersion
	pages := awsiam.NewListPolicyVersionsPaginator(r.iam, &awsiam.ListPolicyVersionsInput{PolicyArn: arn, MaxItems: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, page.Versions...)
	}
	if len(versions) != 5 || *versions[0].VersionId != "v5" || !versions[0].IsDefaultVersion {
		t.Errorf("versions %+v", versions)
	}
	v, err := r.iam.GetPolicyVersion(ctx, &awsiam.GetPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")})
	if err != nil {
		t.Fatal(err)
	}
	if document, _ := url.PathUnescape(*v.PolicyVersion.Document); document != readGroups {
		t.Errorf("document %s", document)
	}
	_, err = r.iam.DeletePolicyVersion(ctx, &awsiam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v5")})
	wantCode(t, err, "DeleteConflict", "default version")
	if _, err := r.iam.SetDefaultPolicyVersion(ctx, &awsiam.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v2")}); err != nil {
		t.Error(err)
	}
	_, err = r.iam.DeletePolicy(ctx, &awsiam.DeletePolicyInput{PolicyArn: arn})
	wantCode(t, err, "DeleteConflict", "more than one version")
	for _, id := range []string{"v1", "v3", "v4", "v5"} {
		if _, err := r.iam.DeletePolicyVersion(ctx, &awsiam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: &id}); err != nil {
			t.Error(err)
		}
	}
	_, err = r.iam.GetPolicyVersion(ctx, &awsiam.GetPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")})
	wantCode(t, err, "NoSuchEntity", "version v1")
	if err := ignore(r.iam.TagPolicy(ctx, &awsiam.TagPolicyInput{PolicyArn: arn, Tags: []types.Tag{{Key: aws.String("x"), Value: aws.String("y")}}})); err != nil {
		t.Error(err)
	}
	if err := ignore(r.iam.UntagPolicy(ctx, &awsiam.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"k"}})); err != nil {
		t.Error(err)
	}
	tags, err := r.iam.ListPolicyTags(ctx, &awsiam.ListPolicyTagsInput{PolicyArn: arn})
	if err != nil || len(tags.Tags) != 1 || *tags.Tags[0].Key != "x" {
		t.Errorf("tags %+v, %v", tags, err)
	}

	r.createRole("reader", trustAccount)
	if _, err := r.iam.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: aws.String("reader"), PolicyArn: arn}); err != nil {
		t.Fatal(err)
	}
	_, err = r.iam.DeletePolicy(ctx, &awsiam.DeletePolicyInput{PolicyArn: arn})
	wantCode(t, err, "DeleteConflict", "attached to entities")
	local, err := r.iam.ListPolicies(ctx, &awsiam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal, OnlyAttached: true})
	if err != nil || len(local.Policies) != 1 || *local.Policies[0].AttachmentCount != 1 {
		t.Errorf("policies of the account %+v, %v", local, err)
	}
	if _, err := r.iam.DetachRolePolicy(ctx, &awsiam.DetachRolePolicyInput{RoleName: aws.String("reader"), PolicyArn: arn}); err != nil {
		t.Error(err)
	}
	if _, err := r.iam.DeletePolicy(ctx, &awsiam.DeletePolicyInput{PolicyArn: arn}); err != nil {
		t.Error(err)
	}
	_, err = r.iam.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: arn})
	wantCode(t, err, "NoSuchEntity", "was not found")
}

func TestManagedPolicies(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	got, err := r.iam.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: aws.String(xrayWrite)})
	if err != nil || *got.Policy.DefaultVersionId != "v2" {
		t.Fatalf("%+v, %v", got, err)
	}
	v, err := r.iam.GetPolicyVersion(ctx, &awsiam.GetPolicyVersionInput{PolicyArn: aws.String(xrayWrite), VersionId: aws.String("v2")})
	if err != nil || !strings.Contains(*v.PolicyVersion.Document, "PutTraceSegments") {
		t.Errorf("%+v, %v", v, err)
	}
	all, err := r.iam.ListPolicies(ctx, &awsiam.ListPoliciesInput{Scope: types.PolicyScopeTypeAws})
	if err != nil || len(all.Policies) < 7 {
		t.Errorf("%d managed policies, %v", len(all.Policies), err)
	}
	_, err = r.iam.DeletePolicy(ctx, &awsiam.DeletePolicyInput{PolicyArn: aws.String(xrayWrite)})
	wantCode(t, err, "AccessDenied", "managed policy")
	_, err = r.iam.CreatePolicyVersion(ctx, &awsiam.CreatePolicyVersionInput{PolicyArn: aws.String(xrayWrite), PolicyDocument: aws.String(readGroups)})
	wantCode(t, err, "AccessDenied", "managed policy")
}

func TestUsersAndKeys(t *testing.T) {
	r := newRig(t)
	ctx, name := t.Context(), aws.String("ann")
	own := r.createUser(*name, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*AccessKey*","iam:GetUser"],"Resource":"arn:aws:iam::`+account+`:user/${aws:username}"}]}`)
	me := r.iamAs(own)

	self, err := me.GetUser(ctx, &awsiam.GetUserInput{})
	if err != nil || *self.User.UserName != "ann" || !strings.HasPrefix(*self.User.UserId, "AIDA") {
		t.Fatalf("%+v, %v", self, err)
	}
	_, err = me.GetUser(ctx, &awsiam.GetUserInput{UserName: aws.String("administrator")})
	wantCode(t, err, "AccessDenied", "User: arn:aws:iam::"+account+":user/ann is not authorized to perform: iam:GetUser on resource: arn:aws:iam::"+account+":user/administrator")
	second, err := me.CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{})
	if err != nil || len(*second.AccessKey.SecretAccessKey) != 40 || !strings.HasPrefix(*second.AccessKey.AccessKeyId, "AKIA") {
		t.Fatalf("%+v, %v", second, err)
	}
	_, err = me.CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{})
	wantCode(t, err, "LimitExceeded", "AccessKeysPerUser: 2")
	id := second.AccessKey.AccessKeyId
	if _, err := me.UpdateAccessKey(ctx, &awsiam.UpdateAccessKeyInput{AccessKeyId: id, Status: types.StatusTypeInactive}); err != nil {
		t.Fatal(err)
	}
	keys, err := me.ListAccessKeys(ctx, &awsiam.ListAccessKeysInput{})
	if err != nil || len(keys.AccessKeyMetadata) != 2 {
		t.Fatalf("%+v, %v", keys, err)
	}
	for _, k := range keys.AccessKeyMetadata {
		if (k.Status == types.StatusTypeInactive) != (*k.AccessKeyId == *id) {
			t.Errorf("key %s is %s", *k.AccessKeyId, k.Status)
		}
	}
	used, err := r.iam.GetAccessKeyLastUsed(ctx, &awsiam.GetAccessKeyLastUsedInput{AccessKeyId: id})
	if err != nil || *used.AccessKeyLastUsed.ServiceName != "N/A" || *used.UserName != "ann" {
		t.Errorf("%+v, %v", used, err)
	}
	_, err = r.iam.DeleteUser(ctx, &awsiam.DeleteUserInput{UserName: name})
	wantCode(t, err, "DeleteConflict", "access keys")
	_, err = r.iam.DeleteAccessKey(ctx, &awsiam.DeleteAccessKeyInput{UserName: aws.String("administrator"), AccessKeyId: id})
	wantCode(t, err, "NoSuchEntity", *id)
	for _, k := range keys.AccessKeyMetadata {
		if _, err := r.iam.DeleteAccessKey(ctx, &awsiam.DeleteAccessKeyInput{UserName: name, AccessKeyId: k.AccessKeyId}); err != nil {
			t.Error(err)
		}
	}
	_, err = me.GetUser(ctx, &awsiam.GetUserInput{})
	wantCode(t, err, "InvalidClientTokenId", "invalid")

	if err := ignore(r.iam.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: name, PolicyArn: aws.String(xrayWrite)})); err != nil {
		t.Error(err)
	}
	attached, err := r.iam.ListAttachedUserPolicies(ctx, &awsiam.ListAttachedUserPoliciesInput{UserName: name})
	if err != nil || len(attached.AttachedPolicies) != 1 {
		t.Errorf("%+v, %v", attached, err)
	}
	inline, err := r.iam.ListUserPolicies(ctx, &awsiam.ListUserPoliciesInput{UserName: name})
	if err != nil || len(inline.PolicyNames) != 1 {
		t.Errorf("%+v, %v", inline, err)
	}
	if _, err := r.iam.GetUserPolicy(ctx, &awsiam.GetUserPolicyInput{UserName: name, PolicyName: aws.String("own")}); err != nil {
		t.Error(err)
	}
	groups, err := r.iam.ListGroupsForUser(ctx, &awsiam.ListGroupsForUserInput{UserName: name})
	if err != nil || len(groups.Groups) != 0 {
		t.Errorf("%+v, %v", groups, err)
	}
	for _, err := range []error{
		ignore(r.iam.TagUser(ctx, &awsiam.TagUserInput{UserName: name, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}})),
		ignore(r.iam.ListUserTags(ctx, &awsiam.ListUserTagsInput{UserName: name})),
		ignore(r.iam.UntagUser(ctx, &awsiam.UntagUserInput{UserName: name, TagKeys: []string{"a"}})),
		ignore(r.iam.PutUserPermissionsBoundary(ctx, &awsiam.PutUserPermissionsBoundaryInput{UserName: name, PermissionsBoundary: aws.String(xrayWrite)})),
		ignore(r.iam.DeleteUserPermissionsBoundary(ctx, &awsiam.DeleteUserPermissionsBoundaryInput{UserName: name})),
		ignore(r.iam.DetachUserPolicy(ctx, &awsiam.DetachUserPolicyInput{UserName: name, PolicyArn: aws.String(xrayWrite)})),
		ignore(r.iam.DeleteUserPolicy(ctx, &awsiam.DeleteUserPolicyInput{UserName: name, PolicyName: aws.String("own")})),
		ignore(r.iam.DeleteUser(ctx, &awsiam.DeleteUserInput{UserName: name})),
		ignore(r.iam.ListAccountAliases(ctx, &awsiam.ListAccountAliasesInput{})),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	users, err := r.iam.ListUsers(ctx, &awsiam.ListUsersInput{})
	if err != nil || len(users.Users) != 1 {
		t.Errorf("%+v, %v", users, err)
	}
}

func TestProviders(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	create := &awsiam.CreateOpenIDConnectProviderInput{
		Url: aws.String("https://oidc.example.com/id/ABC"), ClientIDList: []string{"sts.amazonaws.com"},
		ThumbprintList: []string{strings.Repeat("0a", 20)}, Tags: []types.Tag{{Key: aws.String("cluster"), Value: aws.String("demo")}},
	}
	created, err := r.iam.CreateOpenIDConnectProvider(ctx, create)
	if err != nil {
		t.Fatal(err)
	}
	arn := created.OpenIDConnectProviderArn
	if *arn != "arn:aws:iam::"+account+":oidc-provider/oidc.example.com/id/ABC" {
		t.Errorf("ARN %s", *arn)
	}
	_, err = r.iam.CreateOpenIDConnectProvider(ctx, create)
	wantCode(t, err, "EntityAlreadyExists", "Provider with url https://oidc.example.com/id/ABC already exists.")
	for _, err := range []error{
		ignore(r.iam.AddClientIDToOpenIDConnectProvider(ctx, &awsiam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: aws.String("x")})),
		ignore(r.iam.RemoveClientIDFromOpenIDConnectProvider(ctx, &awsiam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: aws.String("y")})),
		ignore(r.iam.UpdateOpenIDConnectProviderThumbprint(ctx, &awsiam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderArn: arn, ThumbprintList: []string{strings.Repeat("0b", 20)}})),
		ignore(r.iam.TagOpenIDConnectProvider(ctx, &awsiam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, Tags: []types.Tag{{Key: aws.String("n"), Value: aws.String("1")}}})),
		ignore(r.iam.UntagOpenIDConnectProvider(ctx, &awsiam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, TagKeys: []string{"cluster"}})),
		ignore(r.iam.ListOpenIDConnectProviderTags(ctx, &awsiam.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: arn})),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	got, err := r.iam.GetOpenIDConnectProvider(ctx, &awsiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	if err != nil {
		t.Fatal(err)
	}
	if *got.Url != "oidc.example.com/id/ABC" || len(got.ClientIDList) != 2 || got.ThumbprintList[0] != strings.Repeat("0b", 20) || *got.Tags[0].Key != "n" {
		t.Errorf("provider %+v", got)
	}
	list, err := r.iam.ListOpenIDConnectProviders(ctx, &awsiam.ListOpenIDConnectProvidersInput{})
	if err != nil || len(list.OpenIDConnectProviderList) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := r.iam.DeleteOpenIDConnectProvider(ctx, &awsiam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}); err != nil {
		t.Error(err)
	}
	_, err = r.iam.GetOpenIDConnectProvider(ctx, &awsiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	wantCode(t, err, "NoSuchEntity", "OpenIDConnect Provider not found for arn "+*arn)

	for _, u := range []string{"http://a.example.com", "https://", "https://a.example.com/?x=1", "https://a.example.com/#x", "https://u@a.example.com", "https://a.example.com/../b", "https://a.example.com/*"} {
		_, err := r.iam.CreateOpenIDConnectProvider(ctx, &awsiam.CreateOpenIDConnectProviderInput{Url: &u})
		wantCode(t, err, "ValidationError", "Invalid Open ID Connect Provider URL")
	}
}

func TestPages(t *testing.T) {
	r := newRig(t)
	for i := range 7 {
		r.createRole(fmt.Sprintf("Role%d", i), trustAccount)
	}
	var names []string
	pages := awsiam.NewListRolesPaginator(r.iam, &awsiam.ListRolesInput{MaxItems: aws.Int32(3)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, role := range page.Roles {
			names = append(names, *role.RoleName)
		}
		// What comes and goes between pages does not repeat or hide others.
		if len(names) == 3 {
			if _, err := r.iam.DeleteRole(t.Context(), &awsiam.DeleteRoleInput{RoleName: aws.String("Role2")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := strings.Join(names, " "); got != "Role0 Role1 Role2 Role3 Role4 Role5 Role6" {
		t.Errorf("pages have %s", got)
	}
	_, err := r.iam.ListRoles(t.Context(), &awsiam.ListRolesInput{Marker: aws.String("%%")})
	wantCode(t, err, "InvalidInput", "marker")
	_, err = r.iam.ListRoles(t.Context(), &awsiam.ListRolesInput{MaxItems: aws.Int32(1001)})
	wantCode(t, err, "ValidationError", "Value '1001' at 'maxItems' failed to satisfy constraint")
}
