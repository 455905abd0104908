package controller

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// told remembers of which generation of an object something was said, so that it is said once.
// The zero value has said nothing.
type told struct {
	mu sync.Mutex
	// generations is guarded by mu.
	generations map[types.NamespacedName]generation
}

// generation is one of an object.
type generation struct {
	uid    types.UID
	number int64
}

// first reports whether this generation has not been spoken of.
func (t *told) first(obj client.Object) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.generations == nil {
		t.generations = make(map[types.NamespacedName]generation)
	}
	key, now := client.ObjectKeyFromObject(obj), generation{obj.GetUID(), obj.GetGeneration()}
	if t.generations[key] == now {
		return false
	}
	t.generations[key] = now
	return true
}

// forget drops an object that is gone.
func (t *told) forget(key types.NamespacedName) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.generations, key)
}

// patience is how long a cache may be behind what was written. After that the version that was
// written is held to be gone: an API server whose data was restored counts from an older one.
const patience = time.Minute

// writing is a write: the version that it made, and when.
type writing struct {
	version string
	at      time.Time
}

// versions remembers which version of an object was written last, so that nothing is decided
// by a cache that has not seen it: it would be written, and announced, twice. The zero value
// has written nothing.
type versions struct {
	mu sync.Mutex
	// written is guarded by mu.
	written map[types.NamespacedName]writing
}

// note remembers an object as the API server answered it.
func (v *versions) note(obj client.Object) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.written == nil {
		v.written = make(map[types.NamespacedName]writing)
	}
	v.written[client.ObjectKeyFromObject(obj)] = writing{obj.GetResourceVersion(), time.Now()}
}

// ahead reports whether the object was written after what the cache shows.
func (v *versions) ahead(cached client.Object) bool {
	v.mu.Lock()
	last, ok := v.written[client.ObjectKeyFromObject(cached)]
	v.mu.Unlock()
	if !ok || time.Since(last.at) > patience {
		return false
	}
	order, err := resourceversion.CompareResourceVersion(cached.GetResourceVersion(), last.version)
	return err == nil && order < 0
}

// forget drops an object that is gone.
func (v *versions) forget(key types.NamespacedName) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.written, key)
}
