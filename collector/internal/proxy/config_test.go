package proxy_test

import (
	"strings"
	"testing"

	"github.com/radiograph/radiograph/collector/internal/proxy"
)

func TestValidate(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*proxy.Config)
		want   []string
	}{
		{name: "default", change: func(*proxy.Config) {}},
		{name: "good", change: func(c *proxy.Config) {
			c.Endpoint, c.AWSEndpoint, c.ProxyAddress, c.RoleARN = "[::1]:2000", "http://radiograph:2080", "http://proxy:3128", "arn:aws:iam::123456789012:role/a"
		}},
		{name: "everything wrong", change: func(c *proxy.Config) {
			c.Endpoint, c.AWSEndpoint, c.ProxyAddress, c.RoleARN = "localhost", "ftp://x", "http://", "me"
		}, want: []string{`endpoint: "localhost"`, "aws_endpoint: must be an http", "proxy_address: has no host", `role_arn: "me"`}},
		{name: "no such port", change: func(c *proxy.Config) { c.Endpoint = "localhost:70000" }, want: []string{`endpoint: "localhost:70000" has no port`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := proxy.Default()
			tc.change(&cfg)
			err := cfg.Validate()
			if (err == nil) != (tc.want == nil) {
				t.Fatalf("got %v", err)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}
		})
	}
}
