package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// conflict is a field of an object that someone else has set to another value.
type conflict struct {
	// path is as the API server writes it, such as .spec.replicas.
	path string
	// with says who: conflict with "kubectl-edit" using apps/v1.
	with string
}

// conflictsOf reads the conflicts of a refused apply; false if the error is another.
func conflictsOf(err error) ([]conflict, bool) {
	status, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok || !apierrors.IsConflict(err) || status.Status().Details == nil {
		return nil, false
	}
	var out []conflict
	for _, cause := range status.Status().Details.Causes {
		if cause.Type == metav1.CauseTypeFieldManagerConflict {
			out = append(out, conflict{path: cause.Field, with: cause.Message})
		}
	}
	slices.SortFunc(out, func(a, b conflict) int {
		return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.with, b.with))
	})
	return out, len(out) > 0
}

// resolution is what is done about conflicts.
type resolution int

const (
	// fail leaves the object as it is and reports the conflicts.
	fail resolution = iota
	// force takes the fields.
	force
	// leave applies the rest.
	leave
)

// resolve says what is done about conflicts. While an add-on is created nothing is preserved:
// as in EKS, PRESERVE is then as NONE
// (https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAddon.html).
func resolve(mode v1alpha1.ResolveConflicts, creating bool) resolution {
	switch {
	case mode == v1alpha1.ResolveOverwrite:
		return force
	case mode == v1alpha1.ResolvePreserve && !creating:
		return leave
	default:
		return fail
	}
}

// without returns the object without the fields in conflict.
func without(object *unstructured.Unstructured, conflicts []conflict) (*unstructured.Unstructured, error) {
	out := object.DeepCopy()
	for _, c := range conflicts {
		changed, ok := cut(out.Object, c.path)
		if !ok {
			return nil, fmt.Errorf("field %s is in conflict but not in the object", c.path)
		}
		if out.Object, ok = changed.(map[string]any); !ok {
			return nil, fmt.Errorf("field %s is the whole object", c.path)
		}
	}
	return out, nil
}

// cut removes what a path leads to and returns the rest. Names of fields in a path may hold
// dots, so they are told apart by the keys that are there.
func cut(value any, path string) (any, bool) {
	if path == "" {
		return nil, false
	}
	switch in := value.(type) {
	case map[string]any:
		rest, ok := strings.CutPrefix(path, ".")
		if !ok {
			return value, false
		}
		key, ok := longestKey(in, rest)
		if !ok {
			return value, false
		}
		rest = rest[len(key):]
		if rest == "" {
			delete(in, key)
			return in, true
		}
		in[key], ok = cut(in[key], rest)
		return in, ok
	case []any:
		element, rest, ok := splitElement(path)
		if !ok {
			return value, false
		}
		i := element.index(in)
		if i < 0 {
			return value, false
		}
		if rest == "" {
			return slices.Delete(in, i, i+1), true
		}
		in[i], ok = cut(in[i], rest)
		return in, ok
	default:
		return value, false
	}
}

// longestKey returns the longest key that a path begins with.
func longestKey(in map[string]any, path string) (string, bool) {
	best, found := "", false
	for key := range in {
		rest, ok := strings.CutPrefix(path, key)
		if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') && (!found || len(key) > len(best)) {
			best, found = key, true
		}
	}
	return best, found
}

// element names an item of a list: by a few of its fields, by its value or by its place.
type element struct {
	keys  map[string]string
	value string
	place int
}

// splitElement reads the [name="x",port=1], [="x"] or [0] that a path begins with.
func splitElement(path string) (element, string, bool) {
	e := element{place: -1}
	if !strings.HasPrefix(path, "[") {
		return e, "", false
	}
	parts, rest, ok := splitQuoted(path[1:])
	if !ok {
		return e, "", false
	}
	for _, part := range parts {
		key, value, ok := strings.Cut(part, "=")
		switch {
		case !ok:
			place, err := strconv.Atoi(part)
			if err != nil {
				return e, "", false
			}
			e.place = place
		case key == "":
			e.value = value
		default:
			if e.keys == nil {
				e.keys = map[string]string{}
			}
			e.keys[key] = value
		}
	}
	return e, rest, true
}

// splitQuoted splits at commas up to the closing bracket; neither counts inside quotes.
func splitQuoted(text string) (parts []string, rest string, ok bool) {
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && c == ',':
			parts = append(parts, text[start:i])
			start = i + 1
		case !quoted && c == ']':
			return append(parts, text[start:i]), text[i+1:], true
		}
	}
	return nil, "", false
}

// index finds the item in a list; -1 if it is not there.
func (e element) index(in []any) int {
	if e.place >= 0 {
		if e.place < len(in) {
			return e.place
		}
		return -1
	}
	return slices.IndexFunc(in, func(item any) bool {
		if len(e.keys) == 0 {
			return literal(item) == e.value
		}
		fields, ok := item.(map[string]any)
		if !ok {
			return false
		}
		for key, want := range e.keys {
			have, there := fields[key]
			// A key that is left out has its default, such as protocol TCP of a port.
			if there && literal(have) != want {
				return false
			}
		}
		return true
	})
}

// literal writes a value as paths do.
func literal(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}
