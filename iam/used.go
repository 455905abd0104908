package iam

import (
	"context"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/radiograph/radiograph/auth"
)

// keepUsesEach is how often at most the uses of all credentials are written: every use
// would be a write. A process that is killed loses that much of them.
const keepUsesEach = 10 * time.Minute

// uses are the last uses of access keys and roles since the start, by their ids.
type uses struct {
	mu   sync.Mutex
	last map[string]LastUsed
	next time.Time // when they are to be written
}

// note notes a use, and reports whether it is time to write.
func (u *uses) note(id string, used LastUsed) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[string]LastUsed{}
	}
	u.last[id] = used
	if used.UsedAt.Before(u.next) {
		return false
	}
	u.next = used.UsedAt.Add(keepUsesEach)
	return true
}

func (u *uses) all() map[string]LastUsed {
	u.mu.Lock()
	defer u.mu.Unlock()
	return maps.Clone(u.last)
}

// forget drops what has gone.
func (u *uses) forget(gone map[string]LastUsed) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id := range gone {
		delete(u.last, id)
	}
}

// Used notes that a request of id was verified: of a session of a role the use of the role,
// else of the access key. It is called for every request and costs a lookup in memory; one
// of them in ten minutes also writes what was noted. When that fails only the notes are
// lost.
func (d *Directory) Used(ctx context.Context, id *auth.Identity) {
	subject := id.AccessKeyID
	switch {
	case id.Principal.RoleARN != "":
		subject, _, _ = strings.Cut(id.Principal.UserID, ":")
	case !id.Principal.IssuedAt.IsZero():
		return // a session of a user has no use of its own
	}
	if d.uses.note(subject, LastUsed{UsedAt: d.timestamp(), UsedRegion: id.Region, UsedService: id.Service}) {
		if err := d.keepUses(context.WithoutCancel(ctx)); err != nil {
			d.log.WarnContext(ctx, "last uses not written", "err", err)
		}
	}
}

// keepUses writes the uses that are not those that are kept.
func (d *Directory) keepUses(ctx context.Context) error {
	gone := d.uses.all()
	err := d.update(ctx, func(b *batch) error {
		for name, r := range d.roles.rows {
			if u, ok := gone[r.ID]; ok && u != r.LastUsed {
				row := r.clone()
				row.LastUsed = u
				if err := put(b, &d.roles, name, row); err != nil {
					return err
				}
			}
			delete(gone, r.ID)
		}
		for id, k := range d.keys.rows {
			if u, ok := gone[id]; ok && u != k.LastUsed {
				row := *k
				row.LastUsed = u
				if err := put(b, &d.keys, id, &row); err != nil {
					return err
				}
			}
			delete(gone, id)
		}
		return nil
	})
	if err == nil {
		d.uses.forget(gone)
	}
	return err
}

// LastUse returns when and where the key or role with an id was last used. kept is what
// its row says.
func (d *Directory) LastUse(id string, kept LastUsed) LastUsed {
	d.uses.mu.Lock()
	defer d.uses.mu.Unlock()
	if u, ok := d.uses.last[id]; ok {
		return u
	}
	return kept
}
