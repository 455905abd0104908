package sampling

import (
	"maps"
	"slices"

	"github.com/radiograph/radiograph/internal/constraint"
)

// MaxNameLength is the length of the longest name of a rule, in characters.
const MaxNameLength = 32

// Limits of X-Ray on one rule. Lengths are in characters.
const (
	maxPriority        = 9999
	maxAttributes      = 5
	maxAttributeLength = 32
)

// validate reports everything that is wrong with r. at is the path, with a period
// at its end, of the request's member that holds the rule.
func validate(r Rule, at string) error {
	var v constraint.Violations
	v.Length(at+"ruleName", &r.Name, 1, MaxNameLength)
	members := Update{
		Priority: &r.Priority, FixedRate: &r.FixedRate, ReservoirSize: &r.ReservoirSize,
		ServiceName: &r.ServiceName, ServiceType: &r.ServiceType, Host: &r.Host,
		HTTPMethod: &r.HTTPMethod, URLPath: &r.URLPath, ResourceARN: &r.ResourceARN,
		Attributes: r.Attributes, Boost: r.Boost,
	}
	if r.Name == DefaultName {
		members.Priority = nil // below that of every other rule
	}
	members.Check(&v, at)
	return v.Err()
}

// Check adds to v what is wrong with the members that u has. at is the path of the
// request's member that they are in, with a period at its end.
func (u Update) Check(v *constraint.Violations, at string) {
	if u.Priority != nil {
		v.Within(at+"priority", float64(*u.Priority), 1, maxPriority)
	}
	if u.FixedRate != nil {
		v.Within(at+"fixedRate", *u.FixedRate, 0, 1)
	}
	if u.ReservoirSize != nil {
		v.NotNegative(at+"reservoirSize", *u.ReservoirSize)
	}
	v.Length(at+"serviceName", u.ServiceName, 1, 64)
	v.Length(at+"serviceType", u.ServiceType, 1, 64)
	v.Length(at+"host", u.Host, 1, 64)
	v.Length(at+"hTTPMethod", u.HTTPMethod, 1, 10)
	v.Length(at+"uRLPath", u.URLPath, 1, 128)
	v.Length(at+"resourceARN", u.ResourceARN, 1, 500)
	v.Count(at+"attributes", len(u.Attributes), maxAttributes)
	for _, key := range slices.Sorted(maps.Keys(u.Attributes)) {
		value := u.Attributes[key]
		v.Length(at+"attributes.key", &key, 1, maxAttributeLength)
		v.Length(at+"attributes."+key, &value, 1, maxAttributeLength)
	}
	if b := u.Boost; b != nil {
		v.Within(at+"samplingRateBoost.maxRate", b.MaxRate, 0, 1)
		v.NotNegative(at+"samplingRateBoost.cooldownWindowMinutes", b.CooldownMinutes)
	}
}
