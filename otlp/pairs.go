package otlp

import (
	"bytes"
	"encoding/base64"
	"math"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/radiograph/radiograph/segment"
)

// pairs are attributes on their way into a map. A pcommon.Map looks through all it
// has for each that is put, so a large one is made by way of a Go map.
type pairs struct{ list []pair }

// pair is one attribute.
type pair struct {
	key   string
	kind  pcommon.ValueType // slice stands for list, map for value
	text  string
	bits  uint64   // of an integer, a double or a boolean
	list  []string // of a slice of strings
	value any      // as Value.FromRaw takes it
}

// manyPairs is from how many on a Go map is faster.
const manyPairs = 64

func (p *pairs) begin() { p.list = p.list[:0] }

func (p *pairs) str(k, v string) {
	p.list = append(p.list, pair{key: k, kind: pcommon.ValueTypeStr, text: v})
}

func (p *pairs) integer(k string, v int64) {
	p.list = append(p.list, pair{key: k, kind: pcommon.ValueTypeInt, bits: uint64(v)})
}

func (p *pairs) double(k string, v float64) {
	p.list = append(p.list, pair{key: k, kind: pcommon.ValueTypeDouble, bits: math.Float64bits(v)})
}

func (p *pairs) flag(k string, v bool) {
	x := pair{key: k, kind: pcommon.ValueTypeBool}
	if v {
		x.bits = 1
	}
	p.list = append(p.list, x)
}

// strings adds a slice of strings, which is read until end.
func (p *pairs) strings(k string, v []string) {
	p.list = append(p.list, pair{key: k, kind: pcommon.ValueTypeSlice, list: v})
}

func (p *pairs) any(k string, v any) {
	p.list = append(p.list, pair{key: k, kind: pcommon.ValueTypeMap, value: v})
}

// end puts the attributes into the empty map m. Of a repeated key the last counts.
func (p *pairs) end(m pcommon.Map) {
	if len(p.list) == 0 {
		return
	}
	if len(p.list) > manyPairs {
		raw := make(map[string]any, len(p.list))
		for i := range p.list {
			raw[p.list[i].key] = p.list[i].raw()
		}
		_ = m.FromRaw(raw) // fails for types that raw does not return
		p.list = nil
		return
	}
	m.EnsureCapacity(len(p.list))
	for i := range p.list {
		x := &p.list[i]
		switch x.kind {
		case pcommon.ValueTypeStr:
			m.PutStr(x.key, x.text)
		case pcommon.ValueTypeInt:
			m.PutInt(x.key, int64(x.bits))
		case pcommon.ValueTypeDouble:
			m.PutDouble(x.key, math.Float64frombits(x.bits))
		case pcommon.ValueTypeBool:
			m.PutBool(x.key, x.bits != 0)
		case pcommon.ValueTypeSlice:
			to := m.PutEmptySlice(x.key)
			to.EnsureCapacity(len(x.list))
			for _, s := range x.list {
				to.AppendEmpty().SetStr(s)
			}
		case pcommon.ValueTypeEmpty, pcommon.ValueTypeMap, pcommon.ValueTypeBytes:
			_ = m.PutEmpty(x.key).FromRaw(x.value)
		}
	}
}

func (x *pair) raw() any {
	switch x.kind {
	case pcommon.ValueTypeStr:
		return x.text
	case pcommon.ValueTypeInt:
		return int64(x.bits)
	case pcommon.ValueTypeDouble:
		return math.Float64frombits(x.bits)
	case pcommon.ValueTypeBool:
		return x.bits != 0
	case pcommon.ValueTypeSlice:
		list := make([]any, len(x.list))
		for i, s := range x.list {
			list[i] = s
		}
		return list
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeMap, pcommon.ValueTypeBytes:
	}
	return x.value
}

// attributes adds the members of an object that values has written.
func (b *Builder) attributes(raw segment.Raw) {
	if raw == nil {
		return
	}
	r := &b.inner
	r.Reset(raw)
	for ok := r.Object(); ok; ok = r.Member() {
		k := b.copy(r.Key())
		b.attribute(r, k, true)
	}
}

// attribute adds the value at hand under the key. It unwraps what is wrapped, if
// wrapped says that such things are.
func (b *Builder) attribute(r *segment.Reader, k string, wrapped bool) {
	switch c := r.Peek(); c {
	case '"':
		b.put.str(k, b.copy(r.String()))
	case 't', 'f':
		b.put.flag(k, r.Flag() == segment.True)
	case '{', '[', 'n':
		b.put.any(k, b.any(r, wrapped))
	default:
		if n, f, isInteger := number(r.Number()); isInteger {
			b.put.integer(k, n)
		} else {
			b.put.double(k, f)
		}
	}
}

// number reads the text of a number: an integer if it is written as one.
func number(text []byte) (n int64, f float64, isInteger bool) {
	if bytes.IndexByte(text, '.') < 0 && bytes.IndexByte(text, 'e') < 0 && bytes.IndexByte(text, 'E') < 0 {
		if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			return n, 0, true
		}
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		f = max(-math.MaxFloat64, min(f, math.MaxFloat64))
	}
	return 0, f, false
}

// any reads the value at hand as Value.FromRaw takes it.
func (b *Builder) any(r *segment.Reader, wrapped bool) any {
	switch c := r.Peek(); c {
	case '"':
		return b.copy(r.String())
	case 't', 'f':
		return r.Flag() == segment.True
	case 'n':
		r.Skip()
		return nil
	case '[':
		list := []any{}
		for ok := r.Array(); ok; ok = r.Element() {
			list = append(list, b.any(r, wrapped))
		}
		return list
	case '{':
		return b.anyObject(r, wrapped)
	}
	if n, f, isInteger := number(r.Number()); !isInteger {
		return f
	} else {
		return n
	}
}

// escaped is the object of a $map until it is known what the $map is in.
type escaped map[string]any

func (b *Builder) anyObject(r *segment.Reader, wrapped bool) any {
	m := b.anyMembers(r, wrapped)
	if !wrapped {
		return m
	}
	return unwrap(m)
}

func (b *Builder) anyMembers(r *segment.Reader, wrapped bool) map[string]any {
	m := map[string]any{}
	for ok := r.Object(); ok; ok = r.Member() {
		k := b.copy(r.Key())
		if wrapped && k == wrapMap && r.Peek() == '{' {
			m[k] = escaped(b.anyMembers(r, true))
		} else {
			m[k] = b.any(r, wrapped)
		}
	}
	return m
}

// unwrap returns what the object m stands for.
func unwrap(m map[string]any) any {
	if len(m) != 1 {
		return settle(m)
	}
	for k, v := range m {
		switch k {
		case wrapMap:
			if inner, ok := v.(escaped); ok {
				return settle(inner)
			}
		case wrapEmpty:
			if v == true {
				return nil
			}
		case wrapBytes:
			if text, ok := v.(string); ok {
				if raw, err := base64.StdEncoding.DecodeString(text); err == nil {
					return raw
				}
			}
		case wrapDouble:
			switch v {
			case "NaN":
				return math.NaN()
			case "Infinity":
				return math.Inf(1)
			case "-Infinity":
				return math.Inf(-1)
			case "-0":
				return math.Copysign(0, -1)
			}
		}
	}
	return m
}

// settle returns m, which is no wrapper, with what it has under $map.
func settle(m map[string]any) map[string]any {
	if inner, ok := m[wrapMap].(escaped); ok {
		m[wrapMap] = unwrap(inner)
	}
	return m
}
