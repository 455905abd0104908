package consoleapi

import (
	"cmp"
	"slices"
)

// How many values of a field are told apart.
const (
	maxValues = 10_000
	maxPaths  = 1_000 // root causes and exceptions
)

// table counts, for each set, the traces that have each value of a field. Memory is
// bounded: values after the first limit ones are counted together.
type table[K comparable] struct {
	limit   int
	keep    func(K) K           // copies what the table is to keep
	show    func(K) valueAnswer // names a value and selects it
	values  map[K]*perSide
	other   perSide
	present perSide
}

// add counts a trace for each of its values, which are distinct.
func (t *table[K]) add(m membership, values ...K) {
	if len(values) == 0 {
		return
	}
	t.present.count(m)
	for _, v := range values {
		t.addValue(m, v)
	}
}

func (t *table[K]) addValue(m membership, v K) {
	counts := t.values[v]
	switch {
	case counts != nil:
	case len(t.values) >= t.limit:
		t.other.count(m)
		return
	default:
		if t.values == nil {
			t.values = map[K]*perSide{}
		}
		counts = &perSide{}
		t.values[t.keep(v)] = counts
	}
	counts.count(m)
}

// fieldAnswer is a field with its most frequent values.
type (
	fieldAnswer struct {
		Field    string        `json:"field"`
		Label    *string       `json:"label"`
		Distinct int           `json:"distinct"`
		Other    int64         `json:"other"`
		With     each[int64]   `json:"with"`
		Values   []valueAnswer `json:"values"`
	}
	valueAnswer struct {
		Value  string  `json:"value"`
		Filter *string `json:"filter"`
		each[int64]

		Path    []pathService `json:"path,omitempty"`
		Node    *node         `json:"node,omitempty"`
		Type    *string       `json:"type,omitempty"`
		Message *string       `json:"message,omitempty"`
	}
	fieldDifference struct {
		Field  string  `json:"field"`
		Label  *string `json:"label"`
		Value  string  `json:"value"`
		Filter *string `json:"filter"`
		difference
	}
)

// answer returns the table with its most frequent values.
func (t *table[K]) answer(an *analysis, name string, label *string) fieldAnswer {
	out := fieldAnswer{
		Field: name, Label: label, Distinct: len(t.values), Values: []valueAnswer{},
		Other: t.other[sideA] + t.other[sideB] + t.other[sideRest], With: t.present.each(an.hasB),
	}
	type row struct {
		value  K
		weight int64
	}
	rows := make([]row, 0, len(t.values))
	for v, n := range t.values {
		rows = append(rows, row{v, n[sideA] + n[an.other()]})
	}
	slices.SortFunc(rows, func(x, y row) int { return cmp.Compare(y.weight, x.weight) })
	// Values of equal weight are put in order by their names, all of those that compete
	// for the last places.
	cut := min(an.top, len(rows))
	for cut < len(rows) && cut > 0 && rows[cut].weight == rows[cut-1].weight && cut < 5*maxTop {
		cut++
	}
	for _, r := range rows[:cut] {
		v := t.show(r.value)
		v.each = t.values[r.value].each(an.hasB)
		out.Values = append(out.Values, v)
	}
	slices.SortStableFunc(out.Values, func(x, y valueAnswer) int {
		return cmp.Or(cmp.Compare(y.weight(), x.weight()), cmp.Compare(x.Value, y.Value))
	})
	out.Values = out.Values[:min(an.top, len(out.Values))]
	return out
}

// weight is what values are ordered by.
func (v *valueAnswer) weight() int64 {
	if v.B != nil {
		return v.A + *v.B
	}
	return v.A + v.Rest
}

func (c *perSide) each(hasB bool) each[int64] {
	return eachOf(hasB, func(s side) int64 { return c[s] })
}

// difference returns the value whose share differs most; ok is false when there is
// none.
func (t *table[K]) difference(an *analysis, name string, label *string) (out fieldDifference, ok bool) {
	na, nb := an.sets[sideA].count, an.sets[an.other()].count
	var best K
	most := -1.0
	for v, n := range t.values {
		delta := float64(n[sideA])/float64(na) - float64(n[an.other()])/float64(nb)
		delta = max(delta, -delta)
		if delta > most || delta == most && t.show(v).Value < t.show(best).Value {
			best, most = v, delta
		}
	}
	if most < 0 {
		return out, false
	}
	n, v, z := t.values[best], t.show(best), zOf(len(t.values))
	return fieldDifference{
		Field: name, Label: label, Value: v.Value, Filter: v.Filter,
		difference: differ(shareOf(n[sideA], na, z), shareOf(n[an.other()], nb, z)),
	}, true
}

// compare orders by how sure and how large differences are, the most telling first.
func (d *fieldDifference) compare(o *fieldDifference) int {
	return cmp.Or(
		cmp.Compare(o.distance(), d.distance()),
		cmp.Compare(max(o.Delta, -o.Delta), max(d.Delta, -d.Delta)),
	)
}
