package iamapi

import (
	"maps"
	"slices"

	"github.com/radiograph/radiograph/iam"
)

type tagXML struct {
	Key   string
	Value string
}

func showTags(tags iam.Tags) members[tagXML] {
	var out members[tagXML]
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out.Member = append(out.Member, tagXML{k, tags[k]})
	}
	return out
}

type boundaryXML struct {
	PermissionsBoundaryType string
	PermissionsBoundaryArn  string
}

func showBoundary(arn string) *boundaryXML {
	if arn == "" {
		return nil
	}
	return &boundaryXML{"Policy", arn}
}

type lastUsedXML struct {
	LastUsedDate string `xml:",omitempty"`
	Region       string `xml:",omitempty"`
}

type roleXML struct {
	Path                     string
	RoleName                 string
	RoleId                   string
	Arn                      string
	CreateDate               string
	AssumeRolePolicyDocument string
	Description              string `xml:",omitempty"`
	MaxSessionDuration       int
	PermissionsBoundary      *boundaryXML
	Tags                     *members[tagXML]
	RoleLastUsed             *lastUsedXML
}

// showRole is a role as lists have it: without tags and last use.
func (c *call) showRole(r *iam.Role) roleXML {
	return roleXML{
		Path: r.Path, RoleName: r.Name, RoleId: r.ID, Arn: c.dir.RoleARN(r), CreateDate: stamp(r.Created),
		AssumeRolePolicyDocument: escaped(r.Trust), Description: r.Description,
		MaxSessionDuration: int(r.MaxSession.Seconds()), PermissionsBoundary: showBoundary(r.Boundary),
	}
}

// showWholeRole is a role with everything.
func (c *call) showWholeRole(r *iam.Role) roleXML {
	out := c.showRole(r)
	tags := showTags(r.Tags)
	out.Tags, out.RoleLastUsed = &tags, &lastUsedXML{}
	if used := c.dir.LastUse(r.ID, r.LastUsed); !used.UsedAt.IsZero() {
		out.RoleLastUsed = &lastUsedXML{stamp(used.UsedAt), used.UsedRegion}
	}
	return out
}

type userXML struct {
	Path                string
	UserName            string
	UserId              string
	Arn                 string
	CreateDate          string
	PermissionsBoundary *boundaryXML
	Tags                *members[tagXML]
}

func (c *call) showUser(u *iam.User) userXML {
	return userXML{
		Path: u.Path, UserName: u.Name, UserId: u.ID, Arn: c.dir.UserARN(u),
		CreateDate: stamp(u.Created), PermissionsBoundary: showBoundary(u.Boundary),
	}
}

func (c *call) showWholeUser(u *iam.User) userXML {
	out, tags := c.showUser(u), showTags(u.Tags)
	out.Tags = &tags
	return out
}

type policyXML struct {
	PolicyName                    string
	PolicyId                      string
	Arn                           string
	Path                          string
	DefaultVersionId              string
	AttachmentCount               int
	PermissionsBoundaryUsageCount int
	IsAttachable                  bool
	Description                   string `xml:",omitempty"`
	CreateDate                    string
	UpdateDate                    string
	Tags                          *members[tagXML]
}

func showPolicy(p *iam.Policy, attached, bounds map[string]int) policyXML {
	return policyXML{
		PolicyName: p.Name, PolicyId: p.ID, Arn: p.ARN, Path: p.Path,
		DefaultVersionId: p.Version(p.Default).ID(), AttachmentCount: attached[p.ARN], PermissionsBoundaryUsageCount: bounds[p.ARN],
		IsAttachable: true, CreateDate: stamp(p.Created), UpdateDate: stamp(p.Updated),
	}
}

func (c *call) showWholePolicy(p *iam.Policy) policyXML {
	attached, bounds := c.dir.Attachments()
	out, tags := showPolicy(p, attached, bounds), showTags(p.Tags)
	out.Description, out.Tags = p.Description, &tags
	return out
}

type versionXML struct {
	Document         string `xml:",omitempty"`
	VersionId        string
	IsDefaultVersion bool
	CreateDate       string
}

// showVersion is a version as lists have it: without its document.
func showVersion(p *iam.Policy, v iam.Version) versionXML {
	return versionXML{VersionId: v.ID(), IsDefaultVersion: v.Number == p.Default, CreateDate: stamp(v.Created)}
}

type keyXML struct {
	UserName        string
	AccessKeyId     string
	Status          string
	SecretAccessKey string `xml:",omitempty"`
	CreateDate      string
}

func showKey(k *iam.AccessKey) keyXML {
	status := "Active"
	if !k.Active {
		status = "Inactive"
	}
	return keyXML{UserName: k.User, AccessKeyId: k.ID, Status: status, CreateDate: stamp(k.Created)}
}
