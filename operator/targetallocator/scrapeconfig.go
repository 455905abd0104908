package targetallocator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"

	commonconfig "github.com/prometheus/common/config"
	promconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/discovery/kubernetes"
	"go.yaml.in/yaml/v2"
	k8syaml "sigs.k8s.io/yaml"
)

// job is a scrape configuration, and how collectors read it: without its discovery, which the
// allocator does for them.
type job struct {
	cfg *promconfig.ScrapeConfig
	// text is JSON with credentials in it.
	text json.RawMessage
	// credentials reports whether there are any.
	credentials bool
}

func newJob(cfg *promconfig.ScrapeConfig) (*job, error) {
	bare := *cfg
	bare.ServiceDiscoveryConfigs = nil
	masked, err := marshal(&bare, false)
	if err != nil {
		return nil, fmt.Errorf("encode job %s: %w", cfg.JobName, err)
	}
	open, err := marshal(&bare, true)
	if err != nil {
		return nil, fmt.Errorf("encode job %s: %w", cfg.JobName, err)
	}
	text, err := k8syaml.YAMLToJSON(open)
	if err != nil {
		return nil, fmt.Errorf("encode job %s: %w", cfg.JobName, err)
	}
	return &job{cfg: cfg, text: text, credentials: !bytes.Equal(masked, open)}, nil
}

// marshalling guards commonconfig.MarshalSecretValue, which holds for the whole process.
// Nothing else in it writes Prometheus's configuration.
var marshalling sync.Mutex

// marshal writes a configuration, with its secrets or with a mask in their place.
func marshal(cfg *promconfig.ScrapeConfig, secrets bool) ([]byte, error) {
	marshalling.Lock()
	defer marshalling.Unlock()
	before := commonconfig.MarshalSecretValue
	commonconfig.MarshalSecretValue = secrets
	defer func() { commonconfig.MarshalSecretValue = before }()
	return yaml.Marshal(cfg)
}

// discoveries returns how the targets of a job are found. Outside a cluster kubeconfig says
// where it is, and "" leaves that to the pod.
func discoveries(cfg *promconfig.ScrapeConfig, kubeconfig string) discovery.Configs {
	if kubeconfig == "" {
		return cfg.ServiceDiscoveryConfigs
	}
	out := make(discovery.Configs, len(cfg.ServiceDiscoveryConfigs))
	for i, sd := range cfg.ServiceDiscoveryConfigs {
		out[i] = sd
		if k, ok := sd.(*kubernetes.SDConfig); ok && k.APIServer.URL == nil && k.KubeConfig == "" {
			copied := *k
			copied.KubeConfig = kubeconfig
			out[i] = &copied
		}
	}
	return out
}
