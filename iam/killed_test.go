package iam_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/radiograph/radiograph/iam"
)

// write makes users with keys and policies, and roles, without a pause, and says what
// is made.
func write(t *testing.T, dir, prefix string) {
	t.Helper()
	d, ctx := open(t, dir), t.Context()
	const document = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"xray:*","Resource":"*"}}`
	for i := 0; ; i++ {
		name := fmt.Sprintf("%s-%d", prefix, i)
		if _, err := d.CreateUser(ctx, iam.User{Name: name, Path: "/"}); err != nil {
			t.Fatal(err)
		}
		key, secret, err := d.CreateAccessKey(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("key", key.ID, secret)
		p, err := d.CreatePolicy(ctx, iam.Policy{Name: name, Path: "/"}, document)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Attach(ctx, iam.UserKind, name, p.ARN); err != nil {
			t.Fatal(err)
		}
		fmt.Println("attached", name, p.ARN)
		if _, err := d.CreateRole(ctx, iam.Role{Name: name, Path: "/", Trust: trust}); err != nil {
			t.Fatal(err)
		}
		fmt.Println("role", name, "-")
		if err := d.SetAccessKeyActive(ctx, name, key.ID, i%2 == 0); err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 {
			fmt.Println("inactive", key.ID, "-")
		}
	}
}

// acknowledged checks one line of what a writer said.
func acknowledged(t *testing.T, d *iam.Directory, kind, first, second string) {
	t.Helper()
	switch kind {
	case "key":
		k, err := d.AccessKey(first)
		if err != nil {
			t.Errorf("acknowledged, but lost: %v", err)
			return
		}
		if c, err := d.Lookup(t.Context(), first, ""); k.Active && (err != nil || c.Secret != second) {
			t.Errorf("the secret of %s is another: %v", first, err)
		}
	case "attached":
		if g, err := d.Grants(iam.UserKind, first); err != nil || len(g.Attached) != 1 || g.Attached[0] != second {
			t.Errorf("acknowledged, but lost: %s is attached to %s: %v", second, first, err)
		}
	case "role":
		if _, err := d.Role(first); err != nil {
			t.Errorf("acknowledged, but lost: %v", err)
		}
	case "inactive":
		if k, err := d.AccessKey(first); err != nil || k.Active {
			t.Errorf("acknowledged, but lost: %s is inactive: %v", first, err)
		}
	}
}

// TestKilledWriter kills a process again and again while it makes identities. What it has
// said is made must be there, and the file must be sound.
func TestKilledWriter(t *testing.T) {
	if dir := os.Getenv("IAM_TEST_WRITER"); dir != "" {
		write(t, dir, os.Getenv("IAM_TEST_PREFIX"))
	}
	const rounds = 6
	dir := t.TempDir()
	var said [][3]string
	for round := range rounds {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledWriter$")
		cmd.Env = append(os.Environ(), "IAM_TEST_WRITER="+dir, fmt.Sprintf("IAM_TEST_PREFIX=r%d", round))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Each round is killed at another point of the sequence.
		for target := len(said) + 20 + round; len(said) < target; {
			var line [3]string
			if _, err := fmt.Fscanln(out, &line[0], &line[1], &line[2]); err != nil {
				t.Fatal(err)
			}
			said = append(said, line)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		d := open(t, dir)
		for _, line := range said {
			acknowledged(t, d, line[0], line[1], line[2])
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
