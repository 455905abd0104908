package proxy

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/config/configtls"

	"github.com/radiograph/radiograph/collector/internal/session"
)

// Values where nothing is written.
const (
	DefaultEndpoint = "localhost:2000"
	DefaultService  = "xray"
)

// Config is what users write about the proxy. Its keys and defaults are those of
// the community's proxy. All of them are optional.
type Config struct {
	confignet.TCPAddrConfig `mapstructure:",squash"` // where requests come in; DefaultEndpoint when empty

	ProxyAddress string                 `mapstructure:"proxy_address"` // URL of an HTTP proxy on the way to AWS; HTTPS_PROXY applies otherwise
	TLS          configtls.ClientConfig `mapstructure:"tls"`           // on the way to AWS; insecure means that the server's certificate is not checked
	Region       string                 `mapstructure:"region"`        // AWS_DEFAULT_REGION, AWS_REGION, the profile, ECS and EC2 apply otherwise
	RoleARN      string                 `mapstructure:"role_arn"`      // role to assume
	AWSEndpoint  string                 `mapstructure:"aws_endpoint"`  // URL in place of the service's own
	LocalMode    bool                   `mapstructure:"local_mode"`    // do not ask the instance's metadata service
	ServiceName  string                 `mapstructure:"service_name"`  // in host names and signatures; DefaultService when empty
}

// Default returns the settings that apply when nothing is written.
func Default() Config {
	return Config{ServiceName: DefaultService, TLS: configtls.NewDefaultClientConfig()}
}

// Validate reports everything that is wrong, with the keys.
func (c *Config) Validate() error {
	var errs []error
	if c.Endpoint != "" {
		if err := CheckAddress(c.Endpoint); err != nil {
			errs = append(errs, fmt.Errorf("endpoint: %w", err))
		}
	}
	shared := c.session()
	shared.Endpoint = ""
	errs = append(errs, shared.Validate())
	endpoint := session.Default()
	endpoint.Endpoint = c.AWSEndpoint
	if err := endpoint.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("aws_%w", err)) // there its key is endpoint
	}
	return errors.Join(errs...)
}

// session returns the settings that all AWS components share.
func (c *Config) session() session.Config {
	s := session.Default()
	s.Endpoint = c.AWSEndpoint
	s.ProxyAddress = c.ProxyAddress
	s.RoleARN = c.RoleARN
	s.LocalMode = c.LocalMode
	// The SDK for Go does not know AWS_DEFAULT_REGION, the daemon asks it first.
	s.Region = cmp.Or(c.Region, os.Getenv("AWS_DEFAULT_REGION"))
	return s
}

// CheckAddress reports what is wrong with an address to listen on.
func CheckAddress(s string) error {
	if s == "" {
		return errors.New("must not be empty")
	}
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%q is not of the form host:port", s)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has no port between 0 and 65535", s)
	}
	return nil
}
