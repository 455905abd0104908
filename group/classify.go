package group

import (
	"slices"

	"github.com/radiograph/radiograph/trace"
)

// Classify returns the memberships of the trace of s, given those it has already:
// known ones stay, groups whose filter matches now are added. Suitable as the
// Classify option of a store. known is not changed.
func (r *Registry) Classify(s *trace.Summary, known []trace.Membership) []trace.Membership {
	groups := r.current.Load().ordered[1:] // without Default, which comes first
	joined := slices.Clip(known)
	for i := range groups {
		g := &groups[i]
		if isMember(known, g.ID) || !g.predicate.Match(s) {
			continue
		}
		joined = append(joined, trace.Membership{GroupID: g.ID, Version: g.Version, Admitted: s.LastReceived})
	}
	return joined
}

func isMember(known []trace.Membership, id string) bool {
	return slices.ContainsFunc(known, func(m trace.Membership) bool { return m.GroupID == id })
}
