package main

import (
	"context"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/radiograph/radiograph/operator/irsa"
)

// identityOptions are those of the webhook that gives identities to pods.
type identityOptions struct {
	enabled       bool
	configuration string
	configMap     string
	grace         time.Duration

	prefix, audience string
	regionalSTS      bool
	region           string
	account          string
	agentURI         string

	endpoint     string
	services     []string
	caBundlePath string
	caConfigMap  string
}

func (i *identityOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&i.enabled, "enable-pod-identity-webhook", true, "serve the webhook that gives pods the role of their service account; it needs enable-webhooks")
	f.StringVar(&i.configuration, "pod-identity-webhook-configuration", "pod-identity-webhook", "name of its MutatingWebhookConfiguration")
	f.StringVar(&i.configMap, "pod-identity-config-map", irsa.MappingName, "ConfigMap in the operator's namespace with roles of service accounts that are not annotated")
	f.DurationVar(&i.grace, "pod-identity-service-account-grace", 200*time.Millisecond, "how long a service account that was made with its pods is waited for")
	f.StringVar(&i.prefix, "pod-identity-annotation-prefix", irsa.Prefix, "prefix of the annotations")
	f.StringVar(&i.audience, "pod-identity-audience", "sts.amazonaws.com", "audience of tokens whose service account asks for no other")
	f.BoolVar(&i.regionalSTS, "pod-identity-sts-regional-endpoints", true, "let SDKs ask the STS of their region unless the service account says otherwise")
	f.StringVar(&i.region, "pod-identity-region", "", "region of containers that have none")
	f.StringVar(&i.account, "pod-identity-account-id", "", "account of roles that are given by name alone")
	f.StringVar(&i.agentURI, "pod-identity-agent-uri", "", "where pods with an association get credentials; by default the address of the agent on each node")
	f.StringVar(&i.endpoint, "pod-identity-endpoint", "", "URL of radiograph that the SDKs of pods with an identity ask instead of AWS")
	f.StringSliceVar(&i.services, "pod-identity-endpoint-services", []string{"sts", "xray"}, "services that they ask there, as in AWS_ENDPOINT_URL_SERVICE; all for every one")
	f.StringVar(&i.caBundlePath, "pod-identity-ca-bundle-path", "", "file in the containers that the endpoint's certificate is checked by")
	f.StringVar(&i.caConfigMap, "pod-identity-ca-config-map", "radiograph-ca", "ConfigMap in the pod's namespace with such certificates in its key ca.crt, mounted where it exists and no path is set")
}

// settings returns what the flags say.
func (i *identityOptions) settings(ipv6Only bool) *irsa.Settings {
	s := &irsa.Settings{
		Prefix: i.prefix, Audience: i.audience, RegionalSTS: i.regionalSTS, Region: i.region, AccountID: i.account,
		AgentURI: i.agentURI, Endpoint: i.endpoint, Services: i.services, CABundlePath: i.caBundlePath, CAConfigMap: i.caConfigMap,
	}
	if s.AgentURI == "" && ipv6Only {
		s.AgentURI = irsa.AgentURIv6
	}
	return s
}

// podIdentities adds the webhook for the identities of pods.
func (op *operator) podIdentities(ctx context.Context) error {
	if !op.webhooks || !op.identity.enabled {
		return nil
	}
	return irsa.Setup(ctx, op.manager, irsa.Options{
		Settings: *op.identity.settings(op.build.IPv6Only),
		Mapping:  types.NamespacedName{Namespace: op.namespace, Name: op.identity.configMap},
		Grace:    op.identity.grace,
		Metrics:  metrics.Registry,
		Log:      op.log,
	})
}
