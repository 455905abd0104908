package reconcile

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/radiograph/radiograph/operator/addon/catalog"
)

// renders remembers the last rendering of each add-on: an add-on at rest is looked at often,
// and rendering is most of the work.
type renders struct {
	mu   sync.Mutex
	last map[string]rendered
}

type rendered struct {
	key     string
	objects []*unstructured.Unstructured
}

// get returns the objects of a version, which are the caller's own.
func (r *renders) get(version *catalog.Version, in catalog.Input) ([]*unstructured.Unstructured, error) {
	in.APIVersions = slices.Sorted(slices.Values(in.APIVersions))
	data, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("values of add-on %s: %w", version.Addon.Name, err)
	}
	key := version.Version + " " + string(data)
	r.mu.Lock()
	defer r.mu.Unlock()
	have, ok := r.last[version.Addon.Name]
	if !ok || have.key != key {
		objects, err := version.Render(in)
		if err != nil {
			return nil, err
		}
		have = rendered{key: key, objects: objects}
		r.last[version.Addon.Name] = have
	}
	out := make([]*unstructured.Unstructured, len(have.objects))
	for i, object := range have.objects {
		out[i] = object.DeepCopy()
	}
	return out, nil
}
