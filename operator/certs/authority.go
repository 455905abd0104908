package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// Lifetimes. A certificate is replaced when a third of its life is left.
const (
	caLife   = 3 * 365 * 24 * time.Hour
	leafLife = 90 * 24 * time.Hour
	// overlap is how long a new authority is trusted before it signs: time for all API
	// servers to have read the bundles.
	overlap = 24 * time.Hour
	// skew is how far a clock of another machine may be behind.
	skew = 5 * time.Minute
)

// Pair is a certificate with its key.
type Pair struct {
	Cert *x509.Certificate
	Key  *ecdsa.PrivateKey
}

// Authority is a self-managed certificate authority and what it signed. The zero value has
// nothing yet.
type Authority struct {
	// Signing signs the leaf.
	Signing *Pair
	// Next is trusted already and signs once it has been trusted for a day.
	Next *Pair
	// Leaf is what the server shows.
	Leaf *Pair
	// Bundle are the authorities to trust, Signing and Next among them.
	Bundle []*x509.Certificate
}

// Advance returns what the authority should be now, and when to look again. What needs no
// change is kept as it is; a part that is missing, expired or does not belong to the others is
// made anew. names are the DNS names that the leaf must have.
func (a Authority) Advance(now time.Time, names []string) (Authority, time.Time, error) {
	var err error
	if !a.Signing.usable(now) || !a.Signing.Cert.IsCA {
		a = Authority{Bundle: a.Bundle}
		if a.Signing, err = newAuthority(now); err != nil {
			return Authority{}, time.Time{}, err
		}
	}
	if a.Next == nil && a.Signing.due(now) {
		if a.Next, err = newAuthority(now); err != nil {
			return Authority{}, time.Time{}, err
		}
	}
	if a.Next != nil && (!a.Next.usable(now) || !a.Next.Cert.IsCA) {
		a.Next = nil
		return a.Advance(now, names)
	}
	if a.Next != nil && !now.Before(a.Next.Cert.NotBefore.Add(skew+overlap)) {
		a.Signing, a.Next = a.Next, nil
	}
	if !a.leafServes(now, names) {
		if a.Leaf, err = a.Signing.sign(now, names); err != nil {
			return Authority{}, time.Time{}, err
		}
	}
	a.Bundle = a.trusted(now)
	return a, a.next(), nil
}

// trusted returns the bundle with the authorities that sign or will sign first, without what
// has expired.
func (a Authority) trusted(now time.Time) []*x509.Certificate {
	bundle := []*x509.Certificate{a.Signing.Cert}
	if a.Next != nil {
		bundle = append(bundle, a.Next.Cert)
	}
	for _, cert := range a.Bundle {
		if now.Before(cert.NotAfter) && !slices.ContainsFunc(bundle, cert.Equal) {
			bundle = append(bundle, cert)
		}
	}
	return bundle
}

// leafServes reports whether the leaf is signed by Signing, has the names, and is not due.
func (a Authority) leafServes(now time.Time, names []string) bool {
	return a.Leaf.usable(now) && !a.Leaf.due(now) &&
		a.Leaf.Cert.CheckSignatureFrom(a.Signing.Cert) == nil &&
		slices.Equal(slices.Sorted(slices.Values(a.Leaf.Cert.DNSNames)), slices.Sorted(slices.Values(names)))
}

// next returns when Advance will change something.
func (a Authority) next() time.Time {
	at := a.Leaf.renewal()
	if a.Next != nil {
		return earlier(at, a.Next.Cert.NotBefore.Add(skew+overlap))
	}
	return earlier(at, a.Signing.renewal())
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// usable reports whether the pair belongs together and is valid now.
func (p *Pair) usable(now time.Time) bool {
	if p == nil || p.Cert == nil || p.Key == nil {
		return false
	}
	public, ok := p.Cert.PublicKey.(*ecdsa.PublicKey)
	return ok && public.Equal(p.Key.Public()) && !now.Before(p.Cert.NotBefore) && now.Before(p.Cert.NotAfter)
}

// renewal returns when a third of the life is left.
func (p *Pair) renewal() time.Time {
	return p.Cert.NotAfter.Add(-p.Cert.NotAfter.Sub(p.Cert.NotBefore) / 3)
}

// due reports whether the pair is to be replaced.
func (p *Pair) due(now time.Time) bool { return !now.Before(p.renewal()) }

// newAuthority makes an authority that has signed itself.
func newAuthority(now time.Time) (*Pair, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "radiograph-operator authority"},
		NotBefore:             now.Add(-skew),
		NotAfter:              now.Add(caLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	return create(template, nil)
}

// sign makes a leaf for the names. It does not outlive the authority.
func (p *Pair) sign(now time.Time, names []string) (*Pair, error) {
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "radiograph-operator"},
		DNSNames:    names,
		NotBefore:   now.Add(-skew),
		NotAfter:    earlier(now.Add(leafLife), p.Cert.NotAfter),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	return create(template, p)
}

// create makes a key and its certificate, signed by parent or, without one, by itself.
func create(template *x509.Certificate, parent *Pair) (*Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate a key: %w", err)
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126)); err != nil {
		return nil, fmt.Errorf("choose a serial number: %w", err)
	}
	issuer, signer := template, crypto.Signer(key)
	if parent != nil {
		issuer, signer = parent.Cert, parent.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("sign certificate %q: %w", template.Subject.CommonName, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the new certificate %q: %w", template.Subject.CommonName, err)
	}
	return &Pair{Cert: cert, Key: key}, nil
}

// equal reports whether two authorities hold the same certificates.
func (a Authority) equal(b Authority) bool {
	return a.Signing.same(b.Signing) && a.Next.same(b.Next) && a.Leaf.same(b.Leaf) &&
		slices.EqualFunc(a.Bundle, b.Bundle, (*x509.Certificate).Equal)
}

func (p *Pair) same(q *Pair) bool {
	if p == nil || q == nil {
		return p == q
	}
	return bytes.Equal(p.Cert.Raw, q.Cert.Raw)
}
