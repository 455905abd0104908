package iam

import (
	"context"
	"strings"
	"time"
)

// Bounds of a role's sessions, from the IAM API Reference.
const (
	DefaultMaxSession = time.Hour
	LongestSession    = 12 * time.Hour
	ShortestSession   = 15 * time.Minute
)

func noSuchRole(name string) *Error {
	return Errorf(NoSuchEntity, "The role with name %s cannot be found.", name)
}

// Role returns the role with that name.
func (d *Directory) Role(name string) (*Role, error) {
	var r *Role
	d.read(func() { r = d.roles.rows[fold(name)] })
	if r == nil {
		return nil, noSuchRole(name)
	}
	return r, nil
}

// Roles returns all roles by name.
func (d *Directory) Roles() (all []*Role) {
	d.read(func() { all = d.roles.sorted() })
	return all
}

// roleByARN returns the role that an ARN names exactly, nil when there is none in
// this account.
func (d *Directory) roleByARN(arn string) (role *Role) {
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	d.read(func() { role = d.roles.rows[fold(name)] })
	if role == nil || d.RoleARN(role) != arn {
		return nil
	}
	return role
}

// CreateRole adds r; its ID and Created are set here.
func (d *Directory) CreateRole(ctx context.Context, r Role) (*Role, error) {
	row := r.clone()
	row.ID, row.Created = newID(prefixRole), d.timestamp()
	if row.MaxSession == 0 {
		row.MaxSession = DefaultMaxSession
	}
	return row, d.update(ctx, func(b *batch) error {
		if d.roles.rows[fold(r.Name)] != nil {
			return Errorf(EntityAlreadyExists, "Role with name %s already exists.", r.Name)
		}
		if err := d.checkBoundary(r.Boundary); err != nil {
			return err
		}
		return put(b, &d.roles, fold(r.Name), row)
	})
}

// ChangeRole replaces the role by what change makes of a copy of it.
func (d *Directory) ChangeRole(ctx context.Context, name string, change func(r *Role) error) error {
	return d.update(ctx, func(b *batch) error {
		r := d.roles.rows[fold(name)]
		if r == nil {
			return noSuchRole(name)
		}
		row := r.clone()
		if err := change(row); err != nil {
			return err
		}
		return put(b, &d.roles, fold(name), row)
	})
}

// DeleteRole removes a role that has no policies. Its sessions end with it.
func (d *Directory) DeleteRole(ctx context.Context, name string) error {
	return d.update(ctx, func(b *batch) error {
		r := d.roles.rows[fold(name)]
		if r == nil {
			return noSuchRole(name)
		}
		if err := deletable(&r.Grants); err != nil {
			return err
		}
		drop(b, &d.roles, fold(name))
		return nil
	})
}
