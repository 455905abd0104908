package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"time"

	"github.com/radiograph/radiograph/internal/wholebody"
	"github.com/radiograph/radiograph/problem"
)

// transport is the way to the service. With AWS_CA_BUNDLE its certificate is verified
// against the authorities in that file and no others, as the aws command does it.
func (e *endpoint) transport() (http.RoundTripper, error) {
	if e.caBundle == "" {
		return http.DefaultTransport, nil
	}
	text, err := os.ReadFile(e.caBundle)
	if err != nil {
		return nil, &problem.Error{Kind: problem.Invalid, Message: "AWS_CA_BUNDLE", Err: err}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, problem.New(problem.Invalid, "AWS_CA_BUNDLE: there is no certificate in %s", e.caBundle)
	}
	own := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one
	own.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return own, nil
}

// http returns the address of the service and a client for it.
func (e *endpoint) http() (string, *wholebody.Client, error) {
	base, err := e.base()
	if err != nil {
		return "", nil, err
	}
	transport, err := e.transport()
	return base, &wholebody.Client{Client: http.Client{Timeout: time.Minute, Transport: transport}}, err
}
