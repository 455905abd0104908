package iam_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam"
)

// TestUsesAreExactAndRarelyWritten uses a key a thousand times: what is told is the last of
// them, and the file is written once.
func TestUsesAreExactAndRarelyWritten(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	d := open(t, dir)
	key, _, err := d.Bootstrap(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	role, err := d.CreateRole(ctx, iam.Role{Name: "r", Path: "/", Trust: trust})
	if err != nil {
		t.Fatal(err)
	}
	file := func() []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, iam.File))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	id := &auth.Identity{AccessKeyID: key.ID, Region: "eu-west-1", Service: "sts"}
	d.Used(ctx, id)
	before := file()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 125 {
				d.Used(ctx, &auth.Identity{AccessKeyID: key.ID, Region: "eu-central-1", Service: "xray"})
			}
		})
	}
	wg.Wait()
	session := &auth.Identity{AccessKeyID: "ASIAX", Region: "eu-central-1", Service: "xray"}
	session.Principal.RoleARN, session.Principal.UserID = d.RoleARN(role), role.ID+":s"
	d.Used(ctx, session)
	d.Used(ctx, &auth.Identity{AccessKeyID: "AKIAGONE", Service: "xray"})
	if !bytes.Equal(before, file()) {
		t.Error("every use is written")
	}
	check := func() {
		t.Helper()
		k, err := d.AccessKey(key.ID)
		if err != nil {
			t.Fatal(err)
		}
		if u := d.LastUse(k.ID, k.LastUsed); u.UsedService != "xray" || u.UsedRegion != "eu-central-1" || time.Since(u.UsedAt) > time.Minute {
			t.Errorf("the key was used %+v", u)
		}
		r, err := d.Role("r")
		if err != nil {
			t.Fatal(err)
		}
		if u := d.LastUse(r.ID, r.LastUsed); u.UsedService != "xray" {
			t.Errorf("the role was used %+v", u)
		}
	}
	check()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open(t, dir)
	check()
}

// BenchmarkUsed is what every request pays.
func BenchmarkUsed(b *testing.B) {
	dir := b.TempDir()
	d, err := iam.Open(dir, iam.Options{Account: account, MasterKey: filepath.Join(dir, "master.key")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	key, _, err := d.Bootstrap(b.Context(), false)
	if err != nil {
		b.Fatal(err)
	}
	id := &auth.Identity{AccessKeyID: key.ID, Region: "eu-west-1", Service: "xray"}
	for b.Loop() {
		d.Used(b.Context(), id)
	}
}
