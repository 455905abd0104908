package secret_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/iam/secret"
)

const (
	oldKey = "old AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	newKey = "new AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"
)

func ring(t testing.TB, text string) *secret.Ring {
	t.Helper()
	r, err := secret.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRotationKeepsOldValuesReadable(t *testing.T) {
	sealed := ring(t, oldKey).Seal([]byte("hush"), "key AKIA1")
	both := ring(t, "# rotated\n\n"+newKey+oldKey)
	if got, err := both.Open(sealed, "key AKIA1"); err != nil || string(got) != "hush" {
		t.Errorf("after rotation: %q, %v", got, err)
	}
	if id := secret.SealedBy(both.Seal(nil, "")); id != "new" || both.KeyID() != "new" {
		t.Errorf("the first key does not seal, but %q", id)
	}
	if _, err := ring(t, newKey).Open(sealed, "key AKIA1"); !errors.Is(err, secret.ErrUnknownKey) {
		t.Errorf("without the old key: %v", err)
	}
}

func TestWhatWasTamperedWithDoesNotOpen(t *testing.T) {
	r := ring(t, oldKey)
	sealed := r.Seal([]byte("hush"), "a")
	if _, err := r.Open(sealed, "b"); !errors.Is(err, secret.ErrOpen) {
		t.Errorf("in another context: %v", err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := r.Open(changed, "a"); err == nil {
			t.Errorf("byte %d changed and still opens", i)
		}
		if _, err := r.Open(sealed[:i], "a"); err == nil {
			t.Errorf("cut to %d bytes and still opens", i)
		}
	}
}

func TestDerivedKeysDifferByPurposeAndMaster(t *testing.T) {
	r := ring(t, oldKey+newKey)
	seen := map[string]bool{}
	for _, id := range []string{"old", "new"} {
		for _, purpose := range []string{"a", "b"} {
			k, err := r.Derive(id, purpose, 30)
			if err != nil || len(k) != 30 || seen[string(k)] {
				t.Errorf("%s/%s: %x, %v", id, purpose, k, err)
			}
			seen[string(k)] = true
		}
	}
	if _, err := r.Derive("other", "a", 1); !errors.Is(err, secret.ErrUnknownKey) {
		t.Errorf("unknown master key: %v", err)
	}
}

func TestKeyFilesThatAreWrong(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "only a comment": "# x\n", "no name": " AAAA\n", "short": "k AAAA\n", "no base64": "k !!\n",
		"twice": oldKey + oldKey, "long name": strings.Repeat("x", 33) + strings.TrimPrefix(oldKey, "old"),
	} {
		if _, err := secret.Parse([]byte(text)); err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), "AAAA") {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}

func TestKeyFileIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	if _, err := secret.Open(path, false); err == nil {
		t.Error("a missing file is fine although none shall be made")
	}
	first, err := secret.Open(path, true)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	second, err := secret.Open(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := second.Open(first.Seal([]byte("x"), ""), ""); err != nil || string(got) != "x" {
		t.Errorf("opened again it is another key: %v", err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

func FuzzOpen(f *testing.F) {
	r := ring(f, oldKey)
	f.Add(r.Seal([]byte("hush"), "x"))
	f.Add([]byte{3, 'o', 'l', 'd'})
	f.Fuzz(func(t *testing.T, b []byte) {
		if plain, err := r.Open(b, "other"); err == nil {
			t.Errorf("%x opens to %x", b, plain)
		}
	})
}
