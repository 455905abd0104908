package otlp

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/radiograph/radiograph/segment"
)

// difference returns what turns the object from into to, as a JSON merge patch
// (RFC 7396): nil if nothing does. Members of to that are null, and objects that
// are empty, may be lost: a patch has no words for them.
func difference(from, to segment.Raw) segment.Raw {
	return patchObject(members(from), members(to))
}

func patchObject(from, to map[string]json.RawMessage) segment.Raw {
	b := []byte{'{'}
	for _, k := range slices.Sorted(maps.Keys(from)) {
		if _, ok := to[k]; !ok {
			b = append(segment.AppendString(separate(b), k), ":null"...)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(to)) {
		old, was := from[k]
		if was && bytes.Equal(old, to[k]) {
			continue
		}
		value := to[k]
		if was && isJSONObject(old) && isJSONObject(value) {
			if value = json.RawMessage(patchObject(members(segment.Raw(old)), members(segment.Raw(value)))); value == nil {
				continue
			}
		}
		b = append(append(segment.AppendString(separate(b), k), ':'), value...)
	}
	if len(b) == 1 {
		return nil
	}
	return append(b, '}')
}

// patched returns the object from with the merge patch applied: nil if nothing is
// left. What is no object is no patch.
func patched(from, patch segment.Raw) segment.Raw {
	changes := members(patch)
	if len(changes) == 0 {
		return from
	}
	to := members(from)
	for k, v := range changes {
		switch {
		case string(v) == "null":
			delete(to, k)
		case isJSONObject(to[k]) && isJSONObject(v):
			if merged := patched(segment.Raw(to[k]), segment.Raw(v)); merged != nil {
				to[k] = json.RawMessage(merged)
			} else {
				delete(to, k)
			}
		default:
			to[k] = v
		}
	}
	return object(func(b []byte) []byte {
		for _, k := range slices.Sorted(maps.Keys(to)) {
			b = append(append(segment.AppendString(separate(b), k), ':'), to[k]...)
		}
		return b
	})
}

// members returns the members of an object, none for anything else.
func members(raw segment.Raw) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	var r segment.Reader
	r.Reset(raw)
	for ok := r.Object(); ok; ok = r.Member() {
		k := string([]byte(r.Key()))
		m[k] = json.RawMessage(r.Raw())
	}
	if !r.OK() {
		clear(m)
	}
	return m
}

func isJSONObject(raw []byte) bool { return len(raw) > 0 && raw[0] == '{' }

// separate appends a comma behind a member.
func separate(b []byte) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return b
}
