package group

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/filter"
)

// set is an immutable set of groups with their compiled filters.
type set struct {
	ordered []member // Default first, then by name
	byName  map[string]*member
}

type member struct {
	Group
	predicate *filter.Predicate // nil for Default: everything matches
}

// newSet compiles groups. prefix is that of their ARNs.
func newSet(groups []Group, prefix string) (*set, error) {
	slices.SortFunc(groups, func(a, b Group) int {
		if (a.Name == DefaultName) != (b.Name == DefaultName) {
			if a.Name == DefaultName {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	s := &set{ordered: make([]member, len(groups)), byName: make(map[string]*member, len(groups))}
	for i, g := range groups {
		s.ordered[i].Group = g
		s.byName[g.Name] = &s.ordered[i]
	}
	lookup := func(nameOrARN string) (string, bool) { return s.filterOf(nameOrARN, prefix) }
	for i := range s.ordered {
		if err := s.ordered[i].compile(lookup); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (m *member) compile(lookup func(nameOrARN string) (string, bool)) error {
	if m.Name == DefaultName {
		return nil
	}
	expr, err := filter.Parse(m.Filter)
	if err != nil {
		return fmt.Errorf("group %q: %w", m.Name, err)
	}
	m.predicate, err = filter.Compile(expr, filter.Options{Group: lookup})
	if err != nil {
		return fmt.Errorf("group %q: %w", m.Name, err)
	}
	return nil
}

func arn(prefix string, g Group) string {
	if g.Name == DefaultName {
		return prefix + DefaultName
	}
	return prefix + g.Name + "/" + g.ID
}

// byARN returns the group with that ARN, or nil. The ARN of a deleted group is
// not that of a new group with its name.
func (s *set) byARN(a, prefix string) *member {
	rest, ok := strings.CutPrefix(a, prefix)
	if !ok {
		return nil
	}
	name, _, _ := strings.Cut(rest, "/")
	if m := s.byName[name]; m != nil && arn(prefix, m.Group) == a {
		return m
	}
	return nil
}

func (s *set) filterOf(nameOrARN, prefix string) (expr string, ok bool) {
	m := s.byName[nameOrARN]
	if m == nil {
		m = s.byARN(nameOrARN, prefix)
	}
	if m == nil {
		return "", false
	}
	return m.Filter, true
}

// without returns the groups of s except the one with that name.
func (s *set) without(name string) []Group {
	groups := make([]Group, 0, len(s.ordered)+1)
	for i := range s.ordered {
		if s.ordered[i].Name != name {
			groups = append(groups, s.ordered[i].Group)
		}
	}
	return groups
}
