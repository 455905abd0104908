package block

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

// Values implements [store.Store]. It lists what the dictionaries of the stripes
// hold that may have been received in the range, so it may list values of traces
// that have changed since.
func (s *Store) Values(ctx context.Context, q store.ValuesQuery) ([]string, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	v, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer v.release()
	from, to := nanos(q.Start), nanos(q.End)
	set := map[string]bool{}
	for _, src := range v.stripes() {
		if z := src.zone(); z.minFirst >= to || z.maxLast < from {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		st, err := src.load(valueColumns(q.Field))
		if err != nil {
			return nil, err
		}
		for _, sum := range distinctValues(q.Field, st) {
			for value := range store.ValuesOf(q, sum) {
				if value != "" && strings.HasPrefix(value, q.Prefix) && !set[value] {
					set[strings.Clone(value)] = true
				}
			}
		}
	}
	values := slices.Sorted(maps.Keys(set))
	return values[:min(len(values), cmp.Or(q.Limit, 100))], nil
}

// valueColumns lists the columns that say which strings of a dictionary are values
// of the field. Nodes and annotations have lists of their own.
func valueColumns(f store.Field) columnSet {
	switch f { //nolint:exhaustive // see above
	case store.FieldURL:
		return columnsOf(colURL)
	case store.FieldUser:
		return columnsOf(colUsers)
	}
	return columnsOf(colNodes) // for its dictionary
}

// distinctValues returns summaries that have all values of the field that the
// stripe's have.
func distinctValues(f store.Field, st *stripe) []*trace.Summary {
	switch f { //nolint:exhaustive // see above
	case store.FieldURL:
		var urls []*trace.Summary
		for _, i := range unique(st.url) {
			urls = append(urls, &trace.Summary{HTTP: trace.HTTP{URL: st.dict.strings[i]}})
		}
		return urls
	case store.FieldUser:
		var users []*trace.Summary
		for _, set := range unique(st.users) {
			users = append(users, &trace.Summary{Users: stringsOf(st.dict, set)})
		}
		return users
	}
	return []*trace.Summary{{Nodes: st.dict.nodes, Annotations: st.dict.annotations}}
}

func unique(values []uint32) []uint32 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
