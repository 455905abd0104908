package iamapi

import (
	"slices"
	"strings"

	"github.com/radiograph/radiograph/iam"
)

func createUser(c *call) (any, error) {
	u := iam.User{Name: c.userName(), Path: c.path()}
	u.Boundary = c.text("PermissionsBoundary", 20, 2048, nil)
	tags, err := c.tags()
	if err == nil {
		err = c.err()
	}
	if err != nil {
		return nil, err
	}
	u.Tags = tags
	created, err := c.dir.CreateUser(c.ctx, u)
	if err != nil {
		return nil, err
	}
	return &struct{ User userXML }{c.showWholeUser(created)}, nil
}

// self reads the user that a request is about, by default the caller.
func (c *call) self() (string, error) {
	if c.pointer("UserName") == nil {
		if name := c.id.Principal.Name; name != "" {
			return name, nil
		}
		return "", iam.Errorf(iam.ValidationError, "Must specify userName when calling with non-User credentials")
	}
	name := c.userName()
	return name, c.err()
}

func getUser(c *call) (any, error) {
	name, err := c.self()
	if err != nil {
		return nil, err
	}
	u, err := c.dir.User(name)
	if err != nil {
		return nil, err
	}
	return &struct{ User userXML }{c.showWholeUser(u)}, nil
}

func listUsers(c *call) (any, error) {
	prefix := c.pathPrefix()
	users := slices.DeleteFunc(c.dir.Users(), func(u *iam.User) bool { return !strings.HasPrefix(u.Path, prefix) })
	users, more, err := page(c.params, users, func(u *iam.User) string { return strings.ToLower(u.Name) })
	if err != nil {
		return nil, err
	}
	out := &struct {
		Users members[userXML]
		paging
	}{paging: more}
	for _, u := range users {
		out.Users.Member = append(out.Users.Member, c.showUser(u))
	}
	return out, nil
}

func deleteUser(c *call) (any, error) {
	name := c.userName()
	if err := c.err(); err != nil {
		return nil, err
	}
	return nothing{}, c.dir.DeleteUser(c.ctx, name)
}

func tagUser(c *call) (any, error) {
	name := c.userName()
	return c.retag(c.addTags, func(change retagging) error {
		return c.dir.ChangeUser(c.ctx, name, func(u *iam.User) error { return change(&u.Tags) })
	})
}

func untagUser(c *call) (any, error) {
	name := c.userName()
	return c.retag(c.dropTags, func(change retagging) error {
		return c.dir.ChangeUser(c.ctx, name, func(u *iam.User) error { return change(&u.Tags) })
	})
}

func listUserTags(c *call) (any, error) {
	name := c.userName()
	return c.listTags(func() (iam.Tags, error) {
		u, err := c.dir.User(name)
		if err != nil {
			return nil, err
		}
		return u.Tags, nil
	})
}

// listGroupsForUser is asked before a user is deleted. There are no groups of users.
func listGroupsForUser(c *call) (any, error) {
	name := c.userName()
	if err := c.err(); err != nil {
		return nil, err
	}
	if _, err := c.dir.User(name); err != nil {
		return nil, err
	}
	return &struct {
		Groups members[string]
		paging
	}{}, nil
}

func createAccessKey(c *call) (any, error) {
	name, err := c.self()
	if err != nil {
		return nil, err
	}
	key, secret, err := c.dir.CreateAccessKey(c.ctx, name)
	if err != nil {
		return nil, err
	}
	out := showKey(key)
	out.SecretAccessKey = secret
	return &struct{ AccessKey keyXML }{out}, nil
}

func listAccessKeys(c *call) (any, error) {
	name, err := c.self()
	if err != nil {
		return nil, err
	}
	keys, err := c.dir.AccessKeys(name)
	if err != nil {
		return nil, err
	}
	keys, more, err := page(c.params, keys, func(k *iam.AccessKey) string { return k.ID })
	if err != nil {
		return nil, err
	}
	out := &struct {
		AccessKeyMetadata members[keyXML]
		paging
	}{paging: more}
	for _, k := range keys {
		out.AccessKeyMetadata.Member = append(out.AccessKeyMetadata.Member, showKey(k))
	}
	return out, nil
}

func (c *call) keyID() string { return c.required("AccessKeyId", 16, 128, keyIDPattern) }

func updateAccessKey(c *call) (any, error) {
	name, err := c.self()
	if err != nil {
		return nil, err
	}
	id, status := c.keyID(), c.required("Status", 1, 16, nil)
	c.violations.OneOf("status", &status, "Active", "Inactive")
	if err := c.err(); err != nil {
		return nil, err
	}
	return nothing{}, c.dir.SetAccessKeyActive(c.ctx, name, id, status == "Active")
}

func deleteAccessKey(c *call) (any, error) {
	name, err := c.self()
	if err != nil {
		return nil, err
	}
	id := c.keyID()
	if err := c.err(); err != nil {
		return nil, err
	}
	return nothing{}, c.dir.DeleteAccessKey(c.ctx, name, id)
}

func getAccessKeyLastUsed(c *call) (any, error) {
	id := c.keyID()
	if err := c.err(); err != nil {
		return nil, err
	}
	k, err := c.dir.AccessKey(id)
	if err != nil {
		return nil, err
	}
	type usedXML struct {
		LastUsedDate string `xml:",omitempty"`
		ServiceName  string
		Region       string
	}
	out := &struct {
		UserName          string
		AccessKeyLastUsed usedXML
	}{k.User, usedXML{"", "N/A", "N/A"}}
	if used := c.dir.LastUse(k.ID, k.LastUsed); !used.UsedAt.IsZero() {
		out.AccessKeyLastUsed = usedXML{stamp(used.UsedAt), used.UsedService, used.UsedRegion}
	}
	return out, nil
}
