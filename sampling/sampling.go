package sampling

import (
	"context"
	"time"
)

// DefaultName is the rule that applies when no other matches. Only its rate and
// reservoir can be changed, and it cannot be deleted.
const DefaultName = "Default"

// Rule is a sampling rule. Matching is by wildcards (* and ?), whole string,
// without regard to case.
type Rule struct {
	Name          string            `json:"name"`
	Priority      int               `json:"priority"` // 1 to 9999, lower first; Default has 10000
	FixedRate     float64           `json:"fixed_rate"`
	ReservoirSize int               `json:"reservoir_size"` // requests a second over all clients, before FixedRate applies
	ServiceName   string            `json:"service_name"`
	ServiceType   string            `json:"service_type"`
	Host          string            `json:"host"`
	HTTPMethod    string            `json:"http_method"`
	URLPath       string            `json:"url_path"`
	ResourceARN   string            `json:"resource_arn"`
	Attributes    map[string]string `json:"attributes"`
	Boost         *Boost            `json:"boost,omitempty"`
	CreatedAt     time.Time         `json:"created_at"`
	ModifiedAt    time.Time         `json:"modified_at"`
}

// Boost lets a rule sample more for a short time when there are anomalies.
type Boost struct {
	MaxRate         float64 `json:"max_rate"`
	CooldownMinutes int     `json:"cooldown_minutes"`
}

// Update changes a rule: nil members stay, except Boost, which is replaced always
// (that is what X-Ray does).
type Update struct {
	Priority      *int
	FixedRate     *float64
	ReservoirSize *int
	ServiceName   *string
	ServiceType   *string
	Host          *string
	HTTPMethod    *string
	URLPath       *string
	ResourceARN   *string
	Attributes    map[string]string // nil stays
	Boost         *Boost
}

// Request is what rules are matched against. Empty members match every pattern.
type Request struct {
	ServiceName, ServiceType, Host, HTTPMethod, URLPath, ResourceARN string
	Attributes                                                       map[string]string
}

// Statistics is a client's report on one rule since its last report.
type Statistics struct {
	RuleName                    string
	ClientID                    string // 24 hex digits, lower case
	Timestamp                   time.Time
	Requests, Sampled, Borrowed int64
}

// BoostStatistics is a client's report on anomalies under one rule.
type BoostStatistics struct {
	RuleName, ServiceName              string
	Timestamp                          time.Time
	Anomalies, Total, SampledAnomalies int64
}

// Target is what a client is told about one rule.
type Target struct {
	RuleName  string
	FixedRate float64
	Lease     *Lease // nil at a client's first report
	Boost     *BoostTarget
}

// Lease is a share of a reservoir, granted to one client until a deadline.
type Lease struct {
	Quota    int // requests a second
	Expires  time.Time
	Interval time.Duration // when to report again
}

// BoostTarget is a raised rate until a deadline.
type BoostTarget struct {
	Rate    float64
	Expires time.Time
}

// Targets is the answer to a report.
type Targets struct {
	LastRuleModification time.Time
	Targets              []Target
	UnknownRules         []string // of Statistics
	UnknownBoostRules    []string // of BoostStatistics
}

// Window is a rule's totals over one closed ten-second window.
type Window struct {
	RuleName                    string
	Start                       time.Time
	Requests, Sampled, Borrowed int64
}

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
type Registry struct{}

// New returns a registry with the rules in state.
func New(ctx context.Context, state State) (*Registry, error) { panic("sampling: New") }

// Rules returns all rules in order of priority, Default last.
func (r *Registry) Rules() []Rule { panic("sampling: Rules") }

// Create adds a rule.
func (r *Registry) Create(ctx context.Context, rule Rule) (Rule, error) { panic("sampling: Create") }

// Update changes the rule called name.
func (r *Registry) Update(ctx context.Context, name string, u Update) (Rule, error) {
	panic("sampling: Update")
}

// Delete removes the rule called name and returns what it was.
func (r *Registry) Delete(ctx context.Context, name string) (Rule, error) { panic("sampling: Delete") }

// Match returns the first rule that applies to req.
func (r *Registry) Match(req Request) Rule { panic("sampling: Match") }

// Targets takes clients' reports and answers with their shares of the reservoirs.
func (r *Registry) Targets(stats []Statistics, boost []BoostStatistics) Targets {
	panic("sampling: Targets")
}

// Windows returns the closed windows of the recent past.
func (r *Registry) Windows() []Window { panic("sampling: Windows") }
