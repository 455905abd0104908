package sampling

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/radiograph/radiograph/problem"
)

// Limits of X-Ray on one rule. Lengths are in characters.
const (
	maxNameLength      = 32
	maxPriority        = 9999
	maxAttributes      = 5
	maxAttributeLength = 32
)

// violations collects what is wrong with a rule, in the words of the AWS
// frameworks.
type violations struct {
	path string // of the rule in the request
	list []string
}

// validate reports everything that is wrong with r as one problem. path is the
// name of the request's member that holds the rule.
func validate(r Rule, path string) error {
	v := violations{path: path}
	v.length("ruleName", r.Name, maxNameLength)
	if r.Name != DefaultName {
		v.number("priority", float64(r.Priority), 1, maxPriority)
	}
	v.number("fixedRate", r.FixedRate, 0, 1)
	v.atLeast("reservoirSize", r.ReservoirSize, 0)
	v.length("serviceName", r.ServiceName, 64)
	v.length("serviceType", r.ServiceType, 64)
	v.length("host", r.Host, 64)
	v.length("hTTPMethod", r.HTTPMethod, 10)
	v.length("uRLPath", r.URLPath, 128)
	v.length("resourceARN", r.ResourceARN, 500)
	if len(r.Attributes) > maxAttributes {
		v.add("attributes", strconv.Itoa(len(r.Attributes))+" entries", "Member must have length less than or equal to 5")
	}
	for key, value := range r.Attributes {
		v.length("attributes.key", key, maxAttributeLength)
		v.length("attributes."+key, value, maxAttributeLength)
	}
	if r.Boost != nil {
		v.number("samplingRateBoost.maxRate", r.Boost.MaxRate, 0, 1)
		v.atLeast("samplingRateBoost.cooldownWindowMinutes", r.Boost.CooldownMinutes, 0)
	}
	return v.err()
}

func (v *violations) add(member, value, constraint string) {
	v.list = append(v.list, fmt.Sprintf("Value '%s' at '%s.%s' failed to satisfy constraint: %s", value, v.path, member, constraint))
}

// length accepts 1 to most characters.
func (v *violations) length(member, value string, most int) {
	switch n := utf8.RuneCountInString(value); {
	case n < 1:
		v.add(member, value, "Member must have length greater than or equal to 1")
	case n > most:
		v.add(member, value, fmt.Sprintf("Member must have length less than or equal to %d", most))
	}
}

// number accepts least ≤ value ≤ most, and so no NaN.
func (v *violations) number(member string, value, least, most float64) {
	text := strconv.FormatFloat(value, 'g', -1, 64)
	switch {
	case value >= least && value <= most:
	case value > most:
		v.add(member, text, fmt.Sprintf("Member must have value less than or equal to %g", most))
	default:
		v.add(member, text, fmt.Sprintf("Member must have value greater than or equal to %g", least))
	}
}

func (v *violations) atLeast(member string, value, least int) {
	if value < least {
		v.add(member, strconv.Itoa(value), fmt.Sprintf("Member must have value greater than or equal to %d", least))
	}
}

func (v *violations) err() error {
	if len(v.list) == 0 {
		return nil
	}
	noun := "errors"
	if len(v.list) == 1 {
		noun = "error"
	}
	return problem.New(problem.Invalid, "%d validation %s detected: %s", len(v.list), noun, strings.Join(v.list, "; "))
}
