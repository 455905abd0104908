package apply

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// live reads what the API server holds from a cache: the metadata of most kinds, the whole
// objects of those that the cache keeps whole anyway.
type live struct {
	reader client.Reader
	scheme *runtime.Scheme
	whole  map[schema.GroupVersionKind]bool
}

// get returns the object's metadata, or an error for which [client.IgnoreNotFound] is nil.
func (l live) get(ctx context.Context, gvk schema.GroupVersionKind, key client.ObjectKey) (client.Object, error) {
	obj, err := l.object(gvk)
	if err != nil {
		return nil, err
	}
	if err := l.reader.Get(ctx, key, obj); err != nil {
		return nil, err
	}
	return obj, nil
}

func (l live) object(gvk schema.GroupVersionKind) (client.Object, error) {
	if !l.whole[gvk] {
		partial := &metav1.PartialObjectMetadata{}
		partial.SetGroupVersionKind(gvk)
		return partial, nil
	}
	made, err := l.scheme.New(gvk)
	if err != nil {
		return nil, err
	}
	obj, ok := made.(client.Object)
	if !ok {
		return nil, fmt.Errorf("kind %s has no metadata", gvk.Kind)
	}
	return obj, nil
}

// list returns the objects of a kind that have the labels; namespace "" is every namespace.
func (l live) list(ctx context.Context, gvk schema.GroupVersionKind, namespace string, labels map[string]string) ([]client.Object, error) {
	listKind := gvk.GroupVersion().WithKind(gvk.Kind + "List")
	var list client.ObjectList
	if l.whole[gvk] {
		made, err := l.scheme.New(listKind)
		if err != nil {
			return nil, err
		}
		typed, ok := made.(client.ObjectList)
		if !ok {
			return nil, fmt.Errorf("kind %s is not a list", listKind.Kind)
		}
		list = typed
	} else {
		partial := &metav1.PartialObjectMetadataList{}
		partial.SetGroupVersionKind(listKind)
		list = partial
	}
	if err := l.reader.List(ctx, list, client.InNamespace(namespace), client.MatchingLabels(labels)); err != nil {
		return nil, err
	}
	var objects []client.Object
	err := meta.EachListItem(list, func(item runtime.Object) error {
		obj, ok := item.(client.Object)
		if !ok {
			return fmt.Errorf("an item of %s has no metadata", listKind.Kind)
		}
		objects = append(objects, obj)
		return nil
	})
	return objects, err
}
