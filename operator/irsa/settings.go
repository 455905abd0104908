package irsa

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Settings are what the webhook gives to every pod with an identity, and its defaults.
type Settings struct {
	// Prefix of the annotations; empty for [Prefix].
	Prefix string
	// Audience of tokens whose account asks for no other; empty for sts.amazonaws.com.
	Audience string
	// RegionalSTS says that SDKs ask the STS of their region unless the account says otherwise.
	RegionalSTS bool
	// Region is AWS_REGION and AWS_DEFAULT_REGION of containers that have neither; empty for
	// none.
	Region string
	// AccountID completes roles that are given by name alone; empty when they are not.
	AccountID string

	// AgentURI is where the pod identity agent gives credentials.
	AgentURI string

	// Endpoint is the URL of radiograph; empty when SDKs ask AWS. Services are those that they
	// ask there, as they are written in AWS_ENDPOINT_URL_SERVICE, such as xray and sts; all
	// means AWS_ENDPOINT_URL, which is that of every service.
	Endpoint string
	Services []string

	// CABundlePath is a file in the containers, from somewhere else, with the authorities that
	// Endpoint is checked by; empty for none.
	CABundlePath string
	// CAConfigMap is a ConfigMap in the pod's namespace whose key ca.crt has them. Pods in
	// namespaces without it get none. It does not matter when CABundlePath is set.
	CAConfigMap string
}

// Where the agent of EKS gives credentials, see [Settings.AgentURI]. AWS's SDKs accept these
// addresses without TLS (SDK Reference, "Container credential provider").
const (
	AgentURIv4 = "http://169.254.170.23/v1/credentials"
	AgentURIv6 = "http://[fd00:ec2::23]/v1/credentials"
)

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	servicePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)
)

// Validate reports everything that cannot be as it is said.
func (s *Settings) Validate() error {
	var errs []error
	for _, v := range []struct{ what, value string }{{"endpoint", s.Endpoint}, {"address of the agent", s.AgentURI}} {
		if v.value == "" {
			continue
		}
		if u, err := url.Parse(v.value); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			errs = append(errs, fmt.Errorf("pod identity: %s %q is no URL with http or https", v.what, v.value))
		}
	}
	if s.AccountID != "" && !accountPattern.MatchString(s.AccountID) {
		errs = append(errs, fmt.Errorf("pod identity: account %q is not 12 digits", s.AccountID))
	}
	for _, service := range s.Services {
		if !servicePattern.MatchString(service) {
			errs = append(errs, fmt.Errorf("pod identity: %q is no name of a service", service))
		}
	}
	return errors.Join(errs...)
}

func (s *Settings) prefix() string {
	if s.Prefix == "" {
		return Prefix
	}
	return s.Prefix
}

func (s *Settings) audience(id *Identity) string {
	for _, a := range []string{id.Audience, s.Audience} {
		if a != "" {
			return a
		}
	}
	return "sts.amazonaws.com"
}

func (s *Settings) agentURI() string {
	if s.AgentURI == "" {
		return AgentURIv4
	}
	return s.AgentURI
}

// everyEndpoint is the variable for all services. A container that has it chose for itself.
const everyEndpoint = "AWS_ENDPOINT_URL"

// endpoints are the variables that lead SDKs to radiograph (SDK Reference, "Service-specific
// endpoints").
func (s *Settings) endpoints() []string {
	if s.Endpoint == "" {
		return nil
	}
	if slices.Contains(s.Services, "all") {
		return []string{everyEndpoint}
	}
	var names []string
	for _, service := range s.Services {
		names = append(names, everyEndpoint+"_"+strings.ToUpper(strings.ReplaceAll(service, "-", "_")))
	}
	return names
}
