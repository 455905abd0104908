package session

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// ServiceURL returns where a service answers, without a slash at its end: what is
// written as endpoint, then AWS_ENDPOINT_URL_<SERVICE>, then AWS_ENDPOINT_URL, then
// AWS's own for the region. Service is the name in AWS's host names, such as xray.
// Foreign says that this is not a server of AWS's. Cfg is of [Config.Load].
func ServiceURL(ctx context.Context, cfg aws.Config, service string) (addr string, foreign bool, err error) {
	addr, err = configuredURL(ctx, cfg, service)
	if err != nil {
		return "", false, err
	}
	if addr == "" {
		return regionURL(ctx, cfg, service), false, nil
	}
	u, err := parseURL(addr, "https")
	if err != nil {
		return "", false, fmt.Errorf("endpoint of %s: %w", service, err)
	}
	return strings.TrimRight(u.String(), "/"), !isAWS(u), nil
}

func isAWS(u *url.URL) bool {
	host := u.Hostname()
	return slices.ContainsFunc(partitions, func(p partition) bool {
		return strings.HasSuffix(host, "."+p.suffix) || strings.HasSuffix(host, "."+p.dualStack)
	})
}

// configuredURL asks the sources of cfg, of which the first is the component's own
// endpoint if it has one. Load has seen to AWS_IGNORE_CONFIGURED_ENDPOINT_URLS in
// BaseEndpoint.
func configuredURL(ctx context.Context, cfg aws.Config, service string) (string, error) {
	ignore := ignoreConfigured(ctx, cfg)
	for _, s := range cfg.ConfigSources {
		if _, own := s.(config.LoadOptions); ignore && !own {
			continue
		}
		p, ok := s.(interface {
			GetServiceBaseEndpoint(ctx context.Context, sdkID string) (string, bool, error)
		})
		if !ok {
			continue
		}
		addr, found, err := p.GetServiceBaseEndpoint(ctx, service)
		if err != nil {
			return "", fmt.Errorf("endpoint of %s: %w", service, err)
		}
		if found {
			return addr, nil
		}
	}
	return aws.ToString(cfg.BaseEndpoint), nil
}

func ignoreConfigured(ctx context.Context, cfg aws.Config) bool {
	for _, s := range cfg.ConfigSources {
		if p, ok := s.(interface {
			GetIgnoreConfiguredEndpoints(ctx context.Context) (bool, bool, error)
		}); ok {
			if v, found, err := p.GetIgnoreConfiguredEndpoints(ctx); found && err == nil {
				return v
			}
		}
	}
	return false
}

// regionURL returns AWS's own address of a service in the region of cfg.
func regionURL(ctx context.Context, cfg aws.Config, service string) string {
	p := partitionOf(cfg.Region)
	host, suffix := service, p.suffix
	if useFIPS(ctx, cfg) {
		host += "-fips"
	}
	if useDualStack(ctx, cfg) {
		suffix = p.dualStack
	}
	return "https://" + host + "." + cfg.Region + "." + suffix
}

// partition is a separate part of AWS with names of its own.
type partition struct{ prefix, suffix, dualStack string }

// partitions are of the endpoint rules that AWS publishes with its SDKs. The first
// whose prefix a region has applies.
var partitions = []partition{
	{prefix: "cn-", suffix: "amazonaws.com.cn", dualStack: "api.amazonwebservices.com.cn"},
	{prefix: "us-isob-", suffix: "sc2s.sgov.gov", dualStack: "api.aws.scloud"},
	{prefix: "us-isof-", suffix: "csp.hci.ic.gov", dualStack: "api.aws.hci.ic.gov"},
	{prefix: "us-iso-", suffix: "c2s.ic.gov", dualStack: "api.aws.ic.gov"},
	{prefix: "eu-isoe-", suffix: "cloud.adc-e.uk", dualStack: "api.cloud-aws.adc-e.uk"},
	{prefix: "eusc-", suffix: "amazonaws.eu", dualStack: "api.amazonwebservices.eu"},
	{prefix: "", suffix: "amazonaws.com", dualStack: "api.aws"},
}

func partitionOf(region string) partition {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p
		}
	}
	return partitions[len(partitions)-1]
}

func useFIPS(ctx context.Context, cfg aws.Config) bool {
	for _, s := range cfg.ConfigSources {
		if p, ok := s.(interface {
			GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error)
		}); ok {
			if v, found, err := p.GetUseFIPSEndpoint(ctx); found && err == nil {
				return v == aws.FIPSEndpointStateEnabled
			}
		}
	}
	return false
}

func useDualStack(ctx context.Context, cfg aws.Config) bool {
	for _, s := range cfg.ConfigSources {
		if p, ok := s.(interface {
			GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error)
		}); ok {
			if v, found, err := p.GetUseDualStackEndpoint(ctx); found && err == nil {
				return v == aws.DualStackEndpointStateEnabled
			}
		}
	}
	return false
}
