package sampling

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/radiograph/radiograph/problem"
)

// Limits on the number of rules beside Default.
const (
	DefaultLimit = 1000 // ours
	StrictLimit  = 25   // X-Ray's
)

// ErrLimit is returned when there are too many rules.
var ErrLimit error = problem.New(problem.Invalid, "Sampling rule limit exceeded")

// Kinds of state. The keys of kindRule are rule names. kindMark has one entry, the
// time of the last deletion: that of other changes is in the rules.
const (
	kindRule = "sampling-rule"
	kindMark = "sampling-mark"
	markKey  = "deleted"
)

// State is where a Registry keeps its rules; store.Store is one.
type State interface {
	LoadState(ctx context.Context, kind string) (map[string][]byte, error)
	PutState(ctx context.Context, kind, key string, value []byte) error
	DeleteState(ctx context.Context, kind, key string) error
}

// Registry holds the rules of one scope, the leases of their reservoirs and the
// statistics that clients reported. It is safe for concurrent use. Errors for
// callers are problems (Invalid, NotFound, Exists) with X-Ray's message texts;
// too many rules are ErrLimit.
type Registry struct {
	state State
	limit int

	// change makes changes of rules happen one after the other. It is held while
	// state is written; readers never wait for it.
	change sync.Mutex
	rules  atomic.Pointer[ruleset]

	mu         sync.Mutex            // guards the fields below and every store to rules
	reservoirs map[string]*reservoir // by rule name; absent until the first report
	boosts     map[string]*boosting  // by rule name; absent until the first report
	windows    windows
}

// ruleset is an immutable set of rules.
type ruleset struct {
	ordered  []Rule // by priority, then name; Default last
	byName   map[string]*Rule
	modified time.Time // of the last change
}

// Option is an option of [New].
type Option func(*Registry)

// WithLimit sets how many rules there may be beside Default, instead of
// [DefaultLimit].
func WithLimit(n int) Option { return func(r *Registry) { r.limit = n } }

// New returns a registry with the rules in state.
func New(ctx context.Context, state State, opts ...Option) (*Registry, error) {
	r := &Registry{
		state:      state,
		limit:      DefaultLimit,
		reservoirs: map[string]*reservoir{},
		boosts:     map[string]*boosting{},
	}
	for _, o := range opts {
		o(r)
	}
	rules, err := loadRules(ctx, state)
	if err != nil {
		return nil, err
	}
	deleted, err := loadMark(ctx, state)
	if err != nil {
		return nil, err
	}
	r.rules.Store(newRuleset(rules, deleted))
	return r, nil
}

func loadRules(ctx context.Context, state State) ([]Rule, error) {
	entries, err := state.LoadState(ctx, kindRule)
	if err != nil {
		return nil, fmt.Errorf("load sampling rules: %w", err)
	}
	rules := make([]Rule, 0, len(entries)+1)
	for name, value := range entries {
		var rule Rule
		if err := json.Unmarshal(value, &rule); err != nil {
			return nil, fmt.Errorf("read sampling rule %q: %w", name, err)
		}
		rules = append(rules, rule.clone())
	}
	if _, ok := entries[DefaultName]; !ok {
		rules = append(rules, defaultRule())
	}
	return rules, nil
}

func loadMark(ctx context.Context, state State) (time.Time, error) {
	entries, err := state.LoadState(ctx, kindMark)
	if err != nil {
		return time.Time{}, fmt.Errorf("load time of last rule deletion: %w", err)
	}
	var deleted time.Time
	if value, ok := entries[markKey]; ok {
		if err := deleted.UnmarshalText(value); err != nil {
			return time.Time{}, fmt.Errorf("read time of last rule deletion: %w", err)
		}
	}
	return deleted, nil
}

