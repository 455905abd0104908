package targetallocator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	promconfig "github.com/prometheus/prometheus/config"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/radiograph/radiograph/operator/targetallocator/monitor"
	"github.com/radiograph/radiograph/operator/targetallocator/settings"
)

// kind is a kind of the Prometheus operator's objects.
type kind struct {
	resource  schema.GroupVersionResource
	selection func(*settings.PrometheusCR) settings.Selection
	translate func(context.Context, *monitor.Translator, map[string]any) ([]*promconfig.ScrapeConfig, error)
}

var kinds = []kind{
	{
		monitoringv1.SchemeGroupVersion.WithResource(monitoringv1.ServiceMonitorName),
		func(p *settings.PrometheusCR) settings.Selection { return p.ServiceMonitors },
		decoding((*monitor.Translator).ServiceMonitor),
	},
	{
		monitoringv1.SchemeGroupVersion.WithResource(monitoringv1.PodMonitorName),
		func(p *settings.PrometheusCR) settings.Selection { return p.PodMonitors },
		decoding((*monitor.Translator).PodMonitor),
	},
	{
		monitoringv1.SchemeGroupVersion.WithResource(monitoringv1.ProbeName),
		func(p *settings.PrometheusCR) settings.Selection { return p.Probes },
		decoding(single((*monitor.Translator).Probe)),
	},
	{
		monitoringv1alpha1.SchemeGroupVersion.WithResource(monitoringv1alpha1.ScrapeConfigName),
		func(p *settings.PrometheusCR) settings.Selection { return p.ScrapeConfigs },
		decoding(single((*monitor.Translator).ScrapeConfig)),
	},
}

// decoding makes a translation one of what the API server says. Fields that are not known here
// are reported, and the rest counts: an object of a newer API is better scraped than not.
func decoding[T any](f func(*monitor.Translator, context.Context, *T) ([]*promconfig.ScrapeConfig, error)) func(context.Context, *monitor.Translator, map[string]any) ([]*promconfig.ScrapeConfig, error) {
	return func(ctx context.Context, t *monitor.Translator, object map[string]any) ([]*promconfig.ScrapeConfig, error) {
		out := new(T)
		unknown := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object, out, true)
		if unknown != nil && !runtime.IsStrictDecodingError(unknown) {
			return nil, unknown
		}
		jobs, err := f(t, ctx, out)
		return jobs, errors.Join(unknown, err)
	}
}

func single[T any](f func(*monitor.Translator, context.Context, *T) (*promconfig.ScrapeConfig, error)) func(*monitor.Translator, context.Context, *T) ([]*promconfig.ScrapeConfig, error) {
	return func(t *monitor.Translator, ctx context.Context, v *T) ([]*promconfig.ScrapeConfig, error) {
		cfg, err := f(t, ctx, v)
		if err != nil {
			return nil, err
		}
		return []*promconfig.ScrapeConfig{cfg}, nil
	}
}

// How often it is looked which kinds there are, how long a burst of changes is waited for, and
// how often values of Secrets are read again.
const (
	lookForKinds = 10 * time.Second
	settle       = time.Second
	readAgain    = time.Minute
)

// monitorWatch finds the Prometheus operator's objects and translates them.
type monitorWatch struct {
	client      kubernetes.Interface
	dynamic     dynamic.Interface
	settings    *settings.PrometheusCR
	global      promconfig.GlobalConfig
	credentials bool
	log         *slog.Logger
	metrics     *metrics

	changed  chan struct{}
	known    bool // which kinds there are has been found out
	watching map[schema.GroupVersionResource]*watched
	names    *watched // of namespaces, nil when their labels do not matter
	reported map[string]string
	used     atomic.Bool
	informed sync.WaitGroup
}

// watched is a kind that is being watched.
type watched struct {
	informers []cache.SharedIndexInformer
	stop      context.CancelFunc
	failed    atomic.Bool // it may not be read, or not now
}

// settled reports whether everything has been read, or cannot be.
func (w *watched) settled() bool {
	return w.failed.Load() || !slices.ContainsFunc(w.informers, func(i cache.SharedIndexInformer) bool { return !i.HasSynced() })
}

// run sends the jobs of all objects whenever they change, the first time when everything that
// can be read has been.
func (w *monitorWatch) run(ctx context.Context, to chan<- []*promconfig.ScrapeConfig) error {
	w.changed = make(chan struct{}, 1)
	w.watching, w.reported = map[schema.GroupVersionResource]*watched{}, map[string]string{}
	defer w.informed.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if w.settings.NeedsNamespaces() {
		var err error
		if w.names, err = w.watch(ctx, schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, []string{metav1.NamespaceAll}); err != nil {
			return err
		}
	}
	look, again := time.NewTicker(lookForKinds), time.NewTicker(readAgain)
	defer look.Stop()
	defer again.Stop()
	var last []*promconfig.ScrapeConfig
	w.look(ctx)
	for sent := false; ; {
		if w.known && w.ready() {
			if jobs := w.translate(ctx); !sent || !reflect.DeepEqual(jobs, last) {
				last, sent = jobs, true
				if !send(ctx, to, jobs) {
					return nil
				}
			}
		}
		if !w.wait(ctx, look.C, again.C) {
			return nil
		}
	}
}

// wait returns when there is something to do, false when the context ends.
func (w *monitorWatch) wait(ctx context.Context, look, again <-chan time.Time) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-w.changed:
			// More is likely to follow at once.
			select {
			case <-ctx.Done():
				return false
			case <-time.After(settle):
				return true
			}
		case <-look:
			known := w.known
			if w.look(ctx); w.known != known {
				return true
			}
		case <-again:
			if w.used.Load() {
				return true
			}
		}
	}
}

