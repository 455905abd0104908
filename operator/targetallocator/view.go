package targetallocator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/radiograph/radiograph/operator/targetallocator/allocation"
)

// view is what collectors are told at one time. It does not change.
type view struct {
	// all and open are the scrape configurations by job, as JSON: all of them, and those
	// without credentials.
	all, open []byte
	// jobs has the targets of each job, by collector, in the order of their keys.
	jobs map[string]map[string][]json.RawMessage
	// collectors are those that there are.
	collectors []string
	// unassigned is the number of targets that no collector has.
	unassigned int
	// withheld are the jobs that have credentials.
	withheld []string
}

// configs writes the scrape configurations.
func configs(jobs map[string]*job) (all, open []byte, withheld []string, err error) {
	everything, safe := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(jobs)) {
		everything[name] = jobs[name].text
		if jobs[name].credentials {
			withheld = append(withheld, name)
		} else {
			safe[name] = jobs[name].text
		}
	}
	if all, err = json.Marshal(everything); err != nil {
		return nil, nil, nil, fmt.Errorf("encode the scrape configurations: %w", err)
	}
	if open, err = json.Marshal(safe); err != nil {
		return nil, nil, nil, fmt.Errorf("encode the scrape configurations: %w", err)
	}
	return all, open, withheld, nil
}

// assign fills in who has which targets.
func (v *view) assign(a *allocation.Allocator, collectors []allocation.Collector, found map[string][]target) {
	var list []allocation.Target
	for _, name := range slices.Sorted(maps.Keys(found)) {
		for _, t := range found[name] {
			list = append(list, t.Target)
		}
	}
	owners := a.Allocate(collectors, list)
	v.jobs = make(map[string]map[string][]json.RawMessage, len(found))
	for name, targets := range found {
		by := map[string][]json.RawMessage{}
		for _, t := range targets {
			if owner := owners[t.Key]; owner != "" {
				by[owner] = append(by[owner], t.text)
			} else {
				v.unassigned++
			}
		}
		v.jobs[name] = by
	}
	for _, c := range collectors {
		v.collectors = append(v.collectors, c.Name)
	}
	slices.Sort(v.collectors)
}
