package iam_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/problem"
)

// filled makes a directory with rows of every kind, and returns the text of its file.
func filled(t *testing.T, dir string) []byte {
	t.Helper()
	d, ctx := open(t, dir), t.Context()
	if _, _, err := d.Bootstrap(ctx, false); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		name := fmt.Sprintf("n%d", i)
		if _, err := d.CreateUser(ctx, iam.User{Name: name, Path: "/"}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.CreateRole(ctx, iam.Role{Name: name, Path: "/", Trust: trust}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, iam.File))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// contents is all that a directory has, as text.
func contents(d *iam.Directory) string {
	var b strings.Builder
	for _, u := range d.Users() {
		fmt.Fprintln(&b, u.Name, u.Path, u.ID, u.Created, u.Inline, u.Attached)
		keys, _ := d.AccessKeys(u.Name)
		for _, k := range keys {
			fmt.Fprintln(&b, k.ID, k.User, hex.EncodeToString(k.Sealed), k.Active, k.Created)
		}
	}
	for _, r := range d.Roles() {
		fmt.Fprintln(&b, r.Name, r.Path, r.ID, r.Created, r.Trust, r.MaxSession)
	}
	return b.String()
}

// TestDamagedFiles changes bytes of a file, one at a time, and cuts it. It is refused, or
// it has what it had: never less, and never nothing.
func TestDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	text := filled(t, dir)
	master := filepath.Join(dir, "master.key")
	d := open(t, dir)
	want := contents(d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	refused := 0
	try := func(what string, damaged []byte, mustFail bool) {
		t.Helper()
		other := t.TempDir()
		if err := os.WriteFile(filepath.Join(other, iam.File), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := iam.Open(other, iam.Options{Account: account, MasterKey: master})
		if err != nil {
			refused++
			if problem.KindOf(err) != problem.Unavailable || !strings.Contains(err.Error(), "are damaged") {
				t.Errorf("%s: %v", what, err)
			}
			return
		}
		if got := contents(d); got != want || mustFail {
			t.Errorf("%s is taken, with %d of %d bytes of rows", what, len(got), len(want))
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	const step = 2221 // prime: it hits every part of a page
	for i := 0; i < len(text); i += step {
		damaged := append([]byte(nil), text...)
		damaged[i] ^= 0x04
		try(fmt.Sprintf("byte %d", i), damaged, false)
	}
	for _, size := range []int{0, 1, 100, 4096, 8192, 8193, 12288, 16384} {
		try(fmt.Sprintf("cut at %d", size), text[:size], true)
	}
	for size := len(text); size > 0; size -= 4096 + 1 {
		try(fmt.Sprintf("cut at %d", size), text[:size], false)
	}
	try("no file of ours", []byte(strings.Repeat("x", 1<<16)), true)
	if refused < 15 {
		t.Errorf("%d damages were found", refused)
	}
	t.Logf("%d damages were found; the others hit what is not used", refused)
}

// TestFilesFromBeforeTheDigest are taken as they are.
func TestFilesFromBeforeTheDigest(t *testing.T) {
	dir := t.TempDir()
	filled(t, dir)
	db, err := bbolt.Open(filepath.Join(dir, iam.File), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("digest")) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if users := open(t, dir).Users(); len(users) != 41 {
		t.Errorf("%d users", len(users))
	}
}

// TestConcurrentWriters change different rows and the same one.
func TestConcurrentWriters(t *testing.T) {
	dir := t.TempDir()
	d, ctx := open(t, dir), t.Context()
	const writers, each = 8, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				name := fmt.Sprintf("w%d-%d", w, i)
				if _, err := d.CreateRole(ctx, iam.Role{Name: name, Path: "/", Trust: trust}); err != nil {
					t.Error(err)
				}
				// One role is everybody's.
				_, _ = d.CreateRole(ctx, iam.Role{Name: "shared", Path: "/", Trust: trust})
				if err := d.ChangeRole(ctx, "shared", func(r *iam.Role) error {
					r.Description += "x"
					return nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open(t, dir)
	shared, err := d.Role("shared")
	if roles := d.Roles(); err != nil || len(roles) != writers*each+1 || len(shared.Description) != writers*each {
		t.Errorf("%d roles, %d changes of one: %v", len(roles), len(shared.Description), err)
	}
}
