package block

import (
	"slices"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/trace"
)

// rowFilter tests a predicate's necessary conditions on columns, before a row is
// decoded. A nil rowFilter lets everything pass.
type rowFilter struct {
	conditions []filter.Condition
	group      string // if not empty: only members
}

func newRowFilter(p *filter.Predicate, group string) *rowFilter {
	f := &rowFilter{group: group}
	if p != nil {
		f.conditions = p.Conditions()
	}
	return f
}

// columns lists what bind's functions look at.
func (f *rowFilter) columns() columnSet {
	var set columnSet
	for _, c := range f.conditions {
		set |= columnsOf(columnOf(c.Column))
	}
	if f.group != "" {
		set |= columnsOf(colGroups)
	}
	return set
}

func columnOf(c filter.Column) column {
	switch c {
	case filter.ColumnFlags, filter.ColumnAnyFlags:
		return colFlags
	case filter.ColumnResponseTime:
		return colResponse
	case filter.ColumnDuration:
		return colDuration
	case filter.ColumnStatus:
		return colStatus
	case filter.ColumnURL:
		return colURL
	case filter.ColumnMethod:
		return colMethod
	case filter.ColumnNode:
		return colNodes
	case filter.ColumnAnnotation:
		return colAnnotations
	case filter.ColumnUser:
		return colUsers
	}
	return colID
}

// zone reports whether a stripe can have rows that pass.
func (f *rowFilter) zone(z *zone) bool {
	for i := range f.conditions {
		c := &f.conditions[i]
		pass := true
		switch c.Column { //nolint:exhaustive // zones know nothing of the others
		case filter.ColumnFlags:
			pass = z.rootFlags&c.Flags == c.Flags
		case filter.ColumnAnyFlags:
			pass = z.anyFlags&c.Flags == c.Flags
		case filter.ColumnResponseTime:
			pass = z.minResponse <= c.Max && c.Min <= z.maxResponse
		case filter.ColumnDuration:
			pass = z.minDuration <= c.Max && c.Min <= z.maxDuration
		case filter.ColumnStatus:
			pass = z.minStatus <= c.Max && c.Min <= z.maxStatus
		}
		if !pass {
			return false
		}
	}
	return true
}

// bind returns the test of a stripe's rows. The stripe has the filter's columns.
func (f *rowFilter) bind(st *stripe) func(i int) bool {
	var tests []func(i int) bool
	for i := range f.conditions {
		if test := bindCondition(&f.conditions[i], st); test != nil {
			tests = append(tests, test)
		}
	}
	if f.group != "" {
		has := anyOf(st.dict, func(i uint32) bool { return st.dict.strings[i] == f.group })
		tests = append(tests, func(i int) bool { return has(st.groups[i]) })
	}
	return func(i int) bool {
		for _, test := range tests {
			if !test(i) {
				return false
			}
		}
		return true
	}
}

func bindCondition(c *filter.Condition, st *stripe) func(i int) bool {
	within := func(v int64) bool { return c.Min <= v && v <= c.Max }
	switch c.Column {
	case filter.ColumnFlags:
		return func(i int) bool { return rootFlags(st.flags[i])&c.Flags == c.Flags }
	case filter.ColumnAnyFlags:
		return func(i int) bool { return anyFlags(st.flags[i])&c.Flags == c.Flags }
	case filter.ColumnResponseTime:
		return func(i int) bool { return st.response[i] != trace.Unknown && within(st.response[i]) }
	case filter.ColumnDuration:
		return func(i int) bool { return st.duration[i] != trace.Unknown && within(st.duration[i]) }
	case filter.ColumnStatus:
		return func(i int) bool { return within(st.status[i]) }
	case filter.ColumnURL:
		test := memo(len(st.dict.strings), func(i uint32) bool { return c.Test(st.dict.strings[i]) })
		return func(i int) bool { return test(st.url[i]) }
	case filter.ColumnMethod:
		test := memo(len(st.dict.strings), func(i uint32) bool { return c.Test(st.dict.strings[i]) })
		return func(i int) bool { return test(st.method[i]) }
	case filter.ColumnNode:
		has := anyOf(st.dict, memo(len(st.dict.nodes), func(i uint32) bool { return c.TestNode(st.dict.nodes[i]) }))
		return func(i int) bool { return has(st.nodes[i]) }
	case filter.ColumnUser:
		has := anyOf(st.dict, memo(len(st.dict.strings), func(i uint32) bool { return c.Test(st.dict.strings[i]) }))
		return func(i int) bool { return has(st.users[i]) }
	case filter.ColumnAnnotation:
		has := anyOf(st.dict, memo(len(st.dict.annotations), func(i uint32) bool {
			a := st.dict.annotations[i]
			return a.Key == c.Key && (c.TestValue == nil || c.TestValue(a.Value))
		}))
		return func(i int) bool { return has(st.annotations[i]) }
	}
	return nil
}

// memo remembers the answers of test for n values.
func memo(n int, test func(uint32) bool) func(uint32) bool {
	answers := make([]int8, n)
	return func(i uint32) bool {
		if answers[i] == 0 {
			answers[i] = -1
			if test(i) {
				answers[i] = 1
			}
		}
		return answers[i] > 0
	}
}

// anyOf makes a test of items a test of sets.
func anyOf(d *dictView, test func(uint32) bool) func(uint32) bool {
	return memo(len(d.setEnds), func(set uint32) bool {
		return slices.ContainsFunc(d.set(set), test)
	})
}
