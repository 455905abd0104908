package controller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
)

// The kinds of children.
var (
	// workloads are kept whole in the cache, for their status.
	workloads = []schema.GroupVersionKind{
		appsv1.SchemeGroupVersion.WithKind("Deployment"),
		appsv1.SchemeGroupVersion.WithKind("DaemonSet"),
		appsv1.SchemeGroupVersion.WithKind("StatefulSet"),
	}
	configMaps = corev1.SchemeGroupVersion.WithKind("ConfigMap")
	// plain are kept as metadata.
	plain = []schema.GroupVersionKind{
		configMaps,
		corev1.SchemeGroupVersion.WithKind("Service"),
		corev1.SchemeGroupVersion.WithKind("ServiceAccount"),
		autoscalingv2.SchemeGroupVersion.WithKind("HorizontalPodAutoscaler"),
		networkingv1.SchemeGroupVersion.WithKind("Ingress"),
		networkingv1.SchemeGroupVersion.WithKind("NetworkPolicy"),
		policyv1.SchemeGroupVersion.WithKind("PodDisruptionBudget"),
	}
	// clusterKinds have no namespace; the operator may be without permission for them.
	clusterKinds = []schema.GroupVersionKind{
		rbacv1.SchemeGroupVersion.WithKind("ClusterRole"),
		rbacv1.SchemeGroupVersion.WithKind("ClusterRoleBinding"),
	}
	allocators = v1alpha1.GroupVersion.WithKind("TargetAllocator")

	serviceMonitor = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.ServiceMonitorsKind)
	podMonitor     = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.PodMonitorsKind)
	httpRoute      = gatewayv1.SchemeGroupVersion.WithKind("HTTPRoute")
	route          = schema.GroupVersionKind{Group: "route.openshift.io", Version: "v1", Kind: "Route"}
	certificate    = schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1", Kind: "Certificate"}
	issuer         = schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1", Kind: "Issuer"}
	// optional are kinds that others bring, perhaps later.
	optional = []schema.GroupVersionKind{serviceMonitor, podMonitor, httpRoute, route, certificate, issuer}
)

// Whole are the kinds that the cache of an Applier for collectors holds whole.
func Whole() []schema.GroupVersionKind { return workloads }

// Kinds knows which of the optional kinds the API server has at the moment. It may be used by
// several goroutines.
type Kinds struct {
	discovery discovery.DiscoveryInterface
	// followers are told of kinds that come; they are set before the manager starts.
	followers []follower

	mu sync.RWMutex
	// have is guarded by mu.
	have map[schema.GroupVersionKind]bool
}

// NewKinds returns the kinds as the API server has them now.
func NewKinds(d discovery.DiscoveryInterface) (*Kinds, error) {
	k := &Kinds{discovery: d, have: make(map[schema.GroupVersionKind]bool)}
	_, _, err := k.Refresh()
	return k, err
}

// follow has a controller told of kinds that come.
func (k *Kinds) follow(f follower) { k.followers = append(k.followers, f) }

// Has reports whether the API server has the kind.
func (k *Kinds) Has(gvk schema.GroupVersionKind) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.have[gvk]
}

// List returns the optional kinds that there are.
func (k *Kinds) List() []schema.GroupVersionKind {
	var out []schema.GroupVersionKind
	for _, gvk := range optional {
		if k.Has(gvk) {
			out = append(out, gvk)
		}
	}
	return out
}

// Refresh asks the API server again and returns which kinds have come and gone. A group that
// does not answer stays as it was.
func (k *Kinds) Refresh() (come, gone []schema.GroupVersionKind, err error) {
	answers := make(map[schema.GroupVersion]map[string]bool)
	var errs []error
	for _, gvk := range optional {
		gv := gvk.GroupVersion()
		kinds, asked := answers[gv]
		if !asked {
			if kinds, err = k.ask(gv); err != nil {
				errs = append(errs, err)
			}
			answers[gv] = kinds
		}
		if kinds == nil {
			continue
		}
		k.mu.Lock()
		had, has := k.have[gvk], kinds[gvk.Kind]
		k.have[gvk] = has
		k.mu.Unlock()
		if has && !had {
			come = append(come, gvk)
		}
		if had && !has {
			gone = append(gone, gvk)
		}
	}
	return come, gone, errors.Join(errs...)
}

// ask returns the kinds of a group's version, none when there is no such version.
func (k *Kinds) ask(gv schema.GroupVersion) (map[string]bool, error) {
	list, err := k.discovery.ServerResourcesForGroupVersion(gv.String())
	if apierrors.IsNotFound(err) {
		return map[string]bool{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for %s: %w", gv, err)
	}
	kinds := make(map[string]bool)
	for _, r := range list.APIResources {
		kinds[r.Kind] = true
	}
	return kinds, nil
}

// The pauses between looks after a hint. The API server says that a definition is established
// before its kinds can be discovered, and then says nothing more.
const (
	firstLook = time.Second
	lastLook  = time.Minute
)

// run refreshes the kinds every period, and when told that definitions changed, and reports
// what has come and gone, until the context ends. After a hint it looks again for some time.
func (k *Kinds) run(ctx context.Context, log *slog.Logger, period time.Duration, hint <-chan struct{}, changed func(come, gone []schema.GroupVersionKind)) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	pause := firstLook
	again := time.NewTimer(0)
	again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-hint:
			pause = firstLook
			again.Reset(pause)
		case <-again.C:
			if pause *= 2; pause <= lastLook {
				again.Reset(pause)
			}
		}
		come, gone, err := k.Refresh()
		if err != nil {
			log.WarnContext(ctx, "optional kinds not looked up", "err", err)
		}
		if len(come)+len(gone) > 0 {
			log.InfoContext(ctx, "optional kinds changed", "come", come, "gone", gone)
			changed(come, gone)
		}
	}
}
