package iamapi

import (
	"strings"

	"github.com/radiograph/radiograph/iam"
)

// iamOperations are the operations of IAM. docs/iam.md lists them.
var iamOperations = map[string]operation{
	"CreateRole":             {serve: createRole, resource: newRole},
	"GetRole":                {serve: getRole, resource: role},
	"ListRoles":              {serve: listRoles, resource: all("role/")},
	"UpdateRole":             {serve: updateRole, resource: role},
	"UpdateRoleDescription":  {serve: updateRoleDescription, resource: role},
	"UpdateAssumeRolePolicy": {serve: updateAssumeRolePolicy, resource: role},
	"DeleteRole":             {serve: deleteRole, resource: role},
	"TagRole":                {serve: tagRole, resource: role},
	"UntagRole":              {serve: untagRole, resource: role},
	"ListRoleTags":           {serve: listRoleTags, resource: role},

	"ListInstanceProfilesForRole": {serve: listInstanceProfilesForRole, resource: role},

	"CreateUser":   {serve: createUser, resource: newUser},
	"GetUser":      {serve: getUser, resource: user},
	"ListUsers":    {serve: listUsers, resource: all("user/")},
	"DeleteUser":   {serve: deleteUser, resource: user},
	"TagUser":      {serve: tagUser, resource: user},
	"UntagUser":    {serve: untagUser, resource: user},
	"ListUserTags": {serve: listUserTags, resource: user},

	"ListGroupsForUser": {serve: listGroupsForUser, resource: user},

	"CreateAccessKey":      {serve: createAccessKey, resource: user},
	"ListAccessKeys":       {serve: listAccessKeys, resource: user},
	"UpdateAccessKey":      {serve: updateAccessKey, resource: user},
	"DeleteAccessKey":      {serve: deleteAccessKey, resource: user},
	"GetAccessKeyLastUsed": {serve: getAccessKeyLastUsed, resource: ownerOfKey},

	"AttachRolePolicy":              {serve: attach(iam.RoleKind), resource: role},
	"DetachRolePolicy":              {serve: detach(iam.RoleKind), resource: role},
	"ListAttachedRolePolicies":      {serve: listAttached(iam.RoleKind), resource: role},
	"PutRolePolicy":                 {serve: putInline(iam.RoleKind), resource: role},
	"GetRolePolicy":                 {serve: getInline(iam.RoleKind), resource: role},
	"DeleteRolePolicy":              {serve: deleteInline(iam.RoleKind), resource: role},
	"ListRolePolicies":              {serve: listInline(iam.RoleKind), resource: role},
	"PutRolePermissionsBoundary":    {serve: putBoundary(iam.RoleKind), resource: role},
	"DeleteRolePermissionsBoundary": {serve: deleteBoundary(iam.RoleKind), resource: role},

	"AttachUserPolicy":              {serve: attach(iam.UserKind), resource: user},
	"DetachUserPolicy":              {serve: detach(iam.UserKind), resource: user},
	"ListAttachedUserPolicies":      {serve: listAttached(iam.UserKind), resource: user},
	"PutUserPolicy":                 {serve: putInline(iam.UserKind), resource: user},
	"GetUserPolicy":                 {serve: getInline(iam.UserKind), resource: user},
	"DeleteUserPolicy":              {serve: deleteInline(iam.UserKind), resource: user},
	"ListUserPolicies":              {serve: listInline(iam.UserKind), resource: user},
	"PutUserPermissionsBoundary":    {serve: putBoundary(iam.UserKind), resource: user},
	"DeleteUserPermissionsBoundary": {serve: deleteBoundary(iam.UserKind), resource: user},

	"CreatePolicy":            {serve: createPolicy, resource: newPolicy},
	"GetPolicy":               {serve: getPolicy, resource: param("PolicyArn")},
	"ListPolicies":            {serve: listPolicies, resource: all("policy/")},
	"DeletePolicy":            {serve: deletePolicy, resource: param("PolicyArn")},
	"ListEntitiesForPolicy":   {serve: listEntitiesForPolicy, resource: param("PolicyArn")},
	"CreatePolicyVersion":     {serve: createPolicyVersion, resource: param("PolicyArn")},
	"GetPolicyVersion":        {serve: getPolicyVersion, resource: param("PolicyArn")},
	"ListPolicyVersions":      {serve: listPolicyVersions, resource: param("PolicyArn")},
	"DeletePolicyVersion":     {serve: deletePolicyVersion, resource: param("PolicyArn")},
	"SetDefaultPolicyVersion": {serve: setDefaultPolicyVersion, resource: param("PolicyArn")},
	"TagPolicy":               {serve: tagPolicy, resource: param("PolicyArn")},
	"UntagPolicy":             {serve: untagPolicy, resource: param("PolicyArn")},
	"ListPolicyTags":          {serve: listPolicyTags, resource: param("PolicyArn")},

	"CreateOpenIDConnectProvider":             {serve: createProvider, resource: newProvider},
	"GetOpenIDConnectProvider":                {serve: getProvider, resource: param("OpenIDConnectProviderArn")},
	"ListOpenIDConnectProviders":              {serve: listProviders, resource: all("oidc-provider/")},
	"DeleteOpenIDConnectProvider":             {serve: deleteProvider, resource: param("OpenIDConnectProviderArn")},
	"AddClientIDToOpenIDConnectProvider":      {serve: addClientID, resource: param("OpenIDConnectProviderArn")},
	"RemoveClientIDFromOpenIDConnectProvider": {serve: removeClientID, resource: param("OpenIDConnectProviderArn")},
	"UpdateOpenIDConnectProviderThumbprint":   {serve: updateThumbprint, resource: param("OpenIDConnectProviderArn")},
	"TagOpenIDConnectProvider":                {serve: tagProvider, resource: param("OpenIDConnectProviderArn")},
	"UntagOpenIDConnectProvider":              {serve: untagProvider, resource: param("OpenIDConnectProviderArn")},
	"ListOpenIDConnectProviderTags":           {serve: listProviderTags, resource: param("OpenIDConnectProviderArn")},

	"ListAccountAliases": {serve: listAccountAliases, resource: all("*")},
}

