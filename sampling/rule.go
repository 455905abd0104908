package sampling

import (
	"maps"
	"time"
)

// DefaultName is the rule that applies when no other matches. Only its rate and
// reservoir can be changed, and it cannot be deleted.
const DefaultName = "Default"

// defaultPriority is beyond what a rule can be given, so that Default comes last.
const defaultPriority = 10000

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
	Attributes    map[string]string `json:"attributes"` // never nil in what a Registry returns
	Boost         *Boost            `json:"boost,omitempty"`
	CreatedAt     time.Time         `json:"created_at"`  // whole seconds; the epoch for Default
	ModifiedAt    time.Time         `json:"modified_at"` // whole seconds; the epoch for an untouched Default
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

// defaultRule is the Default rule as long as nobody has changed it.
func defaultRule() Rule {
	return Rule{
		Name: DefaultName, Priority: defaultPriority, FixedRate: 0.05, ReservoirSize: 1,
		ServiceName: "*", ServiceType: "*", Host: "*", HTTPMethod: "*", URLPath: "*", ResourceARN: "*",
		Attributes: map[string]string{},
		CreatedAt:  time.Unix(0, 0).UTC(), ModifiedAt: time.Unix(0, 0).UTC(),
	}
}

// clone returns r with members of its own.
func (r Rule) clone() Rule {
	r.Attributes = maps.Clone(r.Attributes)
	if r.Attributes == nil {
		r.Attributes = map[string]string{}
	}
	if r.Boost != nil {
		b := *r.Boost
		r.Boost = &b
	}
	return r
}

// apply returns r changed by u.
func (u Update) apply(r Rule) Rule {
	set(&r.Priority, u.Priority)
	set(&r.FixedRate, u.FixedRate)
	set(&r.ReservoirSize, u.ReservoirSize)
	set(&r.ServiceName, u.ServiceName)
	set(&r.ServiceType, u.ServiceType)
	set(&r.Host, u.Host)
	set(&r.HTTPMethod, u.HTTPMethod)
	set(&r.URLPath, u.URLPath)
	set(&r.ResourceARN, u.ResourceARN)
	if u.Attributes != nil {
		r.Attributes = u.Attributes
	}
	r.Boost = u.Boost
	return r.clone()
}

func set[T any](dst, src *T) {
	if src != nil {
		*dst = *src
	}
}

// sameMatch reports whether a and b differ in their rate and reservoir at most.
func sameMatch(a, b Rule) bool {
	return a.Priority == b.Priority &&
		a.ServiceName == b.ServiceName && a.ServiceType == b.ServiceType &&
		a.Host == b.Host && a.HTTPMethod == b.HTTPMethod &&
		a.URLPath == b.URLPath && a.ResourceARN == b.ResourceARN &&
		maps.Equal(a.Attributes, b.Attributes) && b.Boost == nil
}
