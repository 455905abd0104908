package v1alpha1

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// alphaRest is all of a v1alpha1 object but its metadata; betaRest is the same of v1beta1. They
// are what merge patches are made of, without the configuration.
type alphaRest struct {
	Spec   OpenTelemetryCollectorSpec   `json:"spec"`
	Status OpenTelemetryCollectorStatus `json:"status"`
}

type betaRest struct {
	Spec   v1beta1.OpenTelemetryCollectorSpec   `json:"spec"`
	Status v1beta1.OpenTelemetryCollectorStatus `json:"status"`
}

// diff returns the JSON merge patch (RFC 7386) that turns from into to, "" when they are equal.
// The patch is exact because no field of the API is null when it is set.
func diff[T any](from, to T) (string, error) {
	a, err := toTree(from)
	if err != nil {
		return "", err
	}
	b, err := toTree(to)
	if err != nil {
		return "", err
	}
	difference := diffTrees(a, b)
	if len(difference) == 0 {
		return "", nil
	}
	text, err := json.Marshal(difference)
	return string(text), err
}

func diffTrees(from, to map[string]any) map[string]any {
	difference := map[string]any{}
	for key := range from {
		if _, ok := to[key]; !ok {
			difference[key] = nil
		}
	}
	for key, value := range to {
		before, had := from[key]
		if had && reflect.DeepEqual(before, value) {
			continue
		}
		a, okA := before.(map[string]any)
		b, okB := value.(map[string]any)
		if okA && okB {
			difference[key] = diffTrees(a, b)
		} else {
			difference[key] = value
		}
	}
	return difference
}

// patch applies a JSON merge patch to a value. The empty text changes nothing.
func patch[T any](value T, text string) (T, error) {
	if text == "" {
		return value, nil
	}
	var changes map[string]any
	if err := decode([]byte(text), &changes); err != nil {
		return value, err
	}
	tree, err := toTree(value)
	if err != nil {
		return value, err
	}
	data, err := json.Marshal(patchTree(tree, changes))
	if err != nil {
		return value, err
	}
	var patched T
	if err := decode(data, &patched); err != nil {
		return value, err
	}
	return patched, nil
}

func patchTree(tree, changes map[string]any) map[string]any {
	if tree == nil {
		tree = map[string]any{}
	}
	for key, change := range changes {
		switch change := change.(type) {
		case nil:
			delete(tree, key)
		case map[string]any:
			inner, _ := tree[key].(map[string]any)
			tree[key] = patchTree(inner, change)
		default:
			tree[key] = change
		}
	}
	return tree
}

func toTree(value any) (map[string]any, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	err = decode(data, &tree)
	return tree, err
}

func decode(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec.Decode(into)
}
