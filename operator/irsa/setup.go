package irsa

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// Options are what [Setup] makes a webhook of.
type Options struct {
	Settings Settings
	// Mapping is the ConfigMap with identities.
	Mapping types.NamespacedName
	// Grace is how long a service account is waited for.
	Grace time.Duration
	// Metrics is where metrics are registered.
	Metrics prometheus.Registerer
	Log     *slog.Logger
}

// Setup serves the webhook at [Path] of the manager's webhook server, and adds a readiness
// check. It has a cache of its own, with the metadata of every service account: pods have
// identities wherever they are, while the manager's cache may be bound to some namespaces, and
// holds only what the operator made.
func Setup(ctx context.Context, mgr manager.Manager, o Options) error {
	if err := o.Settings.Validate(); err != nil {
		return err
	}
	known, err := cache.New(mgr.GetConfig(), cache.Options{
		HTTPClient:       mgr.GetHTTPClient(),
		Scheme:           mgr.GetScheme(),
		Mapper:           mgr.GetRESTMapper(),
		DefaultTransform: strip,
		ByObject: map[client.Object]cache.ByObject{
			&corev1.ConfigMap{}: {
				Namespaces: map[string]cache.Config{o.Mapping.Namespace: {}},
				Field:      fields.OneTermEqualSelector("metadata.name", o.Mapping.Name),
			},
		},
	})
	if err != nil {
		return fmt.Errorf("make the cache of service accounts: %w", err)
	}
	synced, err := follow(ctx, known)
	if err != nil {
		return err
	}
	metrics, err := NewMetrics(o.Metrics)
	if err != nil {
		return fmt.Errorf("register the metrics of pod identities: %w", err)
	}
	mapping := &MappingReader{Reader: known, Name: o.Mapping, Log: o.Log}
	handler := &Handler{
		Settings:     o.Settings,
		Accounts:     known,
		Live:         mgr.GetAPIReader(),
		Associations: &AssociationReader{Reader: known},
		Mapping:      mapping.Mapping,
		Grace:        o.Grace,
		Decoder:      admission.NewDecoder(mgr.GetScheme()),
		Metrics:      metrics,
		Log:          o.Log,
	}
	mgr.GetWebhookServer().Register(Path, &admission.Webhook{Handler: handler, RecoverPanic: ptr.To(true)})
	return errors.Join(mgr.Add(everywhere{known}), mgr.AddReadyzCheck("pod-identities", synced))
}

// everywhere is a cache that every replica runs, the leader or not: each of them answers webhooks.
type everywhere struct{ cache.Cache }

// NeedLeaderElection tells the manager.
func (everywhere) NeedLeaderElection() bool { return false }

// follow asks the cache for what it will be asked for, so that it is there when the webhook is
// ready. The kind of associations may not be installed.
func follow(ctx context.Context, known cache.Cache) (func(*http.Request) error, error) {
	account := new(metav1.PartialObjectMetadata)
	account.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ServiceAccount"))
	var followed []cache.Informer
	for _, obj := range []client.Object{account, &corev1.ConfigMap{}, Association()} {
		informer, err := known.GetInformer(ctx, obj, cache.BlockUntilSynced(false))
		if meta.IsNoMatchError(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("follow service accounts: %w", err)
		}
		followed = append(followed, informer)
	}
	return func(*http.Request) error {
		for _, informer := range followed {
			if !informer.HasSynced() {
				return errors.New("the service accounts are not known yet")
			}
		}
		return nil
	}, nil
}

// strip cuts an object down to what is read before the cache keeps it.
func strip(in any) (any, error) {
	if obj, ok := in.(client.Object); ok {
		obj.SetManagedFields(nil)
		obj.SetOwnerReferences(nil)
		obj.SetLabels(nil)
	}
	return in, nil
}
