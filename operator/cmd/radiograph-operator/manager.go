package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	addonsv1alpha1 "github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/apply"
	"github.com/radiograph/radiograph/operator/controller"
	"github.com/radiograph/radiograph/operator/manifest"
)

// newScheme returns the scheme with every kind that the operator reads or writes.
func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme, apiextensionsv1.AddToScheme, monitoringv1.AddToScheme, gatewayv1.Install,
		v1alpha1.AddToScheme, v1beta1.AddToScheme, addonsv1alpha1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("build the scheme: %w", err)
		}
	}
	return scheme, nil
}

// newManager returns a manager whose caches hold what the operator made and little else. The
// certificate of the webhooks comes from getCertificate.
func newManager(config *rest.Config, o *options, getCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) (manager.Manager, error) {
	scheme, err := newScheme()
	if err != nil {
		return nil, err
	}
	setTLS, err := o.tls()
	if err != nil {
		return nil, err
	}
	cacheOptions, err := o.cache()
	if err != nil {
		return nil, err
	}
	grace := 30 * time.Second
	mgr, err := ctrl.NewManager(config, manager.Options{
		Scheme:  scheme,
		Cache:   cacheOptions,
		Client:  client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
		Metrics: o.metrics(setTLS),
		WebhookServer: webhook.NewServer(webhook.Options{
			Port:    o.webhookPort,
			TLSOpts: []func(*tls.Config){setTLS, func(c *tls.Config) { c.GetCertificate = getCertificate }},
		}),
		HealthProbeBindAddress: o.probeAddr,
		PprofBindAddress:       o.pprofAddr,
		LeaderElection:         o.leaderElection,
		LeaderElectionID:       o.leaseName,
		LeaderElectionNamespace: func() string {
			if o.leaderElection {
				return o.namespace
			}
			return ""
		}(),
		LeaseDuration: &o.lease,
		RenewDeadline: &o.renewDeadline,
		RetryPeriod:   &o.retryIn,
		// The process ends when it has stopped, so another may lead at once.
		LeaderElectionReleaseOnCancel: true,
		GracefulShutdownTimeout:       &grace,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the manager: %w", err)
	}
	return mgr, nil
}

// metrics returns the options of the metrics' server. Secure metrics are for those whose token
// lets them get /metrics, as the API server says.
func (o *options) metrics(setTLS func(*tls.Config)) metricsserver.Options {
	m := metricsserver.Options{BindAddress: o.metricsAddr, SecureServing: o.metricsSecure, TLSOpts: []func(*tls.Config){setTLS}}
	if o.metricsSecure {
		m.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	if o.metricsCert != "" {
		load := func(c *tls.Config) {
			c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
				cert, err := tls.LoadX509KeyPair(o.metricsCert, o.metricsKey)
				if err != nil {
					return nil, fmt.Errorf("load the metrics' certificate: %w", err)
				}
				return &cert, nil
			}
		}
		m.TLSOpts = append(m.TLSOpts, load)
	}
	return m
}

// cache returns the options of the cache: of everything that has the operator's label, the
// metadata; of its own resources, everything; of the Secrets, the one that matters.
func (o *options) cache() (cache.Options, error) {
	if o.addons.manageOnly {
		return cache.Options{}, nil // add-ons have a cache of their own
	}
	managed, err := labels.Parse("app.kubernetes.io/managed-by=" + manifest.ManagedBy)
	if err != nil {
		return cache.Options{}, fmt.Errorf("select the operator's objects: %w", err)
	}
	everything := cache.ByObject{Label: labels.Everything()}
	owned, err := labels.Parse(apply.OwnerLabel)
	if err != nil {
		return cache.Options{}, fmt.Errorf("select the operator's cluster roles: %w", err)
	}
	c := cache.Options{
		DefaultLabelSelector: managed,
		DefaultTransform:     controller.TrimCached,
		ByObject: map[client.Object]cache.ByObject{
			&v1beta1.OpenTelemetryCollector{}:           everything,
			&v1alpha1.TargetAllocator{}:                 everything,
			&v1alpha1.Instrumentation{}:                 everything,
			&v1alpha1.OpAMPBridge{}:                     everything,
			&corev1.Namespace{}:                         everything,
			&rbacv1.ClusterRole{}:                       {Label: owned},
			&rbacv1.ClusterRoleBinding{}:                {Label: owned},
			&apiextensionsv1.CustomResourceDefinition{}: everything,
			&admissionv1.MutatingWebhookConfiguration{}: everything,
			&admissionv1.ValidatingWebhookConfiguration{}: {
				Label: labels.Everything(), Field: fields.OneTermEqualSelector("metadata.name", o.validateWebhook),
			},
			&corev1.Secret{}: {
				Label:      labels.Everything(),
				Field:      fields.OneTermEqualSelector("metadata.name", o.webhookSecret),
				Namespaces: map[string]cache.Config{o.namespace: {}},
			},
		},
	}
	if len(o.watchNamespaces) > 0 {
		c.DefaultNamespaces = make(map[string]cache.Config, len(o.watchNamespaces))
		for _, ns := range o.watchNamespaces {
			c.DefaultNamespaces[strings.TrimSpace(ns)] = cache.Config{}
		}
	}
	return c, nil
}

// accountNamespace is where Kubernetes tells a pod its namespace.
const accountNamespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// findNamespace returns the namespace the operator runs in.
func findNamespace(o *options) error {
	if o.namespace != "" {
		return nil
	}
	data, err := os.ReadFile(accountNamespace)
	if err != nil {
		return fmt.Errorf("find the operator's namespace: set POD_NAMESPACE: %w", err)
	}
	o.namespace = strings.TrimSpace(string(data))
	return nil
}

// waitForKinds waits until the API server has the operator's resources, if that is wanted.
func waitForKinds(ctx context.Context, o *options, log *slog.Logger, ask func() error) error {
	for {
		err := ask()
		if err == nil || !o.ignoreMissingCRDs {
			return err
		}
		log.InfoContext(ctx, "waiting for the definitions of opentelemetry.io", "err", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Second):
		}
	}
}
