package targetallocator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	promconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/radiograph/radiograph/operator/targetallocator/allocation"
)

// target is one that discovery has found and that is not filtered out.
type target struct {
	allocation.Target
	// text is the target as a collector reads it: a group of HTTP service discovery
	// (https://prometheus.io/docs/prometheus/latest/http_sd/). The collector relabels by
	// itself, and so gets the labels as they were found.
	text json.RawMessage
}

// nodeLabels are where the discovery of Kubernetes says on which node a target is.
var nodeLabels = []model.LabelName{
	"__meta_kubernetes_pod_node_name", "__meta_kubernetes_node_name",
	"__meta_kubernetes_endpointslice_endpoint_node_name", "__meta_kubernetes_endpoint_node_name",
}

// targets returns the targets of a job in the order of their keys, each once. With filter those
// are left out that relabelling drops.
func targets(cfg *promconfig.ScrapeConfig, groups []*targetgroup.Group, filter bool) ([]target, error) {
	found := map[string]target{}
	lb := labels.NewBuilder(labels.EmptyLabels())
	for _, group := range groups {
		if group == nil {
			continue
		}
		for _, own := range group.Targets {
			set := group.Labels.Merge(own)
			key, keep := identify(lb, cfg, set, filter)
			if !keep {
				continue
			}
			text, err := encode(set)
			if err != nil {
				return nil, fmt.Errorf("encode a target of %s: %w", cfg.JobName, err)
			}
			found[key] = target{Target: allocation.Target{Key: key, Node: nodeOf(set)}, text: text}
		}
	}
	out := make([]target, 0, len(found))
	for _, key := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[key])
	}
	return out, nil
}

// identify returns what tells a target apart: after relabelling, as a scraper does, by the
// labels that its series and its URL have. It reports whether the target is to be scraped.
func identify(lb *labels.Builder, cfg *promconfig.ScrapeConfig, set model.LabelSet, filter bool) (string, bool) {
	lb.Reset(labels.EmptyLabels())
	for name, value := range set {
		lb.Set(string(name), string(value))
	}
	if filter {
		defaults(lb, cfg)
		if !relabel.ProcessBuilder(lb, cfg.RelabelConfigs...) {
			return "", false
		}
		lb.Range(func(l labels.Label) {
			if strings.HasPrefix(l.Name, model.MetaLabelPrefix) || strings.HasPrefix(l.Name, "__tmp") {
				lb.Del(l.Name)
			}
		})
	}
	address := lb.Get(model.AddressLabel)
	if address == "" {
		return "", false
	}
	return cfg.JobName + "/" + address + "/" + strconv.FormatUint(lb.Labels().Hash(), 16), true
}

// defaults sets the labels that a scraper sets before it relabels.
func defaults(lb *labels.Builder, cfg *promconfig.ScrapeConfig) {
	set := func(name, value string) {
		if lb.Get(name) == "" {
			lb.Set(name, value)
		}
	}
	set(model.JobLabel, cfg.JobName)
	set(model.ScrapeIntervalLabel, cfg.ScrapeInterval.String())
	set(model.ScrapeTimeoutLabel, cfg.ScrapeTimeout.String())
	set(model.MetricsPathLabel, cfg.MetricsPath)
	set(model.SchemeLabel, cfg.Scheme)
	for name, values := range cfg.Params {
		if len(values) > 0 {
			set(model.ParamLabelPrefix+name, values[0])
		}
	}
}

func encode(set model.LabelSet) (json.RawMessage, error) {
	rest := make(map[string]string, len(set))
	for name, value := range set {
		if name != model.AddressLabel {
			rest[string(name)] = string(value)
		}
	}
	return json.Marshal(struct {
		Targets []string          `json:"targets"`
		Labels  map[string]string `json:"labels"`
	}{[]string{string(set[model.AddressLabel])}, rest})
}

func nodeOf(set model.LabelSet) string {
	for _, name := range nodeLabels {
		if node := set[name]; node != "" {
			return string(node)
		}
	}
	// A target that is a node, or stands for one, is found by neither.
	if set["__meta_kubernetes_endpointslice_address_target_kind"] == "Node" {
		return string(set["__meta_kubernetes_endpointslice_address_target_name"])
	}
	return ""
}
