package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/apply"
	"github.com/radiograph/radiograph/operator/certs"
	"github.com/radiograph/radiograph/operator/collectorcheck"
	"github.com/radiograph/radiograph/operator/controller"
	"github.com/radiograph/radiograph/operator/manifest"
)

// operator is everything that is put together before the manager starts.
type operator struct {
	*options

	log     *slog.Logger
	manager manager.Manager
	kinds   *controller.Kinds
	checker *collectorcheck.Checker
	build   manifest.Options
}

// serve puts the operator together and runs it until the context ends. Its order is the list
// of parts.
func serve(ctx context.Context, o *options, log *slog.Logger, getenv func(string) (string, bool)) error {
	if err := findNamespace(o); err != nil {
		return err
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("find the API server: %w", err)
	}
	config.QPS, config.Burst = o.qps, o.burst
	config.UserAgent = "radiograph-operator"
	profile, err := o.takeProfile(ctx, config, log)
	if err != nil {
		return err
	}
	if o.addons.manageOnly {
		return serveAddons(ctx, config, o, profile, log)
	}
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("reach the API server: %w", err)
	}
	if err := waitForKinds(ctx, o, log, func() error { return haveKinds(clients.Discovery()) }); err != nil {
		return err
	}
	serving := &certs.Serving{Secret: types.NamespacedName{Namespace: o.namespace, Name: o.webhookSecret}, Of: "webhooks", Log: log}
	mgr, err := newManager(rest.CopyConfig(config), o, serving.GetCertificate)
	if err != nil {
		return err
	}
	if err := watchProfile(mgr, profile); err != nil {
		return err
	}
	op := &operator{options: o, log: log, manager: mgr}
	if op.kinds, err = controller.NewKinds(clients.Discovery()); err != nil {
		return err
	}
	if op.build, err = op.manifestOptions(ctx, clients, getenv); err != nil {
		return err
	}
	if o.collectorBinary != "" {
		if op.checker, err = collectorcheck.New(collectorcheck.Options{Binary: o.collectorBinary, Timeout: o.checkTimeout}); err != nil {
			return err
		}
	}
	for _, part := range []func() error{
		op.collectors, op.allocators, op.instrumentations, op.sweep, op.counters, op.monitor,
		func() error { return op.addOns(serving) },
		func() error { return op.certificates(serving) },
		op.admission,
		func() error { return op.podIdentities(ctx) },
		func() error { return op.health(serving) },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	log.InfoContext(ctx, "operator starts", "namespace", o.namespace, "watches", o.watchNamespaces,
		"cluster_roles", op.build.CreateRBAC, "config_checks", op.checker != nil)
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("run the operator: %w", err)
	}
	log.Info("operator stopped")
	return nil
}

// haveKinds returns an error unless the API server has all of the operator's resources.
func haveKinds(d discovery.DiscoveryInterface) error {
	for gv, kinds := range map[schema.GroupVersion][]string{
		v1beta1.GroupVersion:  {"OpenTelemetryCollector"},
		v1alpha1.GroupVersion: {"TargetAllocator", "Instrumentation", "OpAMPBridge"},
	} {
		list, err := d.ServerResourcesForGroupVersion(gv.String())
		if err != nil {
			return fmt.Errorf("look for the definitions of %s: %w", gv, err)
		}
		for _, kind := range kinds {
			if !slices.ContainsFunc(list.APIResources, func(r metav1.APIResource) bool { return r.Kind == kind }) {
				return fmt.Errorf("the API server has no definition of %s in %s", kind, gv)
			}
		}
	}
	return nil
}

// manifestOptions returns what children of collectors depend on besides the collectors.
func (op *operator) manifestOptions(ctx context.Context, clients kubernetes.Interface, getenv func(string) (string, bool)) (manifest.Options, error) {
	m := manifest.Options{CollectorImage: op.collectorImage, AllocatorImage: op.allocatorImage, TLS: op.operandTLS()}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"} {
		if value, ok := getenv(name); ok {
			m.Proxy = append(m.Proxy, corev1.EnvVar{Name: name, Value: value})
		}
	}
	for _, pattern := range op.labelsFilter {
		m.LabelsFilter = append(m.LabelsFilter, regexp.MustCompile(pattern))
	}
	for _, pattern := range op.annotationsFilter {
		m.AnnotationsFilter = append(m.AnnotationsFilter, regexp.MustCompile(pattern))
	}
	info, err := clients.Discovery().ServerVersion()
	if err != nil {
		return m, fmt.Errorf("ask the API server for its version: %w", err)
	}
	m.NativeSidecars = atLeast(info.Major, info.Minor, 1, 29)
	m.PreStopSleep = atLeast(info.Major, info.Minor, 1, 30)
	if m.CreateRBAC, err = mayWriteRoles(ctx, clients); err != nil {
		return m, err
	}
	m.IPv6Only = ipv6Only(ctx, clients, getenv)
	return m, nil
}

// atLeast compares the version of an API server, whose minor may end in a plus.
func atLeast(major, minor string, wantMajor, wantMinor int) bool {
	var have, haveMinor int
	_, _ = fmt.Sscan(major, &have)
	_, _ = fmt.Sscan(strings.TrimRight(minor, "+"), &haveMinor)
	return have > wantMajor || have == wantMajor && haveMinor >= wantMinor
}

