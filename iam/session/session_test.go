package session_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/iam/secret"
	"github.com/radiograph/radiograph/iam/session"
)

const keys = "one AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

func ring(t testing.TB, text string) *secret.Ring {
	t.Helper()
	r, err := secret.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnotherReplicaVerifiesTheToken(t *testing.T) {
	want := session.Session{
		Account: "111122223333", RoleName: "writer", RoleID: "AROA1", Name: "pod",
		Issued: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Expires: time.Date(2026, 1, 2, 4, 4, 5, 0, time.UTC),
		Policy: `{"Version":"2012-10-17"}`, PolicyARNs: []string{"arn"}, Tags: map[string]string{"a": "b"}, TransitiveTags: []string{"a"},
	}
	c, err := session.Issue(ring(t, keys), want)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(c.AccessKeyID, "ASIA") || len(c.AccessKeyID) != 20 || len(c.SecretAccessKey) != 40 {
		t.Errorf("credentials have an odd form: %s", c.AccessKeyID)
	}
	got, key, err := session.Open(ring(t, keys), c.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	want.AccessKeyID = c.AccessKeyID
	if diff := cmp.Diff(want, got); diff != "" || key != c.SecretAccessKey {
		t.Errorf("session differs, or the secret does:\n%s", diff)
	}
}

func TestForeignTokensAreRefused(t *testing.T) {
	c, err := session.Issue(ring(t, keys), session.Session{Account: "1", Expires: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	other := ring(t, "one AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n")
	if _, _, err := session.Open(other, c.SessionToken); !errors.Is(err, session.ErrInvalid) {
		t.Errorf("with another master key of the same name: %v", err)
	}
	for name, token := range map[string]string{
		"empty": "", "no base64": "%%", "cut": c.SessionToken[:len(c.SessionToken)-4], "huge": strings.Repeat("A", 1<<20), "more": c.SessionToken + "AAAA",
	} {
		if _, _, err := session.Open(ring(t, keys), token); !errors.Is(err, session.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSealedSecretIsNoToken(t *testing.T) {
	r := ring(t, keys)
	// What the same ring sealed for something else must not pass for a session.
	sealed := r.Seal([]byte(`{"k":"ASIA","a":"1"}`), "access key AKIA")
	if _, _, err := session.Open(r, string(sealed)); !errors.Is(err, session.ErrInvalid) {
		t.Error(err)
	}
}

func FuzzOpen(f *testing.F) {
	r := ring(f, keys)
	f.Add("A29uZQ")
	f.Fuzz(func(t *testing.T, token string) {
		if s, _, err := session.Open(r, token); err == nil {
			t.Errorf("%q is the session %+v", token, s)
		}
	})
}
