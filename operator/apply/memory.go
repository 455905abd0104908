package apply

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// record is what is remembered of the last apply of an object.
type record struct {
	owner Ref
	// uid is the object's, so that one deleted and made by another is not taken for ours.
	uid     types.UID
	sent    digest
	own     digest
	version string
}

// memory remembers what was applied.
type memory struct {
	mu sync.Mutex
	// applied is guarded by mu.
	applied map[Ref]record
}

// holds reports whether the object that the cache shows has what is to be sent. A cache that
// has not yet seen the last apply is waited for: its event brings the next look.
func (m *memory) holds(ref Ref, sum digest, have client.Object) bool {
	m.mu.Lock()
	r, ok := m.applied[ref]
	m.mu.Unlock()
	if !ok || r.sent != sum || r.uid != have.GetUID() {
		return false
	}
	if have.GetResourceVersion() == r.version || older(have.GetResourceVersion(), r.version) {
		return true
	}
	own, ok := ownFields(Manager, have.GetManagedFields())
	return ok && own == r.own
}

// remember stores what an apply left.
func (m *memory) remember(ref Ref, sum digest, owner Ref, answer client.Object) {
	own, _ := ownFields(Manager, answer.GetManagedFields())
	r := record{
		owner: owner, uid: answer.GetUID(), sent: sum, own: own, version: answer.GetResourceVersion(),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.applied[ref] = r
}

// drop forgets one object.
func (m *memory) drop(ref Ref) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.applied, ref)
}

// forget drops all objects of an owner.
func (m *memory) forget(kind string, owner types.NamespacedName) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for ref, r := range m.applied {
		if r.owner.Kind == kind && r.owner.NamespacedName == owner {
			delete(m.applied, ref)
		}
	}
}
