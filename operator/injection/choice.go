// Package injection decides what a pod asks for by annotation: on the pod itself or on its
// namespace, "true", "false", the name of a resource, or its namespace and name.
package injection

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// Choice is what a pod asks for.
type Choice struct {
	// Wanted says that something is to be injected.
	Wanted bool
	// Refused says that the pod asks for nothing in so many words. What was injected before goes.
	Refused bool
	// Name is the resource to use. Without a name it is the only one in the pod's namespace.
	Name types.NamespacedName
}

// Any says that the pod wants the only resource in its namespace, whatever its name.
func (c Choice) Any() bool { return c.Wanted && c.Name.Name == "" }

// Choose reads the annotation key of a pod in a namespace. One that is set only on one of them
// counts. Where both are set, the pod's counts unless it is "true", which leaves the choice of
// the resource to the namespace. (The rules of the OpenTelemetry operator.)
func Choose(key, namespace string, ofPod, ofNamespace map[string]string) (Choice, error) {
	value := effective(strings.TrimSpace(ofPod[key]), strings.TrimSpace(ofNamespace[key]))
	switch {
	case value == "":
		return Choice{}, nil
	case strings.EqualFold(value, "false"):
		return Choice{Refused: true}, nil
	case strings.EqualFold(value, "true"):
		return Choice{Wanted: true, Name: types.NamespacedName{Namespace: namespace}}, nil
	}
	in, name, both := strings.Cut(value, "/")
	if !both {
		in, name = namespace, value
	}
	if in == "" || name == "" || strings.Contains(name, "/") {
		return Choice{}, fmt.Errorf("annotation %s is %q, but must be true, false, NAME or NAMESPACE/NAME", key, value)
	}
	return Choice{Wanted: true, Name: types.NamespacedName{Namespace: in, Name: name}}, nil
}

// effective is the value that counts.
func effective(ofPod, ofNamespace string) string {
	switch {
	case ofPod == "":
		return ofNamespace
	case ofNamespace == "", !strings.EqualFold(ofPod, "true"), strings.EqualFold(ofNamespace, "false"):
		return ofPod
	default:
		return ofNamespace
	}
}

// Pick returns the resource that a choice means among those of its namespace. It says what is
// wrong when there is none, or more than one to choose from.
func Pick[T any](choice Choice, kind string, all []T, name func(T) string) (T, error) {
	var none T
	if choice.Any() {
		switch len(all) {
		case 0:
			return none, fmt.Errorf("namespace %s has no %s", choice.Name.Namespace, kind)
		case 1:
			return all[0], nil
		default:
			return none, fmt.Errorf("namespace %s has %d of kind %s; name one of them in the annotation", choice.Name.Namespace, len(all), kind)
		}
	}
	for _, one := range all {
		if name(one) == choice.Name.Name {
			return one, nil
		}
	}
	return none, fmt.Errorf("there is no %s %s", kind, choice.Name)
}
