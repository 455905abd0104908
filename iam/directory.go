package iam

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/radiograph/radiograph/iam/secret"
	"github.com/radiograph/radiograph/problem"
)

// File is the name of the file that a directory is kept in.
const File = "iam.db"

// lockWait is how long Open waits for another process to let go.
const lockWait = 100 * time.Millisecond

// Options are what a directory needs besides its file.
type Options struct {
	Account   string // 12 digits
	MasterKey string // path of the file with the master keys; it is made when the directory is new

	Now    func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil discards
}

// Directory is the identities of one account. It is safe for concurrent use.
type Directory struct {
	account string
	ring    *secret.Ring
	db      *bbolt.DB
	now     func() time.Time
	log     *slog.Logger

	// change is held by whoever changes something, from the first look to the end of
	// the write: changes are rare.
	change sync.Mutex

	// mu guards what is in memory. Only the holder of change writes, so it reads
	// without mu.
	mu        sync.RWMutex
	users     table[User]
	keys      table[AccessKey]
	roles     table[Role]
	policies  table[Policy] // by ARN; the managed ones are in memory only
	providers table[Provider]

	uses uses
}

// Open opens or creates the directory in dir, which must exist. One process at a
// time can have it open. It must be closed.
func Open(dir string, opts Options) (_ *Directory, err error) {
	d := &Directory{
		account: opts.Account, now: opts.Now, log: opts.Logger,
		users: table[User]{bucket: "users"}, keys: table[AccessKey]{bucket: "access_keys"}, roles: table[Role]{bucket: "roles"},
		policies: table[Policy]{bucket: "policies"}, providers: table[Provider]{bucket: "oidc_providers"},
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.db, err = openFile(filepath.Join(dir, File), d.load); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.db.Close())
		}
	}()
	// A new master key would not open what an old one has sealed.
	if d.ring, err = secret.Open(opts.MasterKey, len(d.keys.rows) == 0); err != nil {
		return nil, err
	}
	if err := d.checkKeys(); err != nil {
		return nil, err
	}
	return d, d.seed()
}

func (d *Directory) load(tx *bbolt.Tx) error {
	var found digest
	err := errors.Join(d.users.load(tx, &found), d.keys.load(tx, &found), d.roles.load(tx, &found), d.policies.load(tx, &found), d.providers.load(tx, &found))
	if err != nil {
		return err
	}
	if kept, ok := readDigest(tx); ok && kept != found {
		return errors.New("the rows are not those that were written")
	}
	return found.write(tx)
}

// checkKeys finds out at start, rather than at the first request, that a master key
// is missing.
func (d *Directory) checkKeys() error {
	for id, k := range d.keys.rows {
		if _, err := d.ring.Open(k.Sealed, sealContext(id)); err != nil {
			return &problem.Error{
				Kind: problem.Unavailable, Message: "the secret of access key " + id + " cannot be read",
				Hint: "add the master key " + secret.SealedBy(k.Sealed) + " to the key file again", Err: err,
			}
		}
	}
	return nil
}

// Close writes when credentials were last used, and releases the file.
func (d *Directory) Close() error {
	return errors.Join(d.keepUses(context.Background()), d.db.Close())
}

// Ring is the master keys, for what else the service seals.
func (d *Directory) Ring() *secret.Ring { return d.ring }

// Account is the account number.
func (d *Directory) Account() string { return d.account }

// Backup writes a consistent copy of the directory's file to path, which must not
// exist. The master keys are not in it.
func (d *Directory) Backup(ctx context.Context, path string) error {
	return d.db.View(func(tx *bbolt.Tx) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = tx.WriteTo(f)
		if err == nil {
			err = f.Sync()
		}
		return errors.Join(err, f.Close())
	})
}

// update runs decide, which looks at the tables and collects changes, and makes the
// changes durable and visible, all or none.
func (d *Directory) update(ctx context.Context, decide func(b *batch) error) error {
	d.change.Lock()
	defer d.change.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	var b batch
	if err := decide(&b); err != nil {
		return err
	}
	if len(b.disk) == 0 {
		return nil
	}
	err := d.db.Update(func(tx *bbolt.Tx) error {
		sum, _ := readDigest(tx)
		for _, write := range b.disk {
			if err := write(tx, &sum); err != nil {
				return err
			}
		}
		return sum.write(tx)
	})
	if err != nil {
		return fmt.Errorf("write identities: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, apply := range b.memory {
		apply()
	}
	return nil
}

// read runs look with the tables as they are.
func (d *Directory) read(look func()) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	look()
}

// timestamp is now, in the resolution of the API.
func (d *Directory) timestamp() time.Time { return d.now().UTC().Truncate(time.Second) }
