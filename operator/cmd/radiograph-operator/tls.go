package main

import (
	"crypto/tls"
	"fmt"
)

// tls returns what the flags about TLS say, to be applied to each of the operator's servers.
func (o *options) tls() (func(*tls.Config), error) {
	var minimum uint16
	switch o.tlsMinVersion {
	case "VersionTLS12":
		minimum = tls.VersionTLS12
	case "VersionTLS13":
		minimum = tls.VersionTLS13
	default:
		return nil, fmt.Errorf("tls-min-version: %q is neither VersionTLS12 nor VersionTLS13", o.tlsMinVersion)
	}
	known := make(map[string]uint16)
	for _, suite := range tls.CipherSuites() {
		known[suite.Name] = suite.ID
	}
	var suites []uint16
	for _, name := range o.tlsCipherSuites {
		id, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("tls-cipher-suites: %q is no cipher suite that is safe to use", name)
		}
		suites = append(suites, id)
	}
	return func(c *tls.Config) {
		c.MinVersion = minimum
		c.CipherSuites = suites
		// HTTP/2 is off, as in other operators: rapid resets of streams cost a server more
		// than its peers (CVE-2023-44487), and nothing here gains by it.
		c.NextProtos = []string{"http/1.1"}
	}, nil
}