func (w *monitorWatch) ready() bool {
	if w.names != nil && !w.names.settled() {
		return false
	}
	for _, k := range w.watching {
		if !k.settled() {
			return false
		}
	}
	return true
}

// look begins to watch kinds that have appeared, and ends with those that are gone.
func (w *monitorWatch) look(ctx context.Context) {
	there, err := w.there()
	if err != nil {
		w.log.Warn("which kinds of monitors there are is not known", "err", err)
		return
	}
	w.known = true
	for _, k := range kinds {
		switch on := w.watching[k.resource]; {
		case on != nil && !there[k.resource]:
			on.stop()
			delete(w.watching, k.resource)
			w.log.Info("kind is gone", "resource", k.resource.Resource)
			w.poke()
		case on == nil && there[k.resource]:
			spaces := w.settings.Allow
			if len(spaces) == 0 {
				spaces = []string{metav1.NamespaceAll}
			}
			started, err := w.watch(ctx, k.resource, spaces)
			if err != nil {
				w.log.Warn("kind cannot be watched", "resource", k.resource.Resource, "err", err)
				continue
			}
			w.watching[k.resource] = started
			w.log.Info("kind is watched", "resource", k.resource.Resource)
		}
	}
}

// there returns which of the kinds the API server has.
func (w *monitorWatch) there() (map[schema.GroupVersionResource]bool, error) {
	out := map[schema.GroupVersionResource]bool{}
	for _, gv := range []schema.GroupVersion{monitoringv1.SchemeGroupVersion, monitoringv1alpha1.SchemeGroupVersion} {
		list, err := w.client.Discovery().ServerResourcesForGroupVersion(gv.String())
		switch {
		case apierrors.IsNotFound(err):
			continue
		case err != nil:
			return nil, fmt.Errorf("ask for the resources of %s: %w", gv, err)
		}
		for _, r := range list.APIResources {
			out[gv.WithResource(r.Name)] = true
		}
	}
	return out, nil
}

// watch starts to watch a resource in namespaces.
func (w *monitorWatch) watch(ctx context.Context, resource schema.GroupVersionResource, namespaces []string) (*watched, error) {
	ctx, cancel := context.WithCancel(ctx)
	out := &watched{stop: cancel}
	for _, namespace := range namespaces {
		informer := dynamicinformer.NewFilteredDynamicInformer(w.dynamic, resource, namespace, 0, cache.Indexers{}, nil).Informer()
		if err := informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
			if !out.failed.Swap(true) {
				w.log.Warn("objects cannot be watched", "resource", resource.Resource, "namespace", namespace, "err", err)
				w.poke()
			}
		}); err != nil {
			cancel()
			return nil, fmt.Errorf("watch %s: %w", resource.Resource, err)
		}
		if _, err := informer.AddEventHandler(signal(w.changed)); err != nil {
			cancel()
			return nil, fmt.Errorf("watch %s: %w", resource.Resource, err)
		}
		out.informers = append(out.informers, informer)
		w.informed.Go(func() { informer.RunWithContext(ctx) })
		w.informed.Go(func() {
			if cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
				w.poke() // a kind without objects has no events
			}
		})
	}
	return out, nil
}

func (w *monitorWatch) poke() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// translate returns the jobs of all objects that are chosen.
func (w *monitorWatch) translate(ctx context.Context) []*promconfig.ScrapeConfig {
	w.used.Store(false)
	t := &monitor.Translator{Settings: w.settings, Global: w.global, Credentials: w.credentials, Values: newValues(w.client, &w.used)}
	var out []*promconfig.ScrapeConfig
	problems := map[string]string{}
	for _, k := range kinds {
		on := w.watching[k.resource]
		if on == nil {
			continue
		}
		for _, object := range w.chosen(on, k.selection(w.settings)) {
			jobs, err := k.translate(ctx, t, object.Object)
			if err != nil {
				problems[k.resource.Resource+" "+object.GetNamespace()+"/"+object.GetName()] = err.Error()
			}
			out = append(out, jobs...)
		}
	}
	w.report(problems)
	return out
}

// chosen returns the objects that the selectors choose, in order.
func (w *monitorWatch) chosen(on *watched, s settings.Selection) []*unstructured.Unstructured {
	found := map[string]*unstructured.Unstructured{}
	for _, informer := range on.informers {
		for _, item := range informer.GetStore().List() {
			object, ok := item.(*unstructured.Unstructured)
			if !ok || slices.Contains(w.settings.Deny, object.GetNamespace()) || !s.Objects.Matches(labels.Set(object.GetLabels())) {
				continue
			}
			if !s.Namespaces.Empty() && !s.Namespaces.Matches(w.namespaceLabels(object.GetNamespace())) {
				continue
			}
			found[object.GetNamespace()+"/"+object.GetName()] = object
		}
	}
	out := make([]*unstructured.Unstructured, 0, len(found))
	for _, key := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[key])
	}
	return out
}

func (w *monitorWatch) namespaceLabels(name string) labels.Set {
	item, ok, err := w.names.informers[0].GetStore().GetByKey(name)
	if object, is := item.(*unstructured.Unstructured); ok && err == nil && is {
		return object.GetLabels()
	}
	return nil
}

// report says what is left out, once.
func (w *monitorWatch) report(problems map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(problems)) {
		if w.reported[name] != problems[name] {
			w.log.Warn("monitor is not scraped as it says", "monitor", name, "reason", problems[name])
		}
	}
	w.reported = problems
	w.metrics.rejected.Set(float64(len(problems)))
}
