package targetallocator

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	promconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/discovery/targetgroup"

	"github.com/radiograph/radiograph/operator/targetallocator/allocation"
	"github.com/radiograph/radiograph/operator/targetallocator/settings"
)

const configured = `
collector_selector: {matchlabels: {app: collector}}
config:
  scrape_configs:
    - job_name: "a b/c"
      params: {format: [text]}
      relabel_configs:
        - {source_labels: [__meta_zone], regex: dark, action: drop}
        - {source_labels: [__meta_zone], target_label: zone}
      static_configs: [{targets: ["unused:1"]}]
    - job_name: locked
      basic_auth: {username: ann, password: hush}
      static_configs: [{targets: ["unused:1"]}]
`

func decode(t *testing.T, text string) *settings.Settings {
	t.Helper()
	s, err := settings.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stand is a keeper with the channels to tell it.
type stand struct {
	*keeper

	in       news
	groups   chan map[string][]*targetgroup.Group
	searched map[string]discovery.Configs
}

func newStand(t *testing.T, s *settings.Settings) *stand {
	t.Helper()
	out := &stand{groups: make(chan map[string][]*targetgroup.Group)}
	out.keeper = &keeper{
		log: slog.New(slog.DiscardHandler), settings: s, metrics: newMetrics(prometheus.NewRegistry()),
		apply: func(c map[string]discovery.Configs) error { out.searched = c; return nil },
	}
	out.in = news{
		settings: make(chan *settings.Settings), monitors: make(chan []*promconfig.ScrapeConfig),
		collectors: make(chan []allocation.Collector), groups: out.groups,
	}
	return out
}

func (s *stand) get(t *testing.T, path string, secure bool) (int, string) {
	t.Helper()
	h := &handler{view: s.view.Load, secure: secure, metrics: s.metrics, gather: prometheus.NewRegistry()}
	w := httptest.NewRecorder()
	h.routes().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func found(n int) []*targetgroup.Group {
	group := &targetgroup.Group{Labels: model.LabelSet{"__meta_zone": "light", "env": "prod"}}
	for i := range n {
		group.Targets = append(group.Targets, model.LabelSet{model.AddressLabel: model.LabelValue(fmt.Sprintf("10.0.0.%d:80", i))})
	}
	dark := &targetgroup.Group{Targets: []model.LabelSet{{model.AddressLabel: "10.0.1.1:80", "__meta_zone": "dark"}}}
	return []*targetgroup.Group{group, dark, nil, group}
}

func TestKeeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t, decode(t, configured))
		done := make(chan error, 1)
		ctx, stop := context.WithCancel(t.Context())
		go func() { done <- s.run(ctx, s.in) }()
		s.in.collectors <- []allocation.Collector{{Name: "pod-0"}, {Name: "pod-1"}}
		synctest.Wait()
		for _, path := range []string{"/readyz", "/scrape_configs", "/jobs/locked/targets?collector_id=pod-0"} {
			if code, body := s.get(t, path, true); code != http.StatusServiceUnavailable {
				t.Errorf("%s before the first targets: %d %s", path, code, body)
			}
		}
		s.groups <- map[string][]*targetgroup.Group{"a b/c": found(40)}
		synctest.Wait()
		if code, _ := s.get(t, "/readyz", false); code != http.StatusOK {
			t.Error(code)
		}
		s.checkConfigs(t)
		s.checkTargets(t)
		s.in.settings <- decode(t, "collector_selector: {matchlabels: {app: collector}}\nconfig: {scrape_configs: [{job_name: new}]}\n")
		synctest.Wait()
		if _, body := s.get(t, "/jobs", false); body != `{"new":{"_link":"/jobs/new/targets"}}` || len(s.searched) != 1 {
			t.Error(body, s.searched)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func (s *stand) checkConfigs(t *testing.T) {
	t.Helper()
	if len(s.searched) != 2 {
		t.Errorf("discovery looks for %v", s.searched)
	}
	_, open := s.get(t, "/scrape_configs", false)
	_, all := s.get(t, "/scrape_configs", true)
	if strings.Contains(open, "locked") || !strings.Contains(all, `"password":"hush"`) || strings.Contains(all, "static_configs") {
		t.Errorf("%s\n%s", open, all)
	}
	var configs map[string]map[string]any
	if err := json.Unmarshal([]byte(open), &configs); err != nil || configs["a b/c"]["scrape_interval"] != "1m" {
		t.Error(err, open)
	}
}

func (s *stand) checkTargets(t *testing.T) {
	t.Helper()
	var total int
	for _, pod := range []string{"pod-0", "pod-1", "pod-2"} {
		for _, escaped := range []string{url.QueryEscape("a b/c"), url.PathEscape("a b/c")} {
			code, body := s.get(t, "/jobs/"+escaped+"/targets?collector_id="+pod, false)
			var groups []targetgroup.Group
			if err := json.Unmarshal([]byte(body), &groups); err != nil || code != http.StatusOK || groups == nil {
				t.Fatal(code, body, err)
			}
			if pod == "pod-2" && len(groups) > 0 || pod != "pod-2" && len(groups) == 0 {
				t.Errorf("%s has %s", pod, body)
			}
			for _, g := range groups {
				if len(g.Targets) != 1 || g.Labels["env"] != "prod" || g.Labels["__meta_zone"] != "light" {
					t.Errorf("%+v", g)
				}
			}
			total += len(groups)
		}
	}
	if total != 2*40 {
		t.Errorf("%d targets in two readings of 40", total)
	}
	var by map[string]struct{ Targets []any }
	_, body := s.get(t, "/jobs/a+b%2Fc/targets", false)
	if err := json.Unmarshal([]byte(body), &by); err != nil || len(by["pod-0"].Targets)+len(by["pod-1"].Targets) != 40 {
		t.Error(err, body)
	}
	for _, path := range []string{"/jobs/none/targets", "/jobs/locked", "/jobs/%zz/targets"} {
		u := &url.URL{Path: path}
		if code, _ := s.get(t, u.String(), false); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
}

// A discovery that never finds anything holds the others up for so long and no longer.
func TestKeeperLosesPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t, decode(t, configured+"prometheus_cr: {enabled: true}\n"))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { _ = s.run(ctx, s.in) }()
		s.in.collectors <- nil
		time.Sleep(patience) // the bubble's clock
		synctest.Wait()
		if code, _ := s.get(t, "/readyz", false); code != http.StatusOK {
			t.Error(code)
		}
	})
}

