package iam

import (
	"context"
	"errors"
	"maps"

	"github.com/radiograph/radiograph/iam/session"
)

// maxAccessKeys is how many access keys a user has at most, as in AWS.
const maxAccessKeys = 2

func noSuchUser(name string) *Error {
	return Errorf(NoSuchEntity, "The user with name %s cannot be found.", name)
}

// User returns the user with that name.
func (d *Directory) User(name string) (*User, error) {
	var u *User
	d.read(func() { u = d.users.rows[fold(name)] })
	if u == nil {
		return nil, noSuchUser(name)
	}
	return u, nil
}

// Users returns all users by name.
func (d *Directory) Users() (all []*User) {
	d.read(func() { all = d.users.sorted() })
	return all
}

// CreateUser adds u; its ID and Created are set here.
func (d *Directory) CreateUser(ctx context.Context, u User) (*User, error) {
	row := u.clone()
	row.ID, row.Created = newID(prefixUser), d.timestamp()
	return row, d.update(ctx, func(b *batch) error {
		if d.users.rows[fold(u.Name)] != nil {
			return Errorf(EntityAlreadyExists, "User with name %s already exists.", u.Name)
		}
		if err := d.checkBoundary(u.Boundary); err != nil {
			return err
		}
		return put(b, &d.users, fold(u.Name), row)
	})
}

// ChangeUser replaces the user by what change makes of a copy of it.
func (d *Directory) ChangeUser(ctx context.Context, name string, change func(u *User) error) error {
	return d.update(ctx, func(b *batch) error {
		u := d.users.rows[fold(name)]
		if u == nil {
			return noSuchUser(name)
		}
		row := u.clone()
		if err := change(row); err != nil {
			return err
		}
		return put(b, &d.users, fold(name), row)
	})
}

// DeleteUser removes a user that has neither keys nor policies.
func (d *Directory) DeleteUser(ctx context.Context, name string) error {
	return d.update(ctx, func(b *batch) error {
		u := d.users.rows[fold(name)]
		if u == nil {
			return noSuchUser(name)
		}
		if len(d.keysOf(u.Name)) > 0 {
			return Errorf(DeleteConflict, "Cannot delete entity, must delete access keys first.")
		}
		if err := deletable(&u.Grants); err != nil {
			return err
		}
		drop(b, &d.users, fold(name))
		return nil
	})
}

// deletable refuses to delete what still has policies.
func deletable(g *Grants) error {
	switch {
	case len(g.Attached) > 0:
		return Errorf(DeleteConflict, "Cannot delete entity, must detach all policies first.")
	case len(g.Inline) > 0:
		return Errorf(DeleteConflict, "Cannot delete entity, must delete policies first.")
	}
	return nil
}

// keysOf returns the keys of a user; the caller holds a lock.
func (d *Directory) keysOf(user string) (keys []*AccessKey) {
	for _, k := range d.keys.sorted() {
		if k.User == user {
			keys = append(keys, k)
		}
	}
	return keys
}

// AccessKeys returns the keys of a user, which may have none.
func (d *Directory) AccessKeys(user string) ([]*AccessKey, error) {
	u, err := d.User(user)
	if err != nil {
		return nil, err
	}
	var keys []*AccessKey
	d.read(func() { keys = d.keysOf(u.Name) })
	return keys, nil
}

// AccessKey returns the key with that id.
func (d *Directory) AccessKey(id string) (*AccessKey, error) {
	var k *AccessKey
	d.read(func() { k = d.keys.rows[id] })
	if k == nil {
		return nil, noSuchKey(id)
	}
	return k, nil
}

func noSuchKey(id string) *Error {
	return Errorf(NoSuchEntity, "The Access Key with id %s cannot be found", id)
}

func sealContext(id string) string { return "access key " + id }

// CreateAccessKey makes a key for a user. The secret is returned here and never
// again.
func (d *Directory) CreateAccessKey(ctx context.Context, user string) (key *AccessKey, secret string, err error) {
	secret = session.NewSecret()
	err = d.update(ctx, func(b *batch) error {
		u := d.users.rows[fold(user)]
		switch {
		case u == nil:
			return noSuchUser(user)
		case len(d.keysOf(u.Name)) >= maxAccessKeys:
			return Errorf(LimitExceeded, "Cannot exceed quota for AccessKeysPerUser: %d", maxAccessKeys)
		}
		key = d.newKey(u.Name, secret)
		return put(b, &d.keys, key.ID, key)
	})
	if err != nil {
		return nil, "", err
	}
	return key, secret, nil
}

func (d *Directory) newKey(user, secret string) *AccessKey {
	id := session.NewKeyID("AKIA")
	return &AccessKey{ID: id, User: user, Sealed: d.ring.Seal([]byte(secret), sealContext(id)), Active: true, Created: d.timestamp()}
}

// SetAccessKeyActive switches a key of a user on or off.
func (d *Directory) SetAccessKeyActive(ctx context.Context, user, id string, active bool) error {
	return d.update(ctx, func(b *batch) error {
		k, err := d.keyOf(user, id)
		if err != nil {
			return err
		}
		row := *k
		row.Active = active
		return put(b, &d.keys, id, &row)
	})
}

// DeleteAccessKey removes a key of a user.
func (d *Directory) DeleteAccessKey(ctx context.Context, user, id string) error {
	return d.update(ctx, func(b *batch) error {
		if _, err := d.keyOf(user, id); err != nil {
			return err
		}
		drop(b, &d.keys, id)
		return nil
	})
}

// keyOf returns a key of a user; the caller holds change.
func (d *Directory) keyOf(user, id string) (*AccessKey, error) {
	u := d.users.rows[fold(user)]
	if u == nil {
		return nil, noSuchUser(user)
	}
	k := d.keys.rows[id]
	if k == nil || k.User != u.Name {
		return nil, noSuchKey(id)
	}
	return k, nil
}

// Administrator is the name of the user that Bootstrap makes.
const Administrator = "administrator"

// ErrBootstrapped says that there is an administrator already.
var ErrBootstrapped = errors.New("there is an administrator already")

// Bootstrap makes the user that may do everything, and its first key. It refuses
// with [ErrBootstrapped] when that user has a key, unless anew is set: then the old
// keys go.
func (d *Directory) Bootstrap(ctx context.Context, anew bool) (key *AccessKey, secret string, err error) {
	secret = session.NewSecret()
	err = d.update(ctx, func(b *batch) error {
		old := d.keysOf(Administrator)
		if len(old) > 0 && !anew {
			return ErrBootstrapped
		}
		for _, k := range old {
			drop(b, &d.keys, k.ID)
		}
		u := &User{Name: Administrator, Path: "/", ID: newID(prefixUser), Created: d.timestamp()}
		if was := d.users.rows[Administrator]; was != nil {
			u = was.clone()
		}
		u.Inline = maps.Clone(u.Inline)
		if u.Inline == nil {
			u.Inline = map[string]string{}
		}
		u.Boundary = ""
		u.Inline["everything"] = everything
		if err := put(b, &d.users, Administrator, u); err != nil {
			return err
		}
		key = d.newKey(Administrator, secret)
		return put(b, &d.keys, key.ID, key)
	})
	if err != nil {
		return nil, "", err
	}
	return key, secret, nil
}

const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
