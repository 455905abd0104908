package segment

import (
	"slices"
	"unicode/utf8"
)

// maxKey is the length of annotation keys.
const maxKey = 500

// Annotation is one indexed key with its value.
type Annotation struct {
	Key   string
	Value Value
}

// ValueKind is the type of an annotation's value.
type ValueKind uint8

// The kinds of values. The zero ValueKind is a string.
const (
	StringValue ValueKind = iota
	NumberValue
	BooleanValue
)

// Value is a string, a number or a boolean. Values are comparable.
type Value struct {
	Kind   ValueKind
	String string
	Number float64
	Bool   bool
}

// String returns the name that JSON has for the kind.
func (k ValueKind) String() string {
	switch k {
	case NumberValue:
		return "number"
	case BooleanValue:
		return "boolean"
	case StringValue:
	}
	return "string"
}

// fewKeys is up to how many annotations a linear search finds repeated keys.
const fewKeys = 32

// annotationList reads the value of "annotations". Keys that X-Ray does not
// index and values that are no scalars are dropped.
func (d *Decoder) annotationList() []Annotation {
	begin := d.annotations.Begin()
	for ok := d.object(); ok; ok = d.member() {
		key := d.key
		v, scalar := d.value()
		if !scalar || !validKey(key) || !d.allow() {
			continue
		}
		seen := d.annotations.Open(begin)
		if i := d.findKey(seen, key); i >= 0 {
			seen[i].Value = v
		} else {
			d.annotations.Add(Annotation{key, v})
		}
	}
	d.keys = nil
	return d.annotations.End(begin)
}

// findKey returns the index of key in as, -1 if it is not there. From fewKeys
// annotations on it remembers key as the next one.
func (d *Decoder) findKey(as []Annotation, key string) int {
	if len(as) < fewKeys {
		return slices.IndexFunc(as, func(a Annotation) bool { return a.Key == key })
	}
	if d.keys == nil {
		d.keys = make(map[string]int)
		for i := range as {
			d.keys[as[i].Key] = i
		}
	}
	if i, ok := d.keys[key]; ok {
		return i
	}
	d.keys[key] = len(as)
	return -1
}

// value reads a scalar; any other value is not ok.
func (d *Decoder) value() (v Value, ok bool) {
	switch c := d.peek(); {
	case c == '"':
		return Value{Kind: StringValue, String: d.string()}, true
	case c == 't' || c == 'f':
		return Value{Kind: BooleanValue, Bool: d.flag() == True}, true
	case d.isNumber():
		return Value{Kind: NumberValue, Number: d.float()}, true
	}
	d.skip()
	return Value{}, false
}

// validKey reports whether key may be indexed: ASCII letters, digits, "_", ".",
// and ":" for the keys of AWS services.
func validKey(key string) bool {
	for i := range len(key) {
		if c := key[i]; c >= utf8.RuneSelf || !keyBytes[c] {
			return false
		}
	}
	return 0 < len(key) && len(key) <= maxKey
}

var keyBytes = func() (t [utf8.RuneSelf]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:" {
		t[c] = true
	}
	return t
}()

func appendAnnotations(dst []byte, as []Annotation) []byte {
	dst = append(appendKey(dst, "annotations"), '{')
	for i := range as {
		dst = appendString(separate(dst, i), as[i].Key)
		dst = append(dst, ':')
		switch v := &as[i].Value; v.Kind {
		case StringValue:
			dst = appendString(dst, v.String)
		case NumberValue:
			dst = appendFloat(dst, v.Number)
		case BooleanValue:
			dst = appendBool(dst, v.Bool)
		}
	}
	return append(dst, '}')
}