func newRuleset(rules []Rule, deleted time.Time) *ruleset {
	slices.SortFunc(rules, compareRules)
	s := &ruleset{ordered: rules, byName: make(map[string]*Rule, len(rules)), modified: time.Unix(0, 0).UTC()}
	for i := range rules {
		s.byName[rules[i].Name] = &rules[i]
		s.modified = later(s.modified, rules[i].ModifiedAt)
	}
	s.modified = later(s.modified, deleted)
	return s
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// Rules returns all rules in order of priority, Default last.
func (r *Registry) Rules() []Rule {
	ordered := r.rules.Load().ordered
	rules := make([]Rule, len(ordered))
	for i := range ordered {
		rules[i] = ordered[i].clone()
	}
	return rules
}

// Create adds a rule. It sets the times itself.
func (r *Registry) Create(ctx context.Context, rule Rule) (Rule, error) {
	r.change.Lock()
	defer r.change.Unlock()
	rules := r.rules.Load()
	if rules.byName[rule.Name] != nil {
		return Rule{}, problem.New(problem.Exists, "Sampling rule already exists")
	}
	if err := validate(rule, "samplingRule."); err != nil {
		return Rule{}, err
	}
	if len(rules.ordered)-1 >= r.limit {
		return Rule{}, ErrLimit
	}
	rule = rule.clone()
	rule.CreatedAt = wholeSecond(time.Now())
	rule.ModifiedAt = rule.CreatedAt
	return r.put(ctx, rule)
}

// Update changes the rule called name.
func (r *Registry) Update(ctx context.Context, name string, u Update) (Rule, error) {
	r.change.Lock()
	defer r.change.Unlock()
	old := r.rules.Load().byName[name]
	if old == nil {
		return Rule{}, errNoRule()
	}
	rule := u.apply(*old)
	if name == DefaultName && !sameMatch(*old, rule) {
		return Rule{}, errFixedDefault()
	}
	if err := validate(rule, "samplingRuleUpdate."); err != nil {
		return Rule{}, err
	}
	rule.ModifiedAt = wholeSecond(time.Now())
	return r.put(ctx, rule)
}

// Delete removes the rule called name and returns what it was.
func (r *Registry) Delete(ctx context.Context, name string) (Rule, error) {
	r.change.Lock()
	defer r.change.Unlock()
	if name == DefaultName {
		return Rule{}, errKeepDefault()
	}
	old := r.rules.Load().byName[name]
	if old == nil {
		return Rule{}, errNoRule()
	}
	// The mark comes first: should the second write fail, clients refresh for nothing.
	now := wholeSecond(time.Now())
	if err := r.state.PutState(ctx, kindMark, markKey, []byte(now.Format(time.RFC3339))); err != nil {
		return Rule{}, fmt.Errorf("delete sampling rule %q: %w", name, err)
	}
	if err := r.state.DeleteState(ctx, kindRule, name); err != nil {
		return Rule{}, fmt.Errorf("delete sampling rule %q: %w", name, err)
	}
	r.replace(name, nil, now)
	return old.clone(), nil
}

// put makes rule durable, then visible. The caller holds change.
func (r *Registry) put(ctx context.Context, rule Rule) (Rule, error) {
	value, err := json.Marshal(rule)
	if err != nil {
		return Rule{}, fmt.Errorf("encode sampling rule %q: %w", rule.Name, err)
	}
	if err := r.state.PutState(ctx, kindRule, rule.Name, value); err != nil {
		return Rule{}, fmt.Errorf("put sampling rule %q: %w", rule.Name, err)
	}
	r.replace(rule.Name, &rule, rule.ModifiedAt)
	return rule.clone(), nil
}

// replace puts rule in the place of the rule called name, or removes that. The
// caller holds change.
func (r *Registry) replace(name string, rule *Rule, now time.Time) {
	old := r.rules.Load()
	rules := slices.DeleteFunc(slices.Clone(old.ordered), func(r Rule) bool { return r.Name == name })
	if rule != nil {
		rules = append(rules, *rule)
	}
	next := newRuleset(rules, later(old.modified, now))

	r.mu.Lock()
	defer r.mu.Unlock()
	r.rules.Store(next)
	if rule == nil {
		delete(r.reservoirs, name)
	}
	if rule == nil || rule.Boost == nil {
		delete(r.boosts, name)
	}
}

func errNoRule() error { return problem.New(problem.NotFound, "Sampling rule does not exist") }

func errFixedDefault() error {
	return problem.New(problem.Invalid, "Invalid update request for default sampling rule")
}

func errKeepDefault() error {
	return problem.New(problem.Invalid, "The default sampling rule cannot be deleted")
}

func wholeSecond(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
