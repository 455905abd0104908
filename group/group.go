package group

import (
	"context"

	"github.com/radiograph/radiograph/trace"
)

// DefaultName is the group that every trace belongs to. It has no filter and
// cannot be deleted.
const DefaultName = "Default"

// Group is one group.
type Group struct {
	Name     string   `json:"name"`
	ID       string   `json:"id"` // 52 characters of base32, new when a group is created again; "" for Default
	Filter   string   `json:"filter"`
	Version  int      `json:"version"` // of Filter, from 1
	Insights Insights `json:"insights"`
}

// Insights says whether insights are computed and notified for a group.
type Insights struct {
	Enabled       bool `json:"enabled"`
	Notifications bool `json:"notifications"`
}

// State is where a Registry keeps its groups; store.Store is one.
type State interface {
	LoadState(ctx context.Context, kind string) (map[string][]byte, error)
	PutState(ctx context.Context, kind, key string, value []byte) error
	DeleteState(ctx context.Context, kind, key string) error
}

// Registry holds the groups of one scope. It is safe for concurrent use.
type Registry struct{}

// New returns a registry with the groups in state. arnPrefix is
// "arn:aws:xray:<region>:<account>:".
func New(ctx context.Context, state State, arnPrefix string) (*Registry, error) {
	panic("group: New")
}

// Classify returns the memberships of the trace of s, given those it has already:
// known ones stay, groups whose filter matches now are added. Suitable as the
// Classify option of a store.
func (r *Registry) Classify(s *trace.Summary, known []trace.Membership) []trace.Membership {
	panic("group: Classify")
}

// List returns all groups, Default first, then by name.
func (r *Registry) List() []Group { panic("group: List") }

// Find returns the group with that name or ARN; exactly one of them must be given.
func (r *Registry) Find(name, arn string) (Group, error) { panic("group: Find") }

// ARN returns g's ARN.
func (r *Registry) ARN(g Group) string { panic("group: ARN") }

// Create adds a group. The problem's message is X-Ray's.
func (r *Registry) Create(ctx context.Context, name, filter string, insights Insights) (Group, error) {
	panic("group: Create")
}

// Update changes filter (nil: unchanged) and insights (nil: unchanged) of the
// group with that name or ARN. A changed filter makes a new version.
func (r *Registry) Update(ctx context.Context, name, arn string, filter *string, insights *Insights) (Group, error) {
	panic("group: Update")
}

// Delete removes the group with that name or ARN.
func (r *Registry) Delete(ctx context.Context, name, arn string) error { panic("group: Delete") }

// FilterOf returns the current filter of the group with that name or ARN, for
// filter.Options.
func (r *Registry) FilterOf(nameOrARN string) (filter string, ok bool) { panic("group: FilterOf") }
