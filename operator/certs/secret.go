package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// The keys of the Secret. The first three are those of cert-manager and of a Secret of type
// kubernetes.io/tls; the others only a self-managed one has.
const (
	keyLeafCert = corev1.TLSCertKey
	keyLeafKey  = corev1.TLSPrivateKeyKey
	keyBundle   = "ca.crt"
	keyCAKey    = "ca.key"
	keyNextCert = "ca-next.crt"
	keyNextKey  = "ca-next.key"
)

// data returns the authority as the data of a Secret.
func (a Authority) data() (map[string][]byte, error) {
	data := map[string][]byte{keyBundle: nil, keyLeafCert: certPEM(a.Leaf.Cert)}
	for _, cert := range a.Bundle {
		data[keyBundle] = append(data[keyBundle], certPEM(cert)...)
	}
	keys := map[string]*Pair{keyLeafKey: a.Leaf, keyCAKey: a.Signing}
	if a.Next != nil {
		data[keyNextCert] = certPEM(a.Next.Cert)
		keys[keyNextKey] = a.Next
	}
	for name, pair := range keys {
		der, err := x509.MarshalPKCS8PrivateKey(pair.Key)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", name, err)
		}
		data[name] = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	return data, nil
}

func certPEM(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
}

// parse reads an authority from the data of a Secret. What cannot be read is left out, for
// [Authority.Advance] to make anew: a damaged Secret must not keep the webhooks down.
func parse(data map[string][]byte) Authority {
	a := Authority{Bundle: certificates(data[keyBundle])}
	if len(a.Bundle) > 0 {
		if key := privateKey(data[keyCAKey]); key != nil {
			a.Signing = &Pair{Cert: a.Bundle[0], Key: key}
		}
	}
	a.Next = pairOf(data[keyNextCert], data[keyNextKey])
	a.Leaf = pairOf(data[keyLeafCert], data[keyLeafKey])
	return a
}

// pairOf reads a certificate and its key; nil when either is missing.
func pairOf(cert, key []byte) *Pair {
	certs, private := certificates(cert), privateKey(key)
	if len(certs) == 0 || private == nil {
		return nil
	}
	return &Pair{Cert: certs[0], Key: private}
}

// certificates returns those certificates in PEM text that can be read.
func certificates(text []byte) []*x509.Certificate {
	var out []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return out
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil {
			out = append(out, cert)
		}
	}
}

// privateKey reads an ECDSA key from PEM text; nil when it is none.
func privateKey(text []byte) *ecdsa.PrivateKey {
	block, _ := pem.Decode(bytes.TrimSpace(text))
	if block == nil {
		return nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil
	}
	private, _ := key.(*ecdsa.PrivateKey)
	return private
}
