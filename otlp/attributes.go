package otlp

import (
	"math"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// attribute is one attribute of a span that is being translated.
type attribute struct {
	name      string
	value     pcommon.Value
	key       key
	used      bool // it gave a native field its value
	annotated bool // it is an annotation
}

// attributes are the attributes of one span, found by their keys.
type attributes struct {
	list     []attribute
	at       [keyCount]int32 // index in list, valid where have says so
	have     [(keyCount + 63) / 64]uint64
	repeated bool // a key was there twice
}

// scan takes the attributes of m.
func (a *attributes) scan(m pcommon.Map) {
	a.list = a.list[:0]
	a.have = [len(a.have)]uint64{}
	a.repeated = false
	for name, v := range m.All() {
		k := keyNamed(name)
		if k != unknown && k < keyCount {
			if a.has(k) && k != xrayMetadata && k != xrayAnnotation {
				a.repeated = true
			} else {
				a.have[k/64] |= 1 << (k % 64)
				a.at[k] = int32(len(a.list))
			}
		}
		a.list = append(a.list, attribute{name: name, value: v, key: k})
	}
}

func (a *attributes) has(k key) bool { return a.have[k/64]&(1<<(k%64)) != 0 }

// get returns the attribute k, nil if it is not there.
func (a *attributes) get(k key) *attribute {
	if !a.has(k) {
		return nil
	}
	return &a.list[a.at[k]]
}

// use says that a native field has its value from k.
func (a *attributes) use(k key) {
	if a.has(k) {
		a.list[a.at[k]].used = true
	}
}

// str returns the string k; "" stands for values of other types too.
func (a *attributes) str(k key) string {
	if !a.has(k) {
		return ""
	}
	v := a.list[a.at[k]].value
	if v.Type() != pcommon.ValueTypeStr {
		return ""
	}
	return v.Str()
}

// either returns the first of the strings that is there, and its key.
func (a *attributes) either(ks ...key) (string, key) {
	for _, k := range ks {
		if s := a.str(k); s != "" {
			return s, k
		}
	}
	return "", unknown
}

// take is either, and uses it.
func (a *attributes) take(ks ...key) string {
	s, k := a.either(ks...)
	if k != unknown {
		a.use(k)
	}
	return s
}

// flag returns the boolean k.
func (a *attributes) flag(k key) (value, ok bool) {
	x := a.get(k)
	if x == nil || x.value.Type() != pcommon.ValueTypeBool {
		return false, false
	}
	return x.value.Bool(), true
}

// integer returns the number k, which may be written as a string.
func (a *attributes) integer(k key) (int64, bool) {
	x := a.get(k)
	if x == nil {
		return 0, false
	}
	return integerOf(x.value)
}

func integerOf(v pcommon.Value) (int64, bool) {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return v.Int(), true
	case pcommon.ValueTypeDouble:
		f := v.Double()
		return int64(f), f == math.Trunc(f) && math.Abs(f) < 1<<53
	case pcommon.ValueTypeStr:
		n, err := strconv.ParseInt(v.Str(), 10, 64)
		return n, err == nil
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeBool, pcommon.ValueTypeMap, pcommon.ValueTypeSlice, pcommon.ValueTypeBytes:
	}
	return 0, false
}

// takeInteger returns the first of the numbers that is there, and uses it.
func (a *attributes) takeInteger(ks ...key) (int64, bool) {
	for _, k := range ks {
		if n, ok := a.integer(k); ok {
			a.use(k)
			return n, true
		}
	}
	return 0, false
}

// strings returns the strings that k lists, or the one that it is.
func (a *attributes) strings(k key, into []string) []string {
	x := a.get(k)
	if x == nil {
		return into
	}
	return stringsOf(x.value, into)
}

func stringsOf(v pcommon.Value, into []string) []string {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		if s := v.Str(); s != "" {
			into = append(into, s)
		}
	case pcommon.ValueTypeSlice:
		for _, e := range v.Slice().All() {
			if e.Type() == pcommon.ValueTypeStr {
				into = append(into, e.Str())
			}
		}
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeInt, pcommon.ValueTypeDouble, pcommon.ValueTypeBool, pcommon.ValueTypeMap, pcommon.ValueTypeBytes:
	}
	return into
}

// forget lets go of the span.
func (a *attributes) forget() {
	clear(a.list)
	a.list = a.list[:0]
	a.have = [len(a.have)]uint64{}
}
