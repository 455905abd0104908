package session

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// Config is what users write about how AWS is reached. Its keys and defaults are
// those of the community's AWS exporters.
type Config struct {
	NumWorkers            int    `mapstructure:"num_workers"`             // concurrent requests
	Endpoint              string `mapstructure:"endpoint"`                // URL in place of the service's own
	RequestTimeoutSeconds int    `mapstructure:"request_timeout_seconds"` // of one attempt; 0 means no limit
	MaxRetries            int    `mapstructure:"max_retries"`             // further attempts of the SDK
	NoVerifySSL           bool   `mapstructure:"no_verify_ssl"`           // do not check the server's certificate
	ProxyAddress          string `mapstructure:"proxy_address"`           // URL of an HTTP proxy; HTTPS_PROXY applies otherwise
	Region                string `mapstructure:"region"`                  // AWS_REGION, the profile and the instance's metadata apply otherwise
	LocalMode             bool   `mapstructure:"local_mode"`              // do not ask the instance's metadata service
	ResourceARN           string `mapstructure:"resource_arn"`            // resource that runs the collector
	RoleARN               string `mapstructure:"role_arn"`                // role to assume
	ExternalID            string `mapstructure:"external_id"`             // that the role's trust policy asks for
}

// Default returns the settings that apply when nothing is written.
func Default() Config {
	return Config{NumWorkers: 8, RequestTimeoutSeconds: 30, MaxRetries: 2}
}

// Validate reports everything that is wrong with the settings, with their keys.
func (c *Config) Validate() error {
	var errs []error
	if c.NumWorkers < 1 {
		errs = append(errs, fmt.Errorf("num_workers: must be at least 1, not %d", c.NumWorkers))
	}
	if c.RequestTimeoutSeconds < 0 {
		errs = append(errs, fmt.Errorf("request_timeout_seconds: must not be negative, but is %d", c.RequestTimeoutSeconds))
	}
	if c.MaxRetries < 0 {
		errs = append(errs, fmt.Errorf("max_retries: must not be negative, but is %d", c.MaxRetries))
	}
	if c.Endpoint != "" {
		if _, err := parseURL(c.Endpoint, "https"); err != nil {
			errs = append(errs, fmt.Errorf("endpoint: %w", err))
		}
	}
	if c.ProxyAddress != "" {
		if _, err := parseURL(c.ProxyAddress, "http"); err != nil {
			errs = append(errs, fmt.Errorf("proxy_address: %w", err))
		}
	}
	if c.Region != "" && !regionName.MatchString(c.Region) {
		errs = append(errs, fmt.Errorf("region: %q is not the name of a region, such as us-east-1", c.Region))
	}
	if c.RoleARN != "" && !isRole(c.RoleARN) {
		errs = append(errs, fmt.Errorf("role_arn: %q is not the ARN of a role, such as arn:aws:iam::123456789012:role/name", c.RoleARN))
	}
	return errors.Join(errs...)
}

// regionName is what the names of regions look like. Templates have placeholders in
// their place, which would otherwise become the name of a host.
var regionName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// parseURL parses a URL of an HTTP server. One without a scheme gets scheme.
func parseURL(s, scheme string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = scheme + "://" + s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		// The URL may hold a password, and the parser's error quotes it.
		return nil, errors.New("is not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("must be an http or https URL, not %s", u.Scheme)
	case u.Hostname() == "":
		return nil, errors.New("has no host")
	}
	return u, nil
}

func isRole(arn string) bool {
	p := strings.SplitN(arn, ":", 6)
	return len(p) == 6 && p[0] == "arn" && strings.HasPrefix(p[1], "aws") && p[2] == "iam" && len(p[5]) > len("role/") && strings.HasPrefix(p[5], "role/")
}

// Load returns the SDK's configuration. It is an error when no region can be found;
// credentials are looked for when the first request is signed. The configuration's
// endpoint is for the service that the component talks to: STS, which is asked for
// the credentials of a role, has AWS_ENDPOINT_URL_STS.
func (c *Config) Load(ctx context.Context) (aws.Config, error) {
	client, err := c.client()
	if err != nil {
		return aws.Config{}, err
	}
	opts := []func(*config.LoadOptions) error{
		config.WithHTTPClient(client),
		config.WithRetryMaxAttempts(c.MaxRetries + 1),
		config.WithRegion(c.Region),
	}
	if c.LocalMode {
		opts = append(opts, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		region, err := c.discoverRegion(ctx, cfg)
		if err != nil {
			return aws.Config{}, err
		}
		// Once more: providers of credentials have taken the region along.
		if cfg, err = config.LoadDefaultConfig(ctx, append(opts, config.WithRegion(region))...); err != nil {
			return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
		}
	}
	cfg.Credentials = c.credentials(cfg)
	if c.Endpoint == "" {
		return cfg, nil
	}
	u, err := parseURL(c.Endpoint, "https")
	if err != nil {
		return aws.Config{}, fmt.Errorf("endpoint: %w", err)
	}
	endpoint := strings.TrimRight(u.String(), "/")
	cfg.BaseEndpoint = &endpoint
	// Clients ask the sources before they look at BaseEndpoint, and what is written
	// in the configuration wins against the environment.
	cfg.ConfigSources = append([]any{config.LoadOptions{BaseEndpoint: endpoint}}, cfg.ConfigSources...)
	return cfg, nil
}
