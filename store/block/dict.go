package block

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
)

// dictView holds the distinct values of a stripe's rows, which name them by
// index. Index 0 is the empty string and the empty set.
type dictView struct {
	strings     []string
	nodes       []trace.Node
	annotations []segment.Annotation

	nodeRefs       [][3]uint32 // strings of nodes: name, type, account
	annotationRefs [][2]uint32 // strings of annotations: key, value

	setEnds  []uint32 // set i is setItems[setEnds[i-1]:setEnds[i]]
	setItems []uint32
}

func (d *dictView) set(i uint32) []uint32 {
	if i == 0 {
		return nil
	}
	return d.setItems[d.setEnds[i-1]:d.setEnds[i]]
}

// dict is a dictView that grows. What it has handed out stays valid: it only
// appends.
type dict struct {
	dictView
	stringIDs     map[string]uint32
	nodeIDs       map[trace.Node]uint32
	annotationIDs map[segment.Annotation]uint32
	setIDs        map[string]uint32
	key           []byte // scratch
}

func newDict() *dict {
	return &dict{
		dictView:      dictView{strings: []string{""}, setEnds: []uint32{0}},
		stringIDs:     map[string]uint32{"": 0},
		nodeIDs:       map[trace.Node]uint32{},
		annotationIDs: map[segment.Annotation]uint32{},
		setIDs:        map[string]uint32{"": 0},
	}
}

// string returns the index of s, which is copied when it is new.
func (d *dict) string(s string) uint32 {
	if s == "" {
		return 0
	}
	if i, ok := d.stringIDs[s]; ok {
		return i
	}
	i := uint32(len(d.strings))
	s = strings.Clone(s)
	d.strings = append(d.strings, s)
	d.stringIDs[s] = i
	return i
}

func (d *dict) node(n trace.Node) uint32 {
	if i, ok := d.nodeIDs[n]; ok {
		return i
	}
	ref := [3]uint32{d.string(n.Name), d.string(n.Type), d.string(n.AccountID)}
	i := uint32(len(d.nodes))
	n = trace.Node{Name: d.strings[ref[0]], Type: d.strings[ref[1]], AccountID: d.strings[ref[2]]}
	d.nodes = append(d.nodes, n)
	d.nodeRefs = append(d.nodeRefs, ref)
	d.nodeIDs[n] = i
	return i
}

func (d *dict) annotation(a segment.Annotation) uint32 {
	if i, ok := d.annotationIDs[a]; ok {
		return i
	}
	ref := [2]uint32{d.string(a.Key), d.string(a.Value.String)}
	i := uint32(len(d.annotations))
	a.Key, a.Value.String = d.strings[ref[0]], d.strings[ref[1]]
	d.annotations = append(d.annotations, a)
	d.annotationRefs = append(d.annotationRefs, ref)
	d.annotationIDs[a] = i
	return i
}

// set returns the index of the list of items.
func (d *dict) set(items []uint32) uint32 {
	if len(items) == 0 {
		return 0
	}
	d.key = d.key[:0]
	for _, v := range items {
		d.key = binary.LittleEndian.AppendUint32(d.key, v)
	}
	if i, ok := d.setIDs[string(d.key)]; ok {
		return i
	}
	i := uint32(len(d.setEnds))
	d.setItems = append(d.setItems, items...)
	d.setEnds = append(d.setEnds, uint32(len(d.setItems)))
	d.setIDs[string(d.key)] = i
	return i
}

// view returns the values so far.
func (d *dict) view() *dictView {
	v := d.dictView
	return &v
}

