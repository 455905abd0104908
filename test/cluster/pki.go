package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// validity is how long a cluster's certificates hold. A cluster for tests is not kept.
const validity = 365 * 24 * time.Hour

// authority signs the certificates of one cluster.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

// identity is a certificate with its key, both PEM.
type identity struct {
	cert, key []byte
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the certificate authority: %w", err)
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "radiograph-test-cluster"},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := sign(template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make the certificate authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make the certificate authority: %w", err)
	}
	return &authority{cert: cert, key: key, pem: encodePEM("CERTIFICATE", der)}, nil
}

// issue signs a certificate. Kubernetes takes the user's name from the common name and
// the groups from the organizations. Names are DNS names or addresses.
func (a *authority) issue(user string, groups []string, names ...string) (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, fmt.Errorf("issue a certificate for %s: %w", user, err)
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if len(names) > 0 {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := sign(template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return identity{}, fmt.Errorf("issue a certificate for %s: %w", user, err)
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return identity{}, fmt.Errorf("issue a certificate for %s: %w", user, err)
	}
	return identity{cert: encodePEM("CERTIFICATE", der), key: keyPEM}, nil
}

func sign(template, parent *x509.Certificate, public *ecdsa.PublicKey, key *ecdsa.PrivateKey) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(validity)
	return x509.CreateCertificate(rand.Reader, template, parent, public, key)
}

// serviceAccountKey makes the key that signs service-account tokens. It is RSA, because
// RS256 is what web identity on AWS uses.
func serviceAccountKey() (private, public []byte, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, nil, fmt.Errorf("make the service-account key: %w", err)
	}
	private, err = encodeKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("make the service-account key: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, nil, fmt.Errorf("make the service-account key: %w", err)
	}
	return private, encodePEM("PUBLIC KEY", der), nil
}

func encodeKey(key any) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return encodePEM("PRIVATE KEY", der), nil
}

func encodePEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// kubeconfig renders a client configuration that carries its certificates, so that the
// file can be copied. JSON is YAML too.
func kubeconfig(server string, ca []byte, user identity) ([]byte, error) {
	type object = map[string]any
	return json.MarshalIndent(object{
		"apiVersion":      "v1",
		"kind":            "Config",
		"current-context": "radiograph",
		"clusters":        []any{object{"name": "radiograph", "cluster": object{"server": server, "certificate-authority-data": ca}}},
		"users":           []any{object{"name": "radiograph", "user": object{"client-certificate-data": user.cert, "client-key-data": user.key}}},
		"contexts":        []any{object{"name": "radiograph", "context": object{"cluster": "radiograph", "user": "radiograph"}}},
	}, "", "  ")
}

// writeCredentials makes all keys, certificates and client configurations of the cluster
// in its directory.
func (c *Cluster) writeCredentials() error {
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	private, public, err := serviceAccountKey()
	if err != nil {
		return err
	}
	files := map[string][]byte{"pki/ca.crt": ca.pem, "pki/sa.key": private, "pki/sa.pub": public}
	if files["pki/ca.key"], err = encodeKey(ca.key); err != nil {
		return err
	}
	pairs := []struct {
		file, user string
		groups     []string
		names      []string
	}{
		{"apiserver", "kube-apiserver", nil, []string{
			"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + clusterDomain,
			"localhost", "127.0.0.1", apiServiceIP, nodeIP,
		}},
		{"kubelet-client", "kube-apiserver-kubelet-client", []string{"system:masters"}, nil},
		// The API server speaks to the kubelet by the node's address.
		{"kubelet-server", "system:node:" + nodeName, []string{"system:nodes"}, []string{nodeName, nodeIP}},
	}
	for _, p := range pairs {
		id, err := ca.issue(p.user, p.groups, p.names...)
		if err != nil {
			return err
		}
		files["pki/"+p.file+".crt"], files["pki/"+p.file+".key"] = id.cert, id.key
	}
	users := []struct {
		file, user string
		groups     []string
	}{
		{"admin", "radiograph-admin", []string{"system:masters"}},
		{"controller-manager", "system:kube-controller-manager", nil},
		{"scheduler", "system:kube-scheduler", nil},
		{"kubelet", "system:node:" + nodeName, []string{"system:nodes"}},
		{"proxy", "system:kube-proxy", nil},
	}
	for _, u := range users {
		id, err := ca.issue(u.user, u.groups)
		if err != nil {
			return err
		}
		if u.file == "admin" { // also for the harness's own requests
			files["pki/admin.crt"], files["pki/admin.key"] = id.cert, id.key
		}
		if files[u.file+".kubeconfig"], err = kubeconfig("https://"+c.record.Address, ca.pem, id); err != nil {
			return err
		}
	}
	for name, content := range files {
		if err := c.write(name, content); err != nil {
			return err
		}
	}
	return nil
}

// write makes a file in the cluster's directory that only its owner can read.
func (c *Cluster) write(name string, content []byte) error {
	path := c.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (c *Cluster) path(name string) string { return filepath.Join(c.record.Dir, name) }
