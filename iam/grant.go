package iam

import (
	"context"
	"errors"
	"slices"

	"github.com/radiograph/radiograph/iam/policy"
)

// Quotas, from the IAM User Guide, "IAM and AWS STS quotas". That of attachments is
// the most that AWS grants on request.
const (
	maxAttached = 20
	maxVersions = 5
)

// Kind says what carries grants.
type Kind uint8

// The kinds.
const (
	UserKind Kind = iota
	RoleKind
)

// String is the kind as ARNs and messages have it.
func (k Kind) String() string {
	if k == RoleKind {
		return "role"
	}
	return "user"
}

// Grants returns the policies of a user or role.
func (d *Directory) Grants(k Kind, name string) (*Grants, error) {
	if k == RoleKind {
		r, err := d.Role(name)
		if err != nil {
			return nil, err
		}
		return &r.Grants, nil
	}
	u, err := d.User(name)
	if err != nil {
		return nil, err
	}
	return &u.Grants, nil
}

func (d *Directory) changeGrants(ctx context.Context, k Kind, name string, change func(g *Grants) error) error {
	if k == RoleKind {
		return d.ChangeRole(ctx, name, func(r *Role) error { return change(&r.Grants) })
	}
	return d.ChangeUser(ctx, name, func(u *User) error { return change(&u.Grants) })
}

// Attach attaches a policy to a user or role. What is attached already stays.
func (d *Directory) Attach(ctx context.Context, k Kind, name, arn string) error {
	return d.changeGrants(ctx, k, name, func(g *Grants) error {
		if d.policies.rows[arn] == nil {
			return noSuchPolicy(arn)
		}
		i, found := slices.BinarySearch(g.Attached, arn)
		switch {
		case found:
			return nil
		case len(g.Attached) >= maxAttached:
			return Errorf(LimitExceeded, "Cannot exceed quota for PoliciesPer%s: %d", title(k), maxAttached)
		}
		g.Attached = slices.Insert(g.Attached, i, arn)
		return nil
	})
}

func title(k Kind) string {
	if k == RoleKind {
		return "Role"
	}
	return "User"
}

// Detach takes a policy from a user or role.
func (d *Directory) Detach(ctx context.Context, k Kind, name, arn string) error {
	return d.changeGrants(ctx, k, name, func(g *Grants) error {
		i, found := slices.BinarySearch(g.Attached, arn)
		if !found {
			return Errorf(NoSuchEntity, "Policy %s was not found.", arn)
		}
		g.Attached = slices.Delete(g.Attached, i, i+1)
		return nil
	})
}

// PutInline adds or replaces an inline policy of a user or role.
func (d *Directory) PutInline(ctx context.Context, k Kind, name, policyName, document string) error {
	most := map[Kind]int{UserKind: policy.UserLimit, RoleKind: policy.RoleLimit}[k]
	if _, err := policy.Parse(document, most); err != nil {
		return malformed(err)
	}
	return d.changeGrants(ctx, k, name, func(g *Grants) error {
		if g.Inline == nil {
			g.Inline = map[string]string{}
		}
		g.Inline[policyName] = document
		total := 0
		for _, text := range g.Inline {
			total += policy.Size(text)
		}
		if total > most {
			return Errorf(LimitExceeded, "Maximum policy size of %d bytes exceeded for %s %s", most, k, name)
		}
		return nil
	})
}

// DeleteInline removes an inline policy of a user or role.
func (d *Directory) DeleteInline(ctx context.Context, k Kind, name, policyName string) error {
	return d.changeGrants(ctx, k, name, func(g *Grants) error {
		if _, ok := g.Inline[policyName]; !ok {
			return NoSuchInline(k, policyName)
		}
		delete(g.Inline, policyName)
		return nil
	})
}

// NoSuchInline is the error for an inline policy that is not there.
func NoSuchInline(k Kind, policyName string) error {
	return Errorf(NoSuchEntity, "The %s policy with name %s cannot be found.", k, policyName)
}

// SetBoundary sets the permissions boundary of a user or role; "" removes it.
func (d *Directory) SetBoundary(ctx context.Context, k Kind, name, arn string) error {
	return d.changeGrants(ctx, k, name, func(g *Grants) error {
		g.Boundary = arn
		return d.checkBoundary(arn)
	})
}

// checkBoundary refuses a boundary that does not exist; the caller holds change.
func (d *Directory) checkBoundary(arn string) error {
	if arn != "" && d.policies.rows[arn] == nil {
		return noSuchPolicy(arn)
	}
	return nil
}

// CheckTrust returns what is wrong with a trust policy.
func CheckTrust(text string) error {
	_, err := policy.ParseTrust(text)
	return malformed(err)
}

// malformed gives what is wrong with a document its code.
func malformed(err error) error {
	e, ok := errors.AsType[*policy.Error](err)
	if !ok {
		return err
	}
	return &Error{Code: Code(e.Code), Message: e.Message}
}
