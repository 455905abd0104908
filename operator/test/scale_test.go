//go:build e2e

package test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/controller"
)

// many is how many collectors the operator must be able to keep.
const many = 500

// maxGrowth is how much memory each of them may cost the operator: its part of the cache, the
// children's metadata among it.
const maxGrowth = 160 << 10

// TestManyCollectors holds the operator's memory to a line, and its writes to none, with many
// collectors.
func TestManyCollectors(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	p := r.operator("--enable-webhooks=false", "--kube-api-qps=500", "--kube-api-burst=1000")
	r.create(fmt.Appendf(nil, observability, "observability", eks))
	r.condition("observability", controller.ConfigValid, "True", "")
	before := p.rss(t)
	began := time.Now()
	for i := range many {
		r.create(fmt.Appendf(nil, observability, fmt.Sprintf("c%03d", i), eks))
	}
	r.within(5*time.Minute, "all have been seen", func() error { return r.allSeen(many + 1) })
	t.Logf("%d collectors were applied %s after the first was created", many, time.Since(began).Round(time.Second))

	r.barrier(0)
	mark := len(r.writes())
	wrote := r.barrier(mark)
	for _, w := range wrote {
		if !strings.Contains(w, "poddisruptionbudgets/ "+eks+"/observability-collector") {
			t.Errorf("at rest the operator wrote: %s", w)
		}
	}
	after := p.rss(t)
	t.Logf("resident memory: %d MiB with one collector, %d MiB with %d", before>>20, after>>20, many+1)
	if growth := (after - before) / many; growth > maxGrowth {
		t.Errorf("each collector costs %d KiB", growth>>10)
	}
}

// allSeen reports whether so many collectors have a status of their current generation.
func (r *rig) allSeen(want int) error {
	var list v1beta1.OpenTelemetryCollectorList
	if err := r.List(r.t.Context(), &list); err != nil {
		return err
	}
	seen := 0
	for _, cr := range list.Items {
		if cr.Status.ObservedGeneration == cr.Generation && meta.FindStatusCondition(cr.Status.Conditions, controller.Ready) != nil {
			seen++
		}
	}
	if seen != want {
		return fmt.Errorf("%d of %d are", seen, want)
	}
	return nil
}