// all is the resource of operations that list.
func all(kind string) func(c *call) string {
	return func(c *call) string { return c.dir.ARN(kind) }
}

// param is the resource that a parameter names.
func param(name string) func(c *call) string {
	return func(c *call) string { return c.values[name] }
}

// role is the role that a request names. One that does not exist is thought to have
// the path /.
func role(c *call) string {
	r, err := c.dir.Role(c.values["RoleName"])
	if err != nil {
		return c.dir.ARN("role/" + c.values["RoleName"])
	}
	return c.dir.RoleARN(r)
}

func newRole(c *call) string   { return c.dir.ARN("role" + c.pathParam() + c.values["RoleName"]) }
func newUser(c *call) string   { return c.dir.ARN("user" + c.pathParam() + c.values["UserName"]) }
func newPolicy(c *call) string { return c.dir.ARN("policy" + c.pathParam() + c.values["PolicyName"]) }

func newProvider(c *call) string {
	return c.dir.ARN("oidc-provider/" + strings.TrimPrefix(c.values["Url"], "https://"))
}

// pathParam is the path of a new entity before it has been checked.
func (c *call) pathParam() string {
	if p := c.values["Path"]; p != "" {
		return p
	}
	return "/"
}

// user is the user that a request names, by default the caller.
func user(c *call) string {
	name := c.userOrCaller()
	u, err := c.dir.User(name)
	if err != nil {
		return c.dir.ARN("user/" + name)
	}
	return c.dir.UserARN(u)
}

func (c *call) userOrCaller() string {
	if name, ok := c.values["UserName"]; ok {
		return name
	}
	return c.id.Principal.Name
}

func ownerOfKey(c *call) string {
	k, err := c.dir.AccessKey(c.values["AccessKeyId"])
	if err != nil {
		return c.dir.ARN("user/*")
	}
	u, err := c.dir.User(k.User)
	if err != nil {
		return c.dir.ARN("user/" + k.User)
	}
	return c.dir.UserARN(u)
}

func listAccountAliases(*call) (any, error) {
	return &struct {
		AccountAliases members[string]
		paging
	}{}, nil
}
