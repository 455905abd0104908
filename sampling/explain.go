package sampling

import (
	"cmp"
	"maps"
	"slices"
)

// Mismatch is one reason why a rule does not apply to a request.
type Mismatch struct {
	Field   Field
	Key     string // of FieldAttribute
	Pattern string
	Value   string
	Absent  bool // FieldAttribute: the request has no such attribute
}

// Field names a member of a [Request].
type Field uint8

// The fields that rules match.
const (
	FieldServiceName Field = iota
	FieldServiceType
	FieldHost
	FieldHTTPMethod
	FieldURLPath
	FieldResourceARN
	FieldAttribute
)

// Mismatches returns why r does not apply to req: nothing when it does.
func (r *Rule) Mismatches(req *Request) []Mismatch {
	if r.Name == DefaultName {
		return nil
	}
	var out []Mismatch
	for _, m := range []Mismatch{
		{Field: FieldServiceName, Pattern: r.ServiceName, Value: req.ServiceName},
		{Field: FieldServiceType, Pattern: r.ServiceType, Value: req.ServiceType},
		{Field: FieldHost, Pattern: r.Host, Value: req.Host},
		{Field: FieldHTTPMethod, Pattern: r.HTTPMethod, Value: req.HTTPMethod},
		{Field: FieldURLPath, Pattern: r.URLPath, Value: req.URLPath},
		{Field: FieldResourceARN, Pattern: r.ResourceARN, Value: req.ResourceARN},
	} {
		if !matchField(m.Pattern, m.Value) {
			out = append(out, m)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.Attributes)) {
		value, ok := req.Attributes[key]
		if !ok || !wildcard(r.Attributes[key], value) {
			out = append(out, Mismatch{Field: FieldAttribute, Key: key, Pattern: r.Attributes[key], Value: value, Absent: !ok})
		}
	}
	return out
}

// Deciding returns the index in rules, which are in order of priority, of the
// first that applies to req; -1 if none does.
func Deciding(rules []Rule, req *Request) int {
	return slices.IndexFunc(rules, func(r Rule) bool { return r.matches(req) })
}

// Propose returns rules as they would be with the rules of upsert in the place of
// those with their names, or added, and without those named in remove: in order of
// priority, Default last. It fails as [Registry.Create], [Registry.Update] and
// [Registry.Delete] would, and changes nothing.
func Propose(rules, upsert []Rule, remove []string) ([]Rule, error) {
	proposed := slices.Clone(rules)
	find := func(name string) int {
		return slices.IndexFunc(proposed, func(r Rule) bool { return r.Name == name })
	}
	for _, name := range remove {
		i := find(name)
		if i < 0 {
			return nil, errNoRule()
		}
		if name == DefaultName {
			return nil, errKeepDefault()
		}
		proposed = slices.Delete(proposed, i, i+1)
	}
	for _, rule := range upsert {
		if err := validate(rule, "samplingRule."); err != nil {
			return nil, err
		}
		i := find(rule.Name)
		switch {
		case i < 0:
			proposed = append(proposed, rule.clone())
		case rule.Name == DefaultName && !sameMatch(proposed[i], rule):
			return nil, errFixedDefault()
		default:
			proposed[i] = rule.clone()
		}
	}
	slices.SortFunc(proposed, compareRules)
	return proposed, nil
}

// compareRules orders rules by priority, then name.
func compareRules(a, b Rule) int {
	return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Name, b.Name))
}