func TestFilterOff(t *testing.T) {
	s := decode(t, configured+"filter_strategy: \"\"\n")
	list, err := targets(s.Jobs[0], found(3), s.Filter)
	if err != nil || len(list) != 4 {
		t.Error(len(list), err)
	}
	if list, _ = targets(s.Jobs[0], found(3), true); len(list) != 3 {
		t.Error(len(list))
	}
}

func TestNodeOf(t *testing.T) {
	for _, set := range []model.LabelSet{
		{"__meta_kubernetes_pod_node_name": "n"},
		{"__meta_kubernetes_node_name": "n"},
		{"__meta_kubernetes_endpoint_node_name": "n"},
		{"__meta_kubernetes_endpointslice_endpoint_node_name": "n"},
		{"__meta_kubernetes_endpointslice_address_target_kind": "Node", "__meta_kubernetes_endpointslice_address_target_name": "n"},
	} {
		if nodeOf(set) != "n" {
			t.Error(set)
		}
	}
	if got := nodeOf(model.LabelSet{"node": "n"}); got != "" {
		t.Error(got)
	}
}

// The key of a target is the same whatever discovery says besides: an annotation that changes
// moves no target.
func TestKeysAreStable(t *testing.T) {
	s := decode(t, configured)
	key := func(annotation string) string {
		list, err := targets(s.Jobs[0], []*targetgroup.Group{{
			Targets: []model.LabelSet{{model.AddressLabel: "a:1", "__meta_annotation": model.LabelValue(annotation)}},
		}}, true)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0].Key
	}
	if key("one") != key("two") {
		t.Error(key("one"), key("two"))
	}
}

func BenchmarkPublish(b *testing.B) {
	s, err := settings.Decode([]byte(configured))
	if err != nil {
		b.Fatal(err)
	}
	k := &keeper{
		log: slog.New(slog.DiscardHandler), settings: s, metrics: newMetrics(prometheus.NewRegistry()),
		apply: func(map[string]discovery.Configs) error { return nil }, hasGroups: true, hasCollectors: true,
	}
	if err := k.configure(); err != nil {
		b.Fatal(err)
	}
	group := &targetgroup.Group{Labels: model.LabelSet{"__meta_zone": "light", "env": "prod"}}
	for i := range 20_000 {
		group.Targets = append(group.Targets, model.LabelSet{model.AddressLabel: model.LabelValue(fmt.Sprintf("10.%d.%d.1:80", i/250, i%250))})
	}
	k.groups = map[string][]*targetgroup.Group{"a b/c": {group}}
	for i := range 20 {
		k.on = append(k.on, allocation.Collector{Name: fmt.Sprintf("pod-%d", i)})
	}
	b.ReportAllocs()
	for b.Loop() {
		k.publish()
	}
}
