package group

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/problem"
)

// Limits on the number of groups, Default included.
const (
	DefaultLimit = 1000 // ours
	StrictLimit  = 25   // X-Ray's
)

// ErrLimit is returned when there are too many groups.
var ErrLimit error = problem.New(problem.Invalid, "Group limit exceeded")

// kind of state; the keys are group names.
const kind = "group"

// State is where a Registry keeps its groups; store.Store is one.
type State interface {
	LoadState(ctx context.Context, kind string) (map[string][]byte, error)
	PutState(ctx context.Context, kind, key string, value []byte) error
	DeleteState(ctx context.Context, kind, key string) error
}

// Registry holds the groups of one scope. It is safe for concurrent use. Errors
// for callers are problems (Invalid, NotFound, Exists) with X-Ray's message texts;
// too many groups are ErrLimit.
type Registry struct {
	state  State
	prefix string // of ARNs
	limit  int

	// change makes changes happen one after the other. It is held while state is
	// written; readers never wait for it.
	change  sync.Mutex
	current atomic.Pointer[set]
}

// Option is an option of [New].
type Option func(*Registry)

// WithLimit sets how many groups there may be, Default included, instead of
// [DefaultLimit].
func WithLimit(n int) Option { return func(r *Registry) { r.limit = n } }

// New returns a registry with the groups in state. arnPrefix is
// "arn:aws:xray:<region>:<account>:".
func New(ctx context.Context, state State, arnPrefix string, opts ...Option) (*Registry, error) {
	r := &Registry{state: state, prefix: arnPrefix + "group/", limit: DefaultLimit}
	for _, o := range opts {
		o(r)
	}
	entries, err := state.LoadState(ctx, kind)
	if err != nil {
		return nil, fmt.Errorf("load groups: %w", err)
	}
	groups := make([]Group, 0, len(entries)+1)
	for name, value := range entries {
		var g Group
		if err := json.Unmarshal(value, &g); err != nil {
			return nil, fmt.Errorf("read group %q: %w", name, err)
		}
		groups = append(groups, g)
	}
	if _, ok := entries[DefaultName]; !ok {
		groups = append(groups, Group{Name: DefaultName, Version: 1})
	}
	s, err := newSet(groups, r.prefix)
	if err != nil {
		return nil, fmt.Errorf("load groups: %w", err)
	}
	r.current.Store(s)
	return r, nil
}

// List returns all groups, Default first, then by name.
func (r *Registry) List() []Group {
	members := r.current.Load().ordered
	groups := make([]Group, len(members))
	for i := range members {
		groups[i] = members[i].Group
	}
	return groups
}

// Find returns the group with that name or ARN; exactly one of them must be given.
func (r *Registry) Find(name, arn string) (Group, error) {
	return r.find(r.current.Load(), name, arn)
}

func (r *Registry) find(s *set, name, arn string) (Group, error) {
	if (name == "") == (arn == "") {
		return Group{}, problem.New(problem.Invalid, "Provide either GroupName or GroupARN")
	}
	m := s.byName[name]
	if arn != "" {
		m = s.byARN(arn, r.prefix)
	}
	if m == nil {
		return Group{}, problem.New(problem.NotFound, "Group not found")
	}
	return m.Group, nil
}

// ARN returns g's ARN.
func (r *Registry) ARN(g Group) string { return arn(r.prefix, g) }

// FilterOf returns the current filter of the group with that name or ARN, for
// filter.Options.
func (r *Registry) FilterOf(nameOrARN string) (filter string, ok bool) {
	return r.current.Load().filterOf(nameOrARN, r.prefix)
}

