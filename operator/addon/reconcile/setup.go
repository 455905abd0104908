package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	crreconcile "sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/radiograph/radiograph/operator/addon/catalog"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// Options says how add-ons are installed.
type Options struct {
	// Catalog has the packages.
	Catalog *catalog.Catalog
	// RequireCertManager refuses add-ons that can use cert-manager where it is not
	// installed, as EKS does.
	RequireCertManager bool
	// Patience is how long the pods of an add-on may take to become ready before the add-on
	// is DEGRADED; 0 means 5 minutes.
	Patience time.Duration
	// Resync is how often add-ons are looked at when nothing happens; 0 means 1 minute.
	Resync time.Duration
	// Log is told what is installed, deleted and repaired.
	Log *slog.Logger
	// Now tells the time.
	Now func() time.Time
}

// reconciler installs add-ons. It reads the cluster itself and not a cache: what it does
// depends on managedFields of kinds that come and go, and there are few objects.
type reconciler struct {
	Options

	client  client.Client
	clients kubernetes.Interface
	cache   cache.Cache
	events  events.EventRecorder
	watch   func(source.Source) error
	memory  memory
	renders renders

	mu sync.Mutex
	// watched are the kinds whose changes wake the reconciler.
	watched map[schema.GroupVersionKind]bool
	// failing is since when the pods of an add-on are not ready.
	failing map[string]time.Time
}

// Setup adds the reconciler to a manager whose scheme knows the kinds of
// addons.radiograph.dev. It works while the manager leads.
func Setup(mgr manager.Manager, o Options) error {
	if o.Patience == 0 {
		o.Patience = 5 * time.Minute
	}
	if o.Resync == 0 {
		o.Resync = time.Minute
	}
	quiet := rest.CopyConfig(mgr.GetConfig())
	quiet.WarningHandler = rest.NoWarnings{} // of deprecated kinds, which are all looked at
	direct, err := client.New(quiet, client.Options{Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(), HTTPClient: mgr.GetHTTPClient()})
	if err != nil {
		return fmt.Errorf("add-ons: reach the API server: %w", err)
	}
	clients, err := kubernetes.NewForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return fmt.Errorf("add-ons: reach the API server: %w", err)
	}
	woken, err := newCache(mgr)
	if err != nil {
		return err
	}
	r := &reconciler{
		Options: o, client: direct, clients: clients, cache: woken,
		events:  mgr.GetEventRecorder(catalog.ManagedBy),
		memory:  memory{objects: map[ref]applied{}},
		renders: renders{last: map[string]rendered{}},
		watched: map[schema.GroupVersionKind]bool{},
		failing: map[string]time.Time{},
	}
	c, err := controller.New("addon", mgr, controller.Options{Reconciler: r, MaxConcurrentReconciles: 2})
	if err != nil {
		return fmt.Errorf("add-ons: %w", err)
	}
	r.watch = c.Watch
	return errors.Join(
		c.Watch(source.Kind(woken, &v1alpha1.Addon{}, &handler.TypedEnqueueRequestForObject[*v1alpha1.Addon]{})),
		c.Watch(source.Kind(woken, &v1alpha1.PodIdentityAssociation{}, handler.TypedEnqueueRequestsFromMapFunc(ownerOf))),
	)
}

// newCache returns a cache of Addons, and of what add-ons consist of, which has their label.
func newCache(mgr manager.Manager) (cache.Cache, error) {
	labelled, err := labels.NewRequirement(catalog.Label, selection.Exists, nil)
	if err != nil {
		return nil, fmt.Errorf("add-ons: select their objects: %w", err)
	}
	everything := cache.ByObject{Label: labels.Everything()}
	woken, err := cache.New(mgr.GetConfig(), cache.Options{
		Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(), HTTPClient: mgr.GetHTTPClient(),
		DefaultLabelSelector: labels.NewSelector().Add(*labelled),
		ByObject: map[client.Object]cache.ByObject{
			&v1alpha1.Addon{}: everything, &v1alpha1.PodIdentityAssociation{}: everything,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("add-ons: watch them: %w", err)
	}
	return woken, mgr.Add(woken)
}

// ownerOf wakes the add-on that an association was made for.
func ownerOf(_ context.Context, a *v1alpha1.PodIdentityAssociation) []crreconcile.Request {
	if a.Spec.Owner == nil {
		return nil
	}
	return []crreconcile.Request{{NamespacedName: client.ObjectKey{Name: a.Spec.Owner.AddonName}}}
}

// wakeBy makes changes of a kind's objects wake the reconciler of their add-on.
func (r *reconciler) wakeBy(gvk schema.GroupVersionKind) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watched[gvk] {
		return nil
	}
	kind := &metav1.PartialObjectMetadata{}
	kind.SetGroupVersionKind(gvk)
	wake := func(_ context.Context, object *metav1.PartialObjectMetadata) []crreconcile.Request {
		return []crreconcile.Request{{NamespacedName: client.ObjectKey{Name: object.Labels[catalog.Label]}}}
	}
	if err := r.watch(source.Kind(r.cache, kind, handler.TypedEnqueueRequestsFromMapFunc(wake))); err != nil {
		return fmt.Errorf("watch kind %s: %w", gvk.Kind, err)
	}
	r.watched[gvk] = true
	return nil
}

// sleepBy undoes wakeBy, for kinds whose definitions are deleted.
func (r *reconciler) sleepBy(ctx context.Context, gvk schema.GroupVersionKind) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.watched[gvk] {
		return nil
	}
	delete(r.watched, gvk)
	kind := &metav1.PartialObjectMetadata{}
	kind.SetGroupVersionKind(gvk)
	return r.cache.RemoveInformer(ctx, kind)
}

// served is what the cluster offers.
type served struct {
	// version is the API server's, such as v1.34.4; minor such as 1.34.
	version, minor string
	// kinds are "group/version" and "group/version/Kind".
	kinds []string
}

// askCluster reads the cluster's version and kinds.
func (r *reconciler) askCluster() (served, error) {
	var s served
	info, err := r.clients.Discovery().ServerVersion()
	if err != nil {
		return s, fmt.Errorf("ask the API server for its version: %w", err)
	}
	s.version = info.GitVersion
	var major, minor int
	if _, err := fmt.Sscanf(info.Major+" "+info.Minor, "%d %d", &major, &minor); err != nil {
		return s, fmt.Errorf("version of the API server %s.%s: %w", info.Major, info.Minor, err)
	}
	s.minor = fmt.Sprintf("%d.%d", major, minor)
	_, lists, err := r.clients.Discovery().ServerGroupsAndResources()
	// An aggregated API that does not answer must not keep everything else from working.
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) {
		return s, fmt.Errorf("ask the API server for its kinds: %w", err)
	}
	for _, list := range lists {
		s.kinds = append(s.kinds, list.GroupVersion)
		for _, resource := range list.APIResources {
			s.kinds = append(s.kinds, list.GroupVersion+"/"+resource.Kind)
		}
	}
	return s, nil
}
