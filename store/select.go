package store

import (
	"hash/fnv"
	"iter"
	"math"
	"strconv"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// Sampled reports whether the trace is in the share that Scan.Fraction keeps. It
// depends on the trace id alone, so pages and engines agree.
func Sampled(id traceid.ID, fraction float64) bool {
	h := fnv.New64a()
	h.Write(id[:])                          //nolint:gosec // a hash never fails
	mixed := h.Sum64() * 0x9e3779b97f4a7c15 // the low bytes of an FNV sum alone are not even
	return fraction >= 1 || float64(mixed) < fraction*math.MaxUint64
}

// ValuesOf yields the values that s has in the field that q asks for, with
// repetitions, whatever their prefix.
func ValuesOf(q ValuesQuery, s *trace.Summary) iter.Seq[string] {
	return func(yield func(string) bool) {
		switch q.Field {
		case FieldNodeName, FieldNodeType:
			for _, n := range s.Nodes {
				v := n.Name
				if q.Field == FieldNodeType {
					v = n.Type
				}
				if !yield(v) {
					return
				}
			}
		case FieldAnnotationKey, FieldAnnotationValue:
			for _, a := range s.Annotations {
				v := a.Key
				if q.Field == FieldAnnotationValue {
					if a.Key != q.Key {
						continue
					}
					v = valueText(a.Value)
				}
				if !yield(v) {
					return
				}
			}
		case FieldURL:
			yield(s.HTTP.URL)
		case FieldUser:
			for _, u := range s.Users {
				if !yield(u) {
					return
				}
			}
		}
	}
}

func valueText(v segment.Value) string {
	switch v.Kind {
	case segment.NumberValue:
		return strconv.FormatFloat(v.Number, 'g', -1, 64)
	case segment.BooleanValue:
		return strconv.FormatBool(v.Bool)
	case segment.StringValue:
	}
	return v.String
}
