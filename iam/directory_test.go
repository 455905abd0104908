package iam_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/problem"
)

const account = "111122223333"

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`

func open(t *testing.T, dir string) *iam.Directory {
	t.Helper()
	d, err := iam.Open(dir, iam.Options{Account: account, MasterKey: filepath.Join(dir, "master.key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestEverythingIsThereAfterReopening(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	d := open(t, dir)
	key, secret, err := d.Bootstrap(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateRole(ctx, iam.Role{Name: "Writer", Path: "/", Trust: trust, MaxSession: 2 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	if err := d.Attach(ctx, iam.RoleKind, "writer", "arn:aws:iam::aws:policy/AWSXrayFullAccess"); err != nil {
		t.Fatal(err)
	}
	p, err := d.CreatePolicy(ctx, iam.Policy{Name: "p", Path: "/x/"}, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"xray:*","Resource":"*"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateProvider(ctx, iam.Provider{URL: "a.test/x", ClientIDs: []string{"c"}}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, iam.File))
	if err != nil || strings.Contains(string(text), secret) {
		t.Errorf("the secret is on disk as it is (%v)", err)
	}

	d = open(t, dir)
	c, err := d.Lookup(ctx, key.ID, "")
	if err != nil || c.Secret != secret || c.Principal.Name != iam.Administrator || len(c.Principal.Policies.Identity) != 1 {
		t.Errorf("%+v, %v", c.Principal, err)
	}
	r, err := d.Role("WRITER")
	if err != nil || r.Name != "Writer" || r.MaxSession != 2*time.Hour || len(r.Attached) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := d.Policy(p.ARN); err != nil {
		t.Error(err)
	}
	if _, ok := d.ProviderFor("https://a.test/x"); !ok {
		t.Error("the provider is gone")
	}
	if _, _, err := d.Bootstrap(ctx, false); !errors.Is(err, iam.ErrBootstrapped) {
		t.Errorf("a second bootstrap: %v", err)
	}
}

func TestLostMasterKey(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	if _, _, err := d.Bootstrap(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	master := filepath.Join(dir, "master.key")
	saved, err := os.ReadFile(master)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(master); err != nil {
		t.Fatal(err)
	}
	if _, err := iam.Open(dir, iam.Options{Account: account, MasterKey: master}); problem.KindOf(err) != problem.Unavailable {
		t.Errorf("no master key: %v", err)
	}
	other := "other AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"
	for text, fine := range map[string]bool{other: false, other + string(saved): true} {
		if err := os.WriteFile(master, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := iam.Open(dir, iam.Options{Account: account, MasterKey: master})
		if (err == nil) != fine {
			t.Errorf("fine %v: %v", fine, err)
		}
		if d != nil {
			_ = d.Close()
		}
	}
}

func TestOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if _, err := iam.Open(dir, iam.Options{Account: account, MasterKey: filepath.Join(dir, "master.key")}); problem.KindOf(err) != problem.Unavailable {
		t.Errorf("opened twice: %v", err)
	}
}

func TestBackupCanBeOpened(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	if _, _, err := d.Bootstrap(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	restored := t.TempDir()
	if err := d.Backup(t.Context(), filepath.Join(restored, iam.File)); err != nil {
		t.Fatal(err)
	}
	copied, err := iam.Open(restored, iam.Options{Account: account, MasterKey: filepath.Join(dir, "master.key")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := copied.User(iam.Administrator); err != nil {
		t.Error(err)
	}
	if err := copied.Close(); err != nil {
		t.Error(err)
	}
}

// TestBoundaryAndGoneBoundary is about what limits a user from above.
func TestBoundaryAndGoneBoundary(t *testing.T) {
	d, ctx := open(t, t.TempDir()), t.Context()
	const full, read = "arn:aws:iam::aws:policy/AWSXrayFullAccess", "arn:aws:iam::aws:policy/AWSXrayReadOnlyAccess"
	if _, err := d.CreateUser(ctx, iam.User{Name: "u", Path: "/"}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Attach(ctx, iam.UserKind, "u", full), d.SetBoundary(ctx, iam.UserKind, "u", read)); err != nil {
		t.Fatal(err)
	}
	key, _, err := d.CreateAccessKey(ctx, "u")
	if err != nil {
		t.Fatal(err)
	}
	may := func(action string) bool {
		c, err := d.Lookup(ctx, key.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		return auth.ByPolicy{Account: account}.Authorize(ctx, &c.Principal, action, "*", nil) == nil
	}
	if !may("xray:GetGroups") || may("xray:CreateGroup") {
		t.Error("the boundary does not hold")
	}
	if err := d.SetBoundary(ctx, iam.UserKind, "u", ""); err != nil || !may("xray:CreateGroup") {
		t.Errorf("without a boundary: %v", err)
	}
	if err := d.SetAccessKeyActive(ctx, "u", key.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Lookup(ctx, key.ID, ""); !errors.Is(err, auth.ErrUnknownKey) {
		t.Errorf("an inactive key: %v", err)
	}
}

func FuzzParseIssuer(f *testing.F) {
	f.Add("https://oidc.example.com/id/ABC")
	f.Add("https://a@b/../?#")
	f.Fuzz(func(t *testing.T, raw string) {
		issuer, err := iam.ParseIssuer(raw)
		if err == nil && ("https://"+issuer != raw || strings.ContainsAny(issuer, " *?#\"<>\\\x00")) {
			t.Errorf("%q is %q", raw, issuer)
		}
	})
}
