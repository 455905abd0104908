package certs

import (
	"crypto/x509"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var (
	start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	names = DNSNames("webhook", "ops")
)

// advance moves the authority on and checks what must hold at any time: the leaf is trusted
// by the bundle, and the authority survives the Secret.
func advance(t *testing.T, a Authority, now time.Time) (Authority, time.Time) {
	t.Helper()
	a, next, err := a.Advance(now, names)
	if err != nil {
		t.Fatalf("Advance() at %s: %v", now, err)
	}
	verify(t, a, a.Bundle, now)
	if !next.After(now) {
		t.Errorf("the next look %s is not after %s", next, now)
	}
	data, err := a.data()
	if err != nil {
		t.Fatal(err)
	}
	if read := parse(data); !read.equal(a) {
		t.Error("the authority read from the secret is another")
	}
	return a, next
}

func verify(t *testing.T, a Authority, bundle []*x509.Certificate, now time.Time) {
	t.Helper()
	roots := x509.NewCertPool()
	for _, cert := range bundle {
		roots.AddCert(cert)
	}
	for _, name := range names {
		if _, err := a.Leaf.Cert.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: now}); err != nil {
			t.Errorf("the leaf is not trusted at %s as %s: %v", now, name, err)
		}
	}
}

func TestAuthorityAtRest(t *testing.T) {
	a, next := advance(t, Authority{}, start)
	b, again := advance(t, a, start.Add(time.Hour))
	if !b.equal(a) || !again.Equal(next) {
		t.Error("an hour later the authority has changed")
	}
}

// TestRotation follows an authority for ten years, looking when it asks to be looked at: the
// bundle of the look before must always trust the leaf, too.
func TestRotation(t *testing.T) {
	a, next := advance(t, Authority{}, start)
	authorities, leaves := 1, 1
	for now := next; now.Before(start.AddDate(10, 0, 0)); now = next {
		before := a
		a, next = advance(t, a, now)
		verify(t, a, before.Bundle, now)
		if a.equal(before) {
			t.Fatalf("the look at %s changed nothing", now)
		}
		if !a.Signing.same(before.Signing) {
			authorities++
		}
		if !a.Leaf.same(before.Leaf) {
			leaves++
		}
		if len(a.Bundle) > 2 {
			t.Errorf("%d authorities are trusted at %s", len(a.Bundle), now)
		}
	}
	if authorities < 4 || leaves < 50 {
		t.Errorf("in ten years %d authorities signed %d leaves", authorities, leaves)
	}
}

func TestRepair(t *testing.T) {
	good, _ := advance(t, Authority{}, start)
	other, _ := advance(t, Authority{}, start)
	for _, tc := range []struct {
		name   string
		damage func(map[string][]byte)
		keepCA bool
	}{
		{"leaf missing", func(d map[string][]byte) { delete(d, keyLeafCert) }, true},
		{"leaf of another key", func(d map[string][]byte) { d[keyLeafKey] = d[keyCAKey] }, true},
		{"authority's key missing", func(d map[string][]byte) { delete(d, keyCAKey) }, false},
		{"bundle empty", func(d map[string][]byte) { d[keyBundle] = nil }, false},
		{"leaf of another authority", func(d map[string][]byte) {
			data, err := other.data()
			if err != nil {
				t.Fatal(err)
			}
			d[keyLeafCert], d[keyLeafKey] = data[keyLeafCert], data[keyLeafKey]
		}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			data, err := good.data()
			if err != nil {
				t.Fatal(err)
			}
			tc.damage(data)
			got, _ := advance(t, parse(data), start.Add(time.Hour))
			if got.Signing.same(good.Signing) != tc.keepCA {
				t.Errorf("the authority is kept: %v, want %v", !tc.keepCA, tc.keepCA)
			}
			if got.Leaf.same(good.Leaf) && tc.keepCA {
				t.Error("the damaged leaf is kept")
			}
		})
	}
}

func TestOtherNames(t *testing.T) {
	a, _ := advance(t, Authority{}, start)
	b, _, err := a.Advance(start, DNSNames("webhook", "elsewhere"))
	if err != nil {
		t.Fatal(err)
	}
	if b.Leaf.same(a.Leaf) || !b.Signing.same(a.Signing) {
		t.Error("other names want another leaf of the same authority")
	}
}

func TestChoose(t *testing.T) {
	with := func(labels, annotations map[string]string) *corev1.Secret {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: annotations}}
	}
	for _, tc := range []struct {
		name                  string
		secret                *corev1.Secret
		injected, certManager bool
		want                  Source
	}{
		{"nothing there", nil, false, false, Self},
		{"cert-manager not asked for", nil, false, true, Self},
		{"cert-manager asked for but not installed", nil, true, false, Self},
		{"cert-manager", nil, true, true, CertManager},
		{"a secret of cert-manager", with(nil, map[string]string{issuedAnnotation: "serving"}), false, false, CertManager},
		{"a secret of the user", with(nil, nil), false, true, Secret},
		{"a secret of the operator", with(map[string]string{selfLabel: "true"}, nil), false, true, Self},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := choose(tc.secret, tc.injected, tc.certManager); got != tc.want {
				t.Errorf("choose() = %s, want %s", got, tc.want)
			}
		})
	}
}

// FuzzParse reads any Secret: whatever it holds, an authority that serves comes of it.
func FuzzParse(f *testing.F) {
	a, _, err := Authority{}.Advance(start, names)
	if err != nil {
		f.Fatal(err)
	}
	data, err := a.data()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data[keyBundle], data[keyCAKey], data[keyLeafCert], data[keyLeafKey])
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), []byte(nil), []byte("x"), []byte("y"))
	f.Fuzz(func(t *testing.T, bundle, caKey, cert, key []byte) {
		a, _, err := parse(map[string][]byte{
			keyBundle: bundle, keyCAKey: caKey, keyLeafCert: cert, keyLeafKey: key,
			keyNextCert: cert, keyNextKey: key,
		}).Advance(start, names)
		if err != nil {
			t.Fatal(err)
		}
		verify(t, a, a.Bundle, start)
	})
}
