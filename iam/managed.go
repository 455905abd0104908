package iam

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/radiograph/radiograph/iam/policy"
)

func noSuchPolicy(arn string) *Error {
	return Errorf(NoSuchEntity, "Policy %s does not exist or is not attachable.", arn)
}

// managedSince is the date that managed policies have in the API. When AWS made its
// own is not known here.
var managedSince = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// seed adds the managed policies. They are part of the program, so they are in
// memory only and a newer program brings its own.
func (d *Directory) seed() error {
	for _, m := range policy.ManagedPolicies() {
		n := ParseVersion(m.Version)
		sum := sha256.Sum256([]byte(m.ARN))
		p := &Policy{
			Name: m.Name, Path: "/", ID: prefixPolicy + base32.StdEncoding.EncodeToString(sum[:])[:17], ARN: m.ARN,
			Created: managedSince, Updated: managedSince, Default: n, Last: n,
			Versions: []Version{{Number: n, Document: m.Text(), Created: managedSince}},
		}
		if err := p.compile(); err != nil {
			return fmt.Errorf("seed policy %s: %w", m.Name, err)
		}
		d.policies.rows[p.ARN] = p
	}
	return nil
}

// Policy returns the policy with that ARN.
func (d *Directory) Policy(arn string) (*Policy, error) {
	var p *Policy
	d.read(func() { p = d.policies.rows[arn] })
	if p == nil {
		return nil, Errorf(NoSuchEntity, "Policy %s was not found.", arn)
	}
	return p, nil
}

// Policies returns all policies by ARN, the managed ones included.
func (d *Directory) Policies() (all []*Policy) {
	d.read(func() { all = d.policies.sorted() })
	return all
}

// Attachments counts the users and roles that each policy is attached to, and those
// that it bounds, by ARN.
func (d *Directory) Attachments() (attached, bounds map[string]int) {
	attached, bounds = map[string]int{}, map[string]int{}
	count := func(g *Grants) {
		for _, arn := range g.Attached {
			attached[arn]++
		}
		if g.Boundary != "" {
			bounds[g.Boundary]++
		}
	}
	d.read(func() {
		for _, u := range d.users.rows {
			count(&u.Grants)
		}
		for _, r := range d.roles.rows {
			count(&r.Grants)
		}
	})
	return attached, bounds
}

// CreatePolicy adds a policy with document as its first version. Of p only the
// name, path, description and tags are taken.
func (d *Directory) CreatePolicy(ctx context.Context, p Policy, document string) (*Policy, error) {
	if err := checkManaged(document); err != nil {
		return nil, err
	}
	now := d.timestamp()
	row := p.clone()
	row.ID, row.ARN = newID(prefixPolicy), d.ARN("policy"+p.Path+p.Name)
	row.Created, row.Updated, row.Default, row.Last = now, now, 1, 1
	row.Versions = []Version{{Number: 1, Document: document, Created: now}}
	return row, d.update(ctx, func(b *batch) error {
		for _, other := range d.policies.rows {
			if !other.Managed() && fold(other.Name) == fold(p.Name) {
				return Errorf(EntityAlreadyExists, "A policy called %s already exists. Duplicate names are not allowed.", p.Name)
			}
		}
		return put(b, &d.policies, row.ARN, row)
	})
}

func checkManaged(document string) error {
	_, err := policy.Parse(document, policy.ManagedLimit)
	return malformed(err)
}

// ChangePolicy replaces a policy of the account by what change makes of a copy.
func (d *Directory) ChangePolicy(ctx context.Context, arn string, change func(p *Policy) error) error {
	return d.update(ctx, func(b *batch) error {
		p, err := d.ownPolicy(arn)
		if err != nil {
			return err
		}
		row := p.clone()
		if err := change(row); err != nil {
			return err
		}
		return put(b, &d.policies, arn, row)
	})
}

// ownPolicy returns a policy that can be changed; the caller holds change.
func (d *Directory) ownPolicy(arn string) (*Policy, error) {
	p := d.policies.rows[arn]
	switch {
	case p == nil:
		return nil, Errorf(NoSuchEntity, "Policy %s was not found.", arn)
	case p.Managed():
		return nil, Errorf(AccessDenied, "Cannot perform this operation on the AWS managed policy %s", arn)
	}
	return p, nil
}

// DeletePolicy removes a policy that is attached to nothing and has one version.
func (d *Directory) DeletePolicy(ctx context.Context, arn string) error {
	return d.update(ctx, func(b *batch) error {
		p, err := d.ownPolicy(arn)
		if err != nil {
			return err
		}
		attached, bounds := d.Attachments()
		switch {
		case attached[arn]+bounds[arn] > 0:
			return Errorf(DeleteConflict, "Cannot delete a policy attached to entities.")
		case len(p.Versions) > 1:
			return Errorf(DeleteConflict, "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		drop(b, &d.policies, arn)
		return nil
	})
}

// CreateVersion adds a version to a policy, which becomes the default if asked.
func (d *Directory) CreateVersion(ctx context.Context, arn, document string, isDefault bool) (v Version, err error) {
	if err := checkManaged(document); err != nil {
		return v, err
	}
	err = d.ChangePolicy(ctx, arn, func(p *Policy) error {
		if len(p.Versions) >= maxVersions {
			return Errorf(LimitExceeded, "A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
		}
		p.Last++
		v = Version{Number: p.Last, Document: document, Created: d.timestamp()}
		p.Versions, p.Updated = append(p.Versions, v), v.Created
		if isDefault {
			p.Default = v.Number
		}
		return nil
	})
	return v, err
}

// SetDefaultVersion makes a version of a policy the one that applies.
func (d *Directory) SetDefaultVersion(ctx context.Context, arn string, number int) error {
	return d.ChangePolicy(ctx, arn, func(p *Policy) error {
		if p.Version(number) == nil {
			return NoSuchVersion(arn, number)
		}
		p.Default, p.Updated = number, d.timestamp()
		return nil
	})
}

// DeleteVersion removes a version of a policy that is not the default.
func (d *Directory) DeleteVersion(ctx context.Context, arn string, number int) error {
	return d.ChangePolicy(ctx, arn, func(p *Policy) error {
		switch {
		case p.Version(number) == nil:
			return NoSuchVersion(arn, number)
		case p.Default == number:
			return Errorf(DeleteConflict, "Cannot delete the default version of a policy.")
		}
		p.Versions = slices.DeleteFunc(p.Versions, func(v Version) bool { return v.Number == number })
		return nil
	})
}

// NoSuchVersion is the error for a version that is not there.
func NoSuchVersion(arn string, number int) error {
	return Errorf(NoSuchEntity, "Policy %s version v%d does not exist or is not attachable.", arn, number)
}

// ParseVersion reads the name of a version, such as v2. What is none becomes 0, which
// is no version's number.
func ParseVersion(id string) int {
	digits, ok := strings.CutPrefix(id, "v")
	n, err := strconv.ParseUint(digits, 10, 31)
	if !ok || err != nil {
		return 0
	}
	return int(n)
}