// mayWriteRoles asks the API server whether the operator may write ClusterRoles and their
// bindings. Granting it that is how it is told to.
func mayWriteRoles(ctx context.Context, clients kubernetes.Interface) (bool, error) {
	for _, resource := range []string{"clusterroles", "clusterrolebindings"} {
		for _, verb := range []string{"create", "delete", "list", "watch", "patch"} {
			review, err := clients.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
				Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
					Group: rbacv1.GroupName, Resource: resource, Verb: verb,
				}},
			}, metav1.CreateOptions{})
			if err != nil {
				return false, fmt.Errorf("ask for the operator's permissions: %w", err)
			}
			if !review.Status.Allowed {
				return false, nil
			}
		}
	}
	return true, nil
}

// ipv6Only reports whether pods of this cluster have IPv6 addresses alone: by the operator's
// own address if it knows it, else by that of the API server's Service.
func ipv6Only(ctx context.Context, clients kubernetes.Interface, getenv func(string) (string, bool)) bool {
	if ip, ok := getenv("POD_IP"); ok && ip != "" {
		return strings.Contains(ip, ":")
	}
	service, err := clients.CoreV1().Services(metav1.NamespaceDefault).Get(ctx, "kubernetes", metav1.GetOptions{})
	if err != nil {
		return false // without permission to read it the usual is assumed
	}
	return slices.Equal(service.Spec.IPFamilies, []corev1.IPFamily{corev1.IPv6Protocol})
}

// collectors adds the controller of collectors.
func (op *operator) collectors() error {
	r := &controller.CollectorReconciler{
		Client:   op.manager.GetClient(),
		Live:     op.manager.GetAPIReader(),
		Applier:  op.applier(),
		Manifest: op.build,
		Kinds:    op.kinds,
		Version:  op.collectorVersion,
		Events:   op.manager.GetEventRecorder("radiograph-operator"),
		Log:      op.log,
		Now:      time.Now,
	}
	if op.checker != nil {
		r.Checker = op.checker
	}
	return r.Setup(op.manager, op.workers, op.resync)
}

// applier returns a writer of children that reads the cache.
func (op *operator) applier() *apply.Applier {
	return apply.New(apply.Options{Client: op.manager.GetClient(), Cache: op.manager.GetCache(), Live: op.manager.GetAPIReader(), Whole: controller.Whole()})
}

// allocators adds the controller of target allocators.
func (op *operator) allocators() error {
	r := &controller.AllocatorReconciler{
		Client:   op.manager.GetClient(),
		Applier:  op.applier(),
		Manifest: op.build,
		Kinds:    op.kinds,
		Version:  op.collectorVersion,
		Events:   op.manager.GetEventRecorder("radiograph-operator"),
		Log:      op.log,
	}
	return r.Setup(op.manager, op.workers)
}

// images are the default images of instrumentations by language.
func (op *operator) images() map[string]string {
	images := make(map[string]string, len(op.instrumentationImages))
	for language, image := range op.instrumentationImages {
		images[language] = *image
	}
	return images
}

// instrumentations adds the controllers of the kinds that have no children.
func (op *operator) instrumentations() error {
	events := op.manager.GetEventRecorder("radiograph-operator")
	in := &controller.InstrumentationReconciler{Client: op.manager.GetClient(), Images: op.images(), Events: events}
	bridge := &controller.BridgeReconciler{Client: op.manager.GetClient(), Events: events, Now: time.Now}
	return errors.Join(in.Setup(op.manager), bridge.Setup(op.manager))
}

// sweep adds the search for pods that no webhook has seen.
func (op *operator) sweep() error {
	if !op.webhooks {
		return nil
	}
	return op.manager.Add(&controller.Sweep{
		Live:       op.manager.GetAPIReader(),
		Namespaces: op.watchNamespaces,
		Period:     op.resync,
		Events:     op.manager.GetEventRecorder("radiograph-operator"),
		Log:        op.log,
		Now:        time.Now,
	})
}

// counters adds the metrics of collectors.
func (op *operator) counters() error {
	if !op.crMetrics {
		return nil
	}
	return metrics.Registry.Register(&controller.Metrics{Reader: op.manager.GetClient()})
}

// certificates adds what keeps and loads the webhooks' certificate.
func (op *operator) certificates(serving *certs.Serving) error {
	if !op.webhooks {
		return nil
	}
	source, err := certs.ParseSource(op.webhookCerts)
	if err != nil {
		return err
	}
	serving.Reader = op.manager.GetCache()
	keeper := &certs.Keeper{
		Client: op.manager.GetClient(),
		Reader: op.manager.GetAPIReader(),
		Secret: serving.Secret,
		Source: source,
		Names:  op.certificateNames(),
		Target: certs.Target{
			Mutating:   op.mutatingWebhook,
			Validating: op.validateWebhook,
			Pods:       op.identity.configuration,
			CRD:        "opentelemetrycollectors.opentelemetry.io",
			Service:    op.webhookService,
			Port:       443,
		},
		Of:  serving.Of,
		Log: op.log,
		Now: time.Now,
	}
	return certs.Setup(op.manager, serving, keeper)
}

// certificateNames are the names of the Services that show the webhooks' certificate.
func (op *operator) certificateNames() []string {
	names := certs.DNSNames(op.webhookService, op.namespace)
	if op.addonAPIs.addr != "" {
		names = append(names, certs.DNSNames(op.addonAPIs.service, op.namespace)...)
	}
	return names
}

// health adds the checks of /healthz and /readyz.
func (op *operator) health(serving *certs.Serving) error {
	errs := []error{
		op.manager.AddHealthzCheck("ping", healthz.Ping),
		op.manager.AddReadyzCheck("ping", healthz.Ping),
	}
	if op.webhooks {
		errs = append(errs,
			op.manager.AddReadyzCheck("certificate", serving.Ready),
			op.manager.AddReadyzCheck("webhooks", op.manager.GetWebhookServer().StartedChecker()))
	}
	return errors.Join(errs...)
}
