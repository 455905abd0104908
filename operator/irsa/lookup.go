package irsa

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	addons "github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// MappingReader reads the [Mapping] from its ConfigMap, whenever that has changed.
type MappingReader struct {
	// Reader reads the ConfigMap from a cache.
	Reader client.Reader
	// Name is that of the ConfigMap.
	Name types.NamespacedName
	// Log is told of a mapping that cannot be read, once for each version.
	Log *slog.Logger

	mu      sync.Mutex // guards the fields below
	version string
	last    Mapping
}

// Mapping returns the mapping; nil without a ConfigMap. One that cannot be read is reported and
// the last goes on.
func (r *MappingReader) Mapping(ctx context.Context) Mapping {
	var config corev1.ConfigMap
	err := r.Reader.Get(ctx, r.Name, &config)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case apierrors.IsNotFound(err):
		r.version, r.last = "", nil
	case err != nil:
		r.Log.WarnContext(ctx, "identities cannot be read", "config_map", r.Name.String(), "err", err)
	case config.ResourceVersion != r.version:
		r.version = config.ResourceVersion
		mapping, err := ParseMapping(config.Data[MappingKey])
		if err != nil {
			r.Log.WarnContext(ctx, "identities cannot be read, those before stay", "config_map", r.Name.String(), "err", err)
			return r.last
		}
		r.last = mapping
	}
	return r.last
}

// noKindFor is how long nobody asks again whether the API server knows the kind.
const noKindFor = 30 * time.Second

// AssociationReader finds pod identity associations in a cache. It implements [Associations].
type AssociationReader struct {
	// Reader reads the metadata of PodIdentityAssociations from a cache.
	Reader client.Reader

	mu     sync.Mutex // guards absent
	absent time.Time  // when the API server last had no such kind
}

// Association returns an object for the metadata of an association.
func Association() *metav1.PartialObjectMetadata {
	obj := new(metav1.PartialObjectMetadata)
	obj.SetGroupVersionKind(addons.GroupVersion.WithKind("PodIdentityAssociation"))
	return obj
}

// Associated reports whether there is an association. Where the kind is not installed there is
// none.
func (r *AssociationReader) Associated(ctx context.Context, namespace, serviceAccount string) (bool, error) {
	if r.without() {
		return false, nil
	}
	err := r.Reader.Get(ctx, types.NamespacedName{Name: addons.AssociationName(namespace, serviceAccount)}, Association())
	switch {
	case err == nil:
		return true, nil
	case apierrors.IsNotFound(err):
		return false, nil
	case meta.IsNoMatchError(err):
		r.mu.Lock()
		r.absent = time.Now()
		r.mu.Unlock()
		return false, nil
	}
	return false, fmt.Errorf("read the associations: %w", err)
}

func (r *AssociationReader) without() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.absent.IsZero() && time.Since(r.absent) < noKindFor
}