// Create adds a group. The problem's message is X-Ray's.
func (r *Registry) Create(ctx context.Context, name, filter string, insights Insights) (Group, error) {
	r.change.Lock()
	defer r.change.Unlock()
	s := r.current.Load()
	switch {
	case !validName(name):
		return Group{}, problem.New(problem.Invalid, "Invalid group name %q: use 1 to %d letters, digits and hyphens", name, maxNameLength)
	case s.byName[name] != nil:
		return Group{}, problem.New(problem.Exists, "%s already exists", name)
	case len(s.ordered) >= r.limit:
		return Group{}, ErrLimit
	}
	if err := checkSettings(filter, insights); err != nil {
		return Group{}, err
	}
	return r.put(ctx, Group{Name: name, ID: newID(), Filter: filter, Version: 1, Insights: insights})
}

// Update changes filter (nil: unchanged) and insights (nil: unchanged) of the
// group with that name or ARN. A changed filter makes a new version.
func (r *Registry) Update(ctx context.Context, name, arn string, filter *string, insights *Insights) (Group, error) {
	r.change.Lock()
	defer r.change.Unlock()
	g, err := r.find(r.current.Load(), name, arn)
	if err != nil {
		return Group{}, err
	}
	if insights != nil {
		g.Insights = *insights
	}
	if g.Name == DefaultName {
		if filter != nil && *filter != "" {
			return Group{}, problem.New(problem.Invalid, "The filter expression of the Default group cannot be changed")
		}
		if err := checkInsights(g.Insights); err != nil {
			return Group{}, err
		}
		return r.put(ctx, g)
	}
	if filter != nil && *filter != g.Filter {
		g.Filter = *filter
		g.Version++
	}
	if err := checkSettings(g.Filter, g.Insights); err != nil {
		return Group{}, err
	}
	return r.put(ctx, g)
}

// Delete removes the group with that name or ARN.
func (r *Registry) Delete(ctx context.Context, name, arn string) error {
	r.change.Lock()
	defer r.change.Unlock()
	s := r.current.Load()
	g, err := r.find(s, name, arn)
	if err != nil {
		return err
	}
	if g.Name == DefaultName {
		return problem.New(problem.Invalid, "The Default group cannot be deleted")
	}
	next, err := newSet(s.without(g.Name), r.prefix)
	if err != nil {
		return fmt.Errorf("delete group %q: %w", g.Name, err)
	}
	if err := r.state.DeleteState(ctx, kind, g.Name); err != nil {
		return fmt.Errorf("delete group %q: %w", g.Name, err)
	}
	r.current.Store(next)
	return nil
}

// put compiles the groups with g, makes g durable, then visible. The caller holds
// change.
func (r *Registry) put(ctx context.Context, g Group) (Group, error) {
	next, err := newSet(append(r.current.Load().without(g.Name), g), r.prefix)
	if err != nil {
		return Group{}, refusal(err)
	}
	value, err := json.Marshal(g)
	if err != nil {
		return Group{}, fmt.Errorf("encode group %q: %w", g.Name, err)
	}
	if err := r.state.PutState(ctx, kind, g.Name, value); err != nil {
		return Group{}, fmt.Errorf("put group %q: %w", g.Name, err)
	}
	r.current.Store(next)
	return g, nil
}

// refusal is the problem for a filter that does not compile. The other filters
// did before, so it is the caller's that is at fault.
func refusal(err error) error {
	if syntax, ok := errors.AsType[*filter.SyntaxError](err); ok {
		return &problem.Error{Kind: problem.Invalid, Message: syntax.Error()}
	}
	return &problem.Error{Kind: problem.Invalid, Message: "Invalid filter expression: " + err.Error()}
}

func checkSettings(filter string, insights Insights) error {
	if strings.TrimSpace(filter) == "" {
		return problem.New(problem.Invalid, "Filter Expression is empty")
	}
	return checkInsights(insights)
}

func checkInsights(i Insights) error {
	if i.Notifications && !i.Enabled {
		return problem.New(problem.Invalid, "Insights notifications cannot be enabled when insights are not enabled")
	}
	return nil
}

// newID returns 52 characters of base32: a group that is created again is another.
func newID() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
}
