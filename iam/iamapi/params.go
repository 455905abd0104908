package iamapi

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/internal/constraint"
)

// Bounds of requests.
const (
	maxParams      = 1000
	maxMembers     = 200 // of one list
	maxMemberIndex = 9999
)

// params are the parameters of a request. The methods that read one collect what is
// wrong; err returns that.
type params struct {
	values     map[string]string
	violations constraint.Violations
}

// parseParams reads a form. A parameter that is there twice has no meaning.
func parseParams(form string) (*params, error) {
	if strings.Count(form, "&") >= maxParams {
		return nil, iam.Errorf(iam.MalformedInput, "The request has more than %d parameters", maxParams)
	}
	all, err := url.ParseQuery(form)
	if err != nil {
		return nil, iam.Errorf(iam.MalformedInput, "The request is not a well-formed form")
	}
	p := &params{values: make(map[string]string, len(all))}
	for name, list := range all {
		if len(list) > 1 {
			return nil, iam.Errorf(iam.MalformedInput, "Duplicate parameter %s", name)
		}
		if !utf8.ValidString(name) || !utf8.ValidString(list[0]) {
			return nil, iam.Errorf(iam.MalformedInput, "The request has text that is not UTF-8")
		}
		p.values[name] = list[0]
	}
	return p, nil
}

// err returns what is wrong with the parameters that were read so far.
func (p *params) err() error {
	if err := p.violations.Err(); err != nil {
		return iam.Errorf(iam.ValidationError, "%s", err.Error())
	}
	return nil
}

func (p *params) pointer(name string) *string {
	v, ok := p.values[name]
	if !ok {
		return nil
	}
	return &v
}

// member is the name of a parameter as messages have it.
func member(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// text reads a parameter that may be absent.
func (p *params) text(name string, least, most int, pattern *regexp.Regexp) string {
	v := p.pointer(name)
	if v == nil {
		return ""
	}
	p.check(member(name), v, least, most, pattern)
	return *v
}

// required reads a parameter that must be there.
func (p *params) required(name string, least, most int, pattern *regexp.Regexp) string {
	p.violations.Required(member(name), p.pointer(name) != nil)
	return p.text(name, least, most, pattern)
}

func (p *params) check(path string, v *string, least, most int, pattern *regexp.Regexp) {
	p.violations.Length(path, v, least, most)
	if pattern != nil {
		p.violations.Pattern(path, v, pattern)
	}
}

// oneOf reads a parameter with a closed list of values, the first of which is the
// default.
func (p *params) oneOf(name string, values ...string) string {
	v := p.pointer(name)
	p.violations.OneOf(member(name), v, values...)
	if v == nil {
		return values[0]
	}
	return *v
}

// number reads a whole number, def when it is absent.
func (p *params) number(name string, least, most, def int) int {
	v := p.pointer(name)
	if v == nil {
		return def
	}
	n, err := strconv.Atoi(*v)
	if err != nil {
		p.violations.Pattern(member(name), v, wholeNumber)
		return def
	}
	p.violations.Within(member(name), float64(n), float64(least), float64(most))
	return n
}

// seconds reads a duration, 0 when it is absent.
func (p *params) seconds(name string, least, most time.Duration) time.Duration {
	return time.Duration(p.number(name, int(least/time.Second), int(most/time.Second), 0)) * time.Second
}

// boolean reads a truth value, false when it is absent.
func (p *params) boolean(name string) bool { return p.oneOf(name, "false", "true") == "true" }

// list reads prefix.member.N, in the order of N. What follows N, as in
// Tags.member.1.Key, must be suffix.
func (p *params) list(prefix, suffix string) []string {
	indices := p.indices(prefix, suffix)
	items := make([]string, len(indices))
	for i, n := range indices {
		items[i] = p.values[prefix+".member."+strconv.Itoa(n)+suffix]
	}
	return items
}

// indices returns the N of prefix.member.N, sorted. However large they are, only those
// that are there take memory.
func (p *params) indices(prefix, suffix string) (indices []int) {
	for name := range p.values {
		rest, ok := strings.CutPrefix(name, prefix+".member.")
		if !ok {
			continue
		}
		digits, ok := strings.CutSuffix(rest, suffix)
		n, err := strconv.Atoi(digits)
		if ok && err == nil && n >= 1 && n <= maxMemberIndex && strconv.Itoa(n) == digits {
			indices = append(indices, n)
		}
	}
	slices.Sort(indices)
	if len(indices) > maxMembers {
		p.violations.Count(member(prefix), len(indices), maxMembers)
		return nil
	}
	return indices
}

// Patterns of parameters, from the API references.
var (
	wholeNumber    = regexp.MustCompile(`^[0-9]+$`)
	namePattern    = regexp.MustCompile(`^[\w+=,.@-]+$`)
	pathPattern    = regexp.MustCompile(`^(/)$|^(/[\x21-\x7e]+/)$`)
	sessionPattern = regexp.MustCompile(`^[\w+=,.@-]*$`)
	keyIDPattern   = regexp.MustCompile(`^[\w]+$`)
	versionPattern = regexp.MustCompile(`^v[1-9][0-9]*$`)
	externalID     = regexp.MustCompile(`^[\w+=,.@:/-]*$`)
	tagKeyPattern  = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$`)
	tagTextPattern = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
	descPattern    = regexp.MustCompile(`^[\x09\x0a\x0d\x20-\x7e\x{00a1}-\x{00ff}]*$`)
	prefixPattern  = regexp.MustCompile(`^/[\x21-\x7e]*$`)
)

func (p *params) roleName() string   { return p.required("RoleName", 1, 64, namePattern) }
func (p *params) userName() string   { return p.required("UserName", 1, 64, namePattern) }
func (p *params) policyName() string { return p.required("PolicyName", 1, 128, namePattern) }
func (p *params) policyARN() string  { return p.required("PolicyArn", 20, 2048, nil) }

func (p *params) providerARN() string {
	return p.required("OpenIDConnectProviderArn", 20, 2048, nil)
}

// document reads a policy document. 131072 characters are what IAM takes, white space
// included.
func (p *params) document(name string) string { return p.required(name, 1, 131072, nil) }

// path reads the path of a new entity.
func (p *params) path() string {
	if p.pointer("Path") == nil {
		return "/"
	}
	return p.text("Path", 1, 512, pathPattern)
}

// maxTags is how many tags an entity or session has at most.
const maxTags = 50

// tags reads Tags.member.N.
func (p *params) tags() (iam.Tags, error) {
	tags := iam.Tags{}
	seen := map[string]bool{}
	for _, n := range p.indices("Tags", ".Key") {
		prefix := "Tags.member." + strconv.Itoa(n)
		path := "tags." + strconv.Itoa(n) + ".member."
		key, value := p.values[prefix+".Key"], p.pointer(prefix+".Value")
		p.check(path+"key", &key, 1, 128, tagKeyPattern)
		p.violations.Required(path+"value", value != nil)
		if value == nil {
			continue
		}
		p.check(path+"value", value, 0, 256, tagTextPattern)
		if seen[strings.ToLower(key)] {
			return nil, iam.Errorf(iam.InvalidInput, "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return nil, iam.Errorf(iam.InvalidInput, "Tag keys that begin with aws: are reserved")
		}
		seen[strings.ToLower(key)] = true
		tags[key] = *value
	}
	if len(tags) > maxTags {
		return nil, iam.Errorf(iam.InvalidInput, "There can be at most %d tags", maxTags)
	}
	return tags, nil
}
