package iam

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/radiograph/radiograph/internal/atomicfile"
	"github.com/radiograph/radiograph/problem"
)

// openFile opens the file at path, which is made when there is none, and loads it. A file
// that is cut or damaged is an error: what is lost must not look as if it had never been.
func openFile(path string, load func(*bbolt.Tx) error) (db *bbolt.DB, err error) {
	// A damaged page makes bbolt panic, and one behind the end of a file that was cut is a
	// fault of the memory that it is mapped to.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			db, err = nil, damaged(path, fmt.Errorf("%v", p))
		}
	}()
	if err := makeFile(path); err != nil {
		return nil, &problem.Error{Kind: problem.Unavailable, Message: "the identities in " + filepath.Dir(path) + " cannot be made", Err: err}
	}
	// bbolt would begin anew in a file without a byte.
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		return nil, damaged(path, errors.New("the file is empty"))
	}
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, &problem.Error{
			Kind: problem.Unavailable, Message: "the identities in " + filepath.Dir(path) + " cannot be opened",
			Hint: "another process may be using them", Err: fmt.Errorf("open %s: %w", path, err),
		}
	case errors.Is(err, fs.ErrPermission):
		return nil, &problem.Error{Kind: problem.Unavailable, Message: "the identities in " + filepath.Dir(path) + " cannot be opened", Err: err}
	case err != nil:
		return nil, damaged(path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		if info, err := os.Stat(path); err != nil || info.Size() < tx.Size() {
			return errors.Join(err, fmt.Errorf("the file has less than its %d bytes", tx.Size()))
		}
		return load(tx)
	})
	if err != nil {
		return nil, errors.Join(damaged(path, err), db.Close())
	}
	return db, nil
}

func damaged(path string, err error) error {
	return &problem.Error{
		Kind: problem.Unavailable, Message: "the identities in " + path + " are damaged",
		Hint: "put the file of a backup in its place", Err: err,
	}
}

// makeFile makes an empty file unless there is one. It appears whole or not at all: a file
// that is cut was complete once.
func makeFile(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".iam-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // the link has taken its place
	if err := f.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(f.Name(), 0o600, nil)
	if err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	if err := db.Close(); err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	// Another process may have been faster.
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make %s: %w", path, err)
	}
	return atomicfile.SyncDir(filepath.Dir(path))
}

// digest is over all rows, whatever their order: the hashes of all of them combined by
// exclusive or. It finds what the file system does not: pages that have changed, or that
// are those of another time.
type digest [sha256.Size]byte

// toggle adds a row, or takes it away.
func (d *digest) toggle(bucket string, key, value []byte) {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(bucket), key, value} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write(part)
	}
	subtle.XORBytes(d[:], d[:], h.Sum(nil))
}

// Where the digest is kept.
var (
	digestBucket = []byte("digest")
	digestKey    = []byte("rows")
)

// readDigest returns the digest that is kept, ok false in files from before there was one.
func readDigest(tx *bbolt.Tx) (d digest, ok bool) {
	b := tx.Bucket(digestBucket)
	if b == nil {
		return d, false
	}
	return d, copy(d[:], b.Get(digestKey)) == len(d)
}

func (d *digest) write(tx *bbolt.Tx) error {
	b, err := tx.CreateBucketIfNotExists(digestBucket)
	if err != nil {
		return fmt.Errorf("write digest: %w", err)
	}
	return b.Put(digestKey, d[:])
}
