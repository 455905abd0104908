package session

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// client returns the SDK's HTTP client. It stays one that the SDK can build upon:
// the SDK adds AWS_CA_BUNDLE, and short time-outs where it asks the instance's
// metadata service.
func (c *Config) client() (*awshttp.BuildableClient, error) {
	proxy, err := c.proxy()
	if err != nil {
		return nil, err
	}
	return awshttp.NewBuildableClient().
		WithTimeout(time.Duration(c.RequestTimeoutSeconds) * time.Second).
		WithTransportOptions(func(t *http.Transport) {
			t.Proxy = proxy
			t.MaxIdleConnsPerHost = max(c.NumWorkers, 1)
			t.MaxIdleConns = max(t.MaxIdleConns, t.MaxIdleConnsPerHost)
			t.TLSClientConfig.InsecureSkipVerify = c.NoVerifySSL // the user's explicit choice
		}), nil
}

// proxy returns which proxy a request takes. Link-local addresses, where instances
// and pods are given their credentials, are never behind one.
func (c *Config) proxy() (func(*http.Request) (*url.URL, error), error) {
	choose := http.ProxyFromEnvironment
	if c.ProxyAddress != "" {
		u, err := parseURL(c.ProxyAddress, "http")
		if err != nil {
			return nil, fmt.Errorf("proxy_address: %w", err)
		}
		choose = http.ProxyURL(u)
	}
	return func(r *http.Request) (*url.URL, error) {
		if isLinkLocal(r.URL.Hostname()) {
			return nil, nil
		}
		return choose(r)
	}, nil
}

// metadataPrefix holds the addresses of the metadata service and of the pod
// identity agent in IPv6 networks.
var metadataPrefix = netip.MustParsePrefix("fd00:ec2::/32")

func isLinkLocal(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && (a.IsLinkLocalUnicast() || metadataPrefix.Contains(a))
}

// HTTPClient returns a client for requests that a component writes itself, with the
// proxy, certificates and time-out of cfg, which is of [Config.Load]. It follows no
// redirects. Its connections are its own: call CloseIdleConnections when done.
func HTTPClient(cfg aws.Config) *http.Client {
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if b, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok {
		c.Transport, c.Timeout = b.GetTransport(), b.GetTimeout()
	}
	return c
}