// appendTo appends the encoding that decodeDict reads.
func (d *dictView) appendTo(b []byte) []byte {
	b = appendUvarint(b, len(d.strings))
	for _, s := range d.strings {
		b = appendUvarint(b, len(s))
	}
	for _, s := range d.strings {
		b = append(b, s...)
	}
	b = appendUvarint(b, len(d.nodeRefs))
	for _, n := range d.nodeRefs {
		b = appendUvarint(appendUvarint(appendUvarint(b, n[0]), n[1]), n[2])
	}
	b = appendUvarint(b, len(d.annotationRefs))
	for i, ref := range d.annotationRefs {
		b = appendUvarint(b, ref[0])
		b = append(b, byte(d.annotations[i].Value.Kind))
		switch v := d.annotations[i].Value; v.Kind {
		case segment.NumberValue:
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Number))
		case segment.BooleanValue:
			b = appendBool(b, v.Bool)
		case segment.StringValue:
			b = appendUvarint(b, ref[1])
		}
	}
	b = appendUvarint(b, len(d.setEnds))
	for i := 1; i < len(d.setEnds); i++ {
		b = appendUvarint(b, d.setEnds[i]-d.setEnds[i-1])
	}
	for _, v := range d.setItems {
		b = appendUvarint(b, v)
	}
	return b
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// decodeDict reads what dictView.appendTo wrote. Sets are checked where they are
// used: what their items index depends on the column.
func decodeDict(b []byte) (*dictView, error) {
	r := reader{b: b}
	d := &dictView{}
	d.readStrings(&r)
	d.readNodes(&r)
	d.readAnnotations(&r)
	d.readSets(&r)
	if len(r.b) > 0 || len(d.strings) == 0 || len(d.setEnds) == 0 {
		r.fail()
	}
	return d, r.err("dictionary")
}

func (d *dictView) readStrings(r *reader) {
	lengths := make([]int, r.count(1))
	total := 0
	for i := range lengths {
		lengths[i] = int(r.u32())
		total += lengths[i]
	}
	text := string(r.take(total))
	if r.bad {
		return
	}
	d.strings = make([]string, len(lengths))
	for i, n := range lengths {
		d.strings[i], text = text[:n], text[n:]
	}
}

func (d *dictView) readNodes(r *reader) {
	d.nodeRefs = make([][3]uint32, r.count(3))
	d.nodes = make([]trace.Node, len(d.nodeRefs))
	for i := range d.nodeRefs {
		ref := &d.nodeRefs[i]
		for k := range ref {
			ref[k] = uint32(r.index(len(d.strings)))
		}
		if r.bad {
			return
		}
		d.nodes[i] = trace.Node{Name: d.strings[ref[0]], Type: d.strings[ref[1]], AccountID: d.strings[ref[2]]}
	}
}

func (d *dictView) readAnnotations(r *reader) {
	d.annotationRefs = make([][2]uint32, r.count(3))
	d.annotations = make([]segment.Annotation, len(d.annotationRefs))
	for i := range d.annotationRefs {
		ref := &d.annotationRefs[i]
		ref[0] = uint32(r.index(len(d.strings)))
		v := segment.Value{Kind: segment.ValueKind(r.byte())}
		switch v.Kind {
		case segment.NumberValue:
			v.Number = math.Float64frombits(r.fixed64())
		case segment.BooleanValue:
			v.Bool = r.byte() != 0
		case segment.StringValue:
			ref[1] = uint32(r.index(len(d.strings)))
		default:
			r.fail()
		}
		if r.bad {
			return
		}
		v.String = d.strings[ref[1]]
		d.annotations[i] = segment.Annotation{Key: d.strings[ref[0]], Value: v}
	}
}

func (d *dictView) readSets(r *reader) {
	d.setEnds = make([]uint32, r.count(1))
	total := uint32(0)
	for i := 1; i < len(d.setEnds); i++ {
		n := r.u32()
		if n > math.MaxUint32-total {
			r.fail()
			return
		}
		total += n
		d.setEnds[i] = total
	}
	if int(total) > len(r.b) {
		r.fail()
		return
	}
	d.setItems = make([]uint32, total)
	for i := range d.setItems {
		d.setItems[i] = r.u32()
	}
}

// bound reports whether all items of set i are below n.
func (d *dictView) bound(i uint32, n int) bool {
	return int(i) < len(d.setEnds) && !slices.ContainsFunc(d.set(i), func(v uint32) bool { return int(v) >= n })
}
