package awsemfexporter

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// undefined stands for a placeholder that has no value.
const undefined = "undefined"

// placeholders are the names that log_group_name and log_stream_name may hold in
// braces, with the attributes that give the value when there is none of the name
// itself, the first that is there.
var placeholders = map[string][]string{
	"ClusterName":          {"aws.ecs.cluster.name", "k8s.cluster.name"},
	"TaskId":               {"aws.ecs.task.id"},
	"NodeName":             {"k8s.node.name"},
	"PodName":              {"pod", "k8s.pod.name"},
	"ServiceName":          {"service.name"},
	"ContainerInstanceId":  {"aws.ecs.container.instance.id"},
	"TaskDefinitionFamily": {"aws.ecs.task.family"},
}

var placeholder = regexp.MustCompile(`\{([A-Za-z]+)\}`)

// maxLogName is the length of the longest name of a log group or stream.
const maxLogName = 512

// checkGroupName reports whether a template gives valid names of log groups. Empty
// is fine.
func checkGroupName(template string) error {
	for _, m := range placeholder.FindAllStringSubmatch(template, -1) {
		if placeholders[m[1]] == nil {
			return fmt.Errorf("no placeholder %s is known, only %s", m[0], knownPlaceholders())
		}
	}
	rest := placeholder.ReplaceAllLiteralString(template, "")
	if i := strings.IndexFunc(rest, notInGroup); i >= 0 {
		return fmt.Errorf("%q is not allowed in the name of a log group, only letters, digits and any of .-_/#", firstRune(rest[i:]))
	}
	if len(rest) > maxLogName {
		return fmt.Errorf("must have at most %d characters", maxLogName)
	}
	return nil
}

// checkStreamName does the same for log streams, in which braces are allowed.
func checkStreamName(template string) error {
	if strings.ContainsFunc(template, notInStream) {
		return errors.New("a colon, an asterisk and control characters are not allowed in the name of a log stream")
	}
	if len(template) > maxLogName {
		return fmt.Errorf("must have at most %d characters", maxLogName)
	}
	return nil
}

func knownPlaceholders() string {
	names := make([]string, 0, len(placeholders))
	for name := range placeholders {
		names = append(names, "{"+name+"}")
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

func notInGroup(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune(".-_/#", r)
}

func notInStream(r rune) bool { return r == ':' || r == '*' || r < ' ' || r == 0x7f }

// template makes names of log groups or streams.
type template struct {
	parts   []part
	invalid func(rune) bool // what a name must not hold
}

type part struct {
	literal string
	names   []string // of a placeholder: where its value is, in order
	value   string   // of a placeholder, once it is known
}

func parseTemplate(s string, invalid func(rune) bool) template {
	t := template{invalid: invalid}
	for s != "" {
		at := placeholder.FindStringSubmatchIndex(s)
		if at == nil {
			break
		}
		name := s[at[2]:at[3]]
		if attributes := placeholders[name]; attributes != nil {
			t.parts = append(t.parts, part{literal: s[:at[0]]}, part{names: append([]string{name}, attributes...)})
		} else {
			t.parts = append(t.parts, part{literal: s[:at[1]]})
		}
		s = s[at[1]:]
	}
	t.parts = append(t.parts, part{literal: s})
	return t
}

// bind fills in what a resource says.
func (t template) bind(resource pcommon.Map) template {
	t.parts = slices.Clone(t.parts)
	for i := range t.parts {
		for _, name := range t.parts[i].names {
			if v, ok := resource.Get(name); ok && v.AsString() != "" {
				t.parts[i].value = v.AsString()
				break
			}
		}
	}
	return t
}

// open reports whether a placeholder has no value yet.
func (t template) open() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.names != nil && p.value == "" })
}

// name returns the name, in which labels give what the resource did not. What must
// not be in a name is replaced: a batch would be refused for it.
func (t template) name(l labels) string {
	var b strings.Builder
	for _, p := range t.parts {
		switch {
		case p.names == nil:
			b.WriteString(p.literal)
		case p.value != "":
			b.WriteString(p.value)
		default:
			b.WriteString(l.first(p.names))
		}
	}
	return validName(b.String(), t.invalid)
}

// validName makes a string the name of a log group or stream.
func validName(s string, invalid func(rune) bool) string {
	s = strings.Map(func(r rune) rune {
		if invalid(r) {
			return '_'
		}
		return r
	}, s)
	return cut(s, maxLogName)
}
