package controller

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

// lateDiscovery has ServiceMonitors from a time on.
type lateDiscovery struct {
	discovery.DiscoveryInterface

	from time.Time
}

// ServerResourcesForGroupVersion answers as an API server does.
func (d lateDiscovery) ServerResourcesForGroupVersion(gv string) (*metav1.APIResourceList, error) {
	if gv != serviceMonitor.GroupVersion().String() || time.Now().Before(d.from) {
		return nil, apierrors.NewNotFound(schema.GroupResource{}, gv)
	}
	return &metav1.APIResourceList{GroupVersion: gv, APIResources: []metav1.APIResource{{Kind: serviceMonitor.Kind}}}, nil
}

// TestKindsAfterAHint: a definition is announced before its kind can be discovered.
func TestKindsAfterAHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		kinds, err := NewKinds(lateDiscovery{from: start.Add(5 * time.Second)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		hint := make(chan struct{}, 1)
		found := make(chan []schema.GroupVersionKind, 1)
		go kinds.run(ctx, slog.New(slog.DiscardHandler), time.Hour, hint, func(come, _ []schema.GroupVersionKind) { found <- come })
		hint <- struct{}{}
		come := <-found
		if len(come) != 1 || come[0] != serviceMonitor {
			t.Errorf("%v has come, want %v", come, serviceMonitor)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("it was found after %s", took)
		}
		if !kinds.Has(serviceMonitor) {
			t.Error("the kind is not known")
		}
	})
}
