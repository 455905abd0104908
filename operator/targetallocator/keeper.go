package targetallocator

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	promconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/discovery/targetgroup"

	"github.com/radiograph/radiograph/operator/targetallocator/allocation"
	"github.com/radiograph/radiograph/operator/targetallocator/settings"
)

// keeper owns what is known and makes views of it. Its fields, except view, belong to the
// goroutine in run.
type keeper struct {
	log        *slog.Logger
	kubeconfig string
	metrics    *metrics
	// apply tells discovery what to look for.
	apply func(map[string]discovery.Configs) error

	settings  *settings.Settings
	allocator allocation.Allocator
	monitors  []*promconfig.ScrapeConfig
	jobs      map[string]*job
	all, open []byte
	withheld  []string
	groups    map[string][]*targetgroup.Group
	on        []allocation.Collector

	// What has been heard of once. Before all of it there is no view.
	hasMonitors, hasGroups, hasCollectors bool

	view atomic.Pointer[view]
}

// news are the channels that watchers tell the keeper by.
type news struct {
	settings   chan *settings.Settings
	monitors   chan []*promconfig.ScrapeConfig
	collectors chan []allocation.Collector
	groups     <-chan map[string][]*targetgroup.Group
}

// patience is how long the first view waits for a discovery that finds nothing, or for monitors
// that may not be read.
const patience = 30 * time.Second

// run keeps the view up to date until the context ends.
func (k *keeper) run(ctx context.Context, in news) error {
	if err := k.configure(); err != nil {
		return err
	}
	patience := time.NewTimer(patience)
	defer patience.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-patience.C:
			if k.view.Load() == nil {
				k.log.Warn("not everything has been found yet: what is known is served", "monitors", k.hasMonitors, "targets", k.hasGroups, "collectors", k.hasCollectors)
			}
			k.hasMonitors, k.hasGroups = true, true
		case s := <-in.settings:
			k.change(s)
		case m := <-in.monitors:
			k.monitors, k.hasMonitors = m, true
			k.reconfigure()
		case g := <-in.groups:
			k.groups, k.hasGroups = g, true
		case c := <-in.collectors:
			k.on, k.hasCollectors = c, true
		}
		k.publish()
	}
}

// change takes over settings that were read again.
func (k *keeper) change(s *settings.Settings) {
	old := k.settings
	if !reflect.DeepEqual(old.PrometheusCR, s.PrometheusCR) || !reflect.DeepEqual(old.HTTPS, s.HTTPS) || old.NotReadyGrace != s.NotReadyGrace ||
		old.Collectors.String() != s.Collectors.String() || old.AllowInsecureAuthSecrets != s.AllowInsecureAuthSecrets {
		k.log.Warn("a part of the configuration takes effect at the next start only: jobs and strategies change now")
	}
	next := *old
	next.Global, next.Jobs, next.Filter, next.Strategy, next.Fallback = s.Global, s.Jobs, s.Filter, s.Strategy, s.Fallback
	k.settings = &next
	k.reconfigure()
	k.log.Info("configuration read again", "jobs", len(s.Jobs), "strategy", string(s.Strategy))
}

func (k *keeper) reconfigure() {
	if err := k.configure(); err != nil {
		k.log.Error("jobs stay as they were", "err", err)
	}
}

// configure makes the jobs anew and tells discovery.
func (k *keeper) configure() error {
	jobs := map[string]*job{}
	search := map[string]discovery.Configs{}
	for _, cfg := range slices.Concat(k.settings.Jobs, k.monitors) {
		if jobs[cfg.JobName] != nil {
			k.log.Warn("job is there twice, and the first counts", "job", cfg.JobName)
			continue
		}
		j, err := newJob(cfg)
		if err != nil {
			return err
		}
		jobs[cfg.JobName], search[cfg.JobName] = j, discoveries(cfg, k.kubeconfig)
	}
	all, open, withheld, err := configs(jobs)
	if err != nil {
		return err
	}
	if err := k.apply(search); err != nil {
		return fmt.Errorf("tell discovery of the jobs: %w", err)
	}
	if !slices.Equal(withheld, k.withheld) && len(withheld) > 0 && !k.settings.AllowInsecureAuthSecrets {
		k.log.Warn("jobs with credentials are served over mTLS only", "jobs", withheld, "mtls", k.settings.HTTPS != nil)
	}
	k.jobs, k.all, k.open, k.withheld = jobs, all, open, withheld
	k.allocator.Strategy, k.allocator.Fallback = k.settings.Strategy, k.settings.Fallback
	return nil
}

// publish makes the view, when everything it needs has been heard of.
func (k *keeper) publish() {
	if !k.hasCollectors || !k.hasMonitors && k.settings.PrometheusCR != nil || !k.hasGroups && len(k.jobs) > 0 {
		return
	}
	found := make(map[string][]target, len(k.jobs))
	total := 0
	for _, name := range slices.Sorted(maps.Keys(k.jobs)) {
		list, err := targets(k.jobs[name].cfg, k.groups[name], k.settings.Filter)
		if err != nil {
			k.log.Error("targets stay as they were", "job", name, "err", err)
			return
		}
		found[name] = list
		total += len(list)
	}
	v := &view{all: k.all, open: k.open, withheld: k.withheld}
	v.assign(&k.allocator, k.on, found)
	before := k.view.Swap(v)
	k.metrics.observe(v)
	if before == nil || !slices.Equal(before.collectors, v.collectors) || before.unassigned != v.unassigned {
		k.log.Info("targets allocated", "jobs", len(v.jobs), "targets", total, "collectors", v.collectors, "unassigned", v.unassigned)
	}
}
