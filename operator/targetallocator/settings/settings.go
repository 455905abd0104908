package settings

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	promconfig "github.com/prometheus/prometheus/config"
	"go.yaml.in/yaml/v2"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/radiograph/radiograph/operator/targetallocator/allocation"

	// What targets can be discovered by. The other mechanisms of Prometheus bring the clients
	// of a dozen clouds with them.
	_ "github.com/prometheus/prometheus/discovery/dns"
	_ "github.com/prometheus/prometheus/discovery/file"
	_ "github.com/prometheus/prometheus/discovery/http"
	_ "github.com/prometheus/prometheus/discovery/kubernetes"
)

// RelabelConfig is the filter that leaves out what a job's relabel_configs drop.
const RelabelConfig = "relabel-config"

// Settings are what the target allocator is told. Durations that the file does not name have
// their defaults.
type Settings struct {
	// Global and Jobs are the Prometheus configuration. The jobs have taken over what the
	// global part says.
	Global promconfig.GlobalConfig
	Jobs   []*promconfig.ScrapeConfig
	// Collectors selects the pods that get targets.
	Collectors labels.Selector
	// Strategy and Fallback say who gets what; Fallback is "" for none.
	Strategy, Fallback allocation.Strategy
	// Filter reports whether targets are left out that relabelling drops.
	Filter bool
	// NotReadyGrace is how long a collector that is not ready keeps its targets.
	NotReadyGrace time.Duration
	// PrometheusCR is nil when the Prometheus operator's objects are not looked for.
	PrometheusCR *PrometheusCR
	// HTTPS is nil when targets are served without TLS only.
	HTTPS *HTTPS
	// AllowInsecureAuthSecrets serves credentials without TLS too.
	AllowInsecureAuthSecrets bool
}

// PrometheusCR says which of the Prometheus operator's objects are read.
type PrometheusCR struct {
	// Allow and Deny are names of namespaces; one of them is empty.
	Allow, Deny []string
	// SecretNamespaces are those whose Secrets may be read: all when empty.
	SecretNamespaces []string
	// ScrapeInterval applies to objects that name none; 0 is Prometheus's own.
	ScrapeInterval time.Duration
	// ScrapeProtocols are asked for when an object names none.
	ScrapeProtocols []string
	// ScrapeClasses are what objects refer to by name.
	ScrapeClasses []monitoringv1.ScrapeClass
	// DenyFiles refuses objects that name files of the collector.
	DenyFiles bool
	// ServiceMonitors, PodMonitors, ScrapeConfigs and Probes choose objects of each kind.
	ServiceMonitors, PodMonitors, ScrapeConfigs, Probes Selection
}

// Selection chooses objects by their labels and by those of their namespaces.
type Selection struct {
	Objects, Namespaces labels.Selector
}

// HTTPS is where collectors are served over mTLS.
type HTTPS struct {
	Listen, CAFile, CertFile, KeyFile string
}

// NeedsNamespaces reports whether the labels of namespaces matter.
func (p *PrometheusCR) NeedsNamespaces() bool {
	for _, s := range []Selection{p.ServiceMonitors, p.PodMonitors, p.ScrapeConfigs, p.Probes} {
		if !s.Namespaces.Empty() {
			return true
		}
	}
	return false
}

// Credentials reports whether there is a way on which credentials may travel to collectors.
func (s *Settings) Credentials() bool { return s.HTTPS != nil || s.AllowInsecureAuthSecrets }

// Load reads the settings in a file. Paths of files with targets are relative to its folder.
func Load(path string) (*Settings, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	out, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read the configuration %s: %w", path, err)
	}
	// Files with targets are here, and files of credentials are where the collector is.
	for _, job := range out.Jobs {
		job.ServiceDiscoveryConfigs.SetDirectory(filepath.Dir(path))
	}
	return out, nil
}

// Decode reads the settings in a text.
func Decode(data []byte) (*Settings, error) {
	f := file{NotReadyGrace: duration(30 * time.Second), Filter: RelabelConfig}
	if err := yaml.UnmarshalStrict(data, &f); err != nil {
		return nil, err
	}
	out := &Settings{NotReadyGrace: time.Duration(f.NotReadyGrace), AllowInsecureAuthSecrets: f.AllowInsecureAuthSecrets}
	var problems []error
	note := func(key string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", key, err))
		}
	}
	var err error
	out.Strategy, err = allocation.ParseStrategy(f.Strategy)
	note("allocation_strategy", err)
	if f.Fallback != "" {
		out.Fallback, err = allocation.ParseStrategy(f.Fallback)
		note("allocation_fallback_strategy", err)
	}
	out.Filter, err = filter(f.Filter)
	note("filter_strategy", err)
	out.Collectors, err = f.Collectors.compile()
	note("collector_selector", err)
	if err == nil && out.Collectors.Empty() {
		note("collector_selector", errors.New("names no label: every pod would be a collector"))
	}
	note("config", out.prometheus(f.Config))
	out.PrometheusCR, err = f.PrometheusCR.settings()
	note("prometheus_cr", err)
	out.HTTPS, err = f.HTTPS.settings()
	note("https", err)
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return out, nil
}

func filter(name string) (bool, error) {
	switch name {
	case RelabelConfig:
		return true, nil
	case "":
		return false, nil
	default:
		return false, fmt.Errorf("%q is no filter strategy: %s is, and \"\" for none", name, RelabelConfig)
	}
}

// prometheus takes over the Prometheus configuration, nil for none.
func (s *Settings) prometheus(cfg *promconfig.Config) error {
	if cfg == nil {
		cfg = &promconfig.Config{GlobalConfig: promconfig.DefaultGlobalConfig}
	}
	if len(cfg.RuleFiles) > 0 || len(cfg.RemoteWriteConfigs) > 0 || len(cfg.RemoteReadConfigs) > 0 || len(cfg.ScrapeConfigFiles) > 0 {
		return errors.New("only global and scrape_configs are allowed: there is nobody here to evaluate rules, to write samples or to read further files")
	}
	s.Global = cfg.GlobalConfig
	seen := map[string]bool{}
	for _, job := range cfg.ScrapeConfigs {
		if err := job.Validate(cfg.GlobalConfig); err != nil {
			return err
		}
		if seen[job.JobName] {
			return fmt.Errorf("job_name %q is there twice", job.JobName)
		}
		seen[job.JobName] = true
		s.Jobs = append(s.Jobs, job)
	}
	return nil
}

// file is the file as it is written.
type file struct {
	Config                   *promconfig.Config `yaml:"config"`
	Collectors               selector           `yaml:"collector_selector"`
	Strategy                 string             `yaml:"allocation_strategy"`
	Fallback                 string             `yaml:"allocation_fallback_strategy"`
	Filter                   string             `yaml:"filter_strategy"`
	NotReadyGrace            duration           `yaml:"collector_not_ready_grace_period"`
	PrometheusCR             prometheusCR       `yaml:"prometheus_cr"`
	HTTPS                    https              `yaml:"https"`
	AllowInsecureAuthSecrets bool               `yaml:"allow_insecure_auth_secrets"`
}

type prometheusCR struct {
	Enabled                  bool     `yaml:"enabled"`
	Allow                    []string `yaml:"allow_namespaces"`
	Deny                     []string `yaml:"deny_namespaces"`
	SecretNamespaces         []string `yaml:"secret_namespaces"`
	ScrapeInterval           duration `yaml:"scrape_interval"`
	EvaluationInterval       duration `yaml:"evaluation_interval"` // of rules, which nobody here evaluates
	ScrapeProtocols          []string `yaml:"scrape_protocols"`
	ScrapeClasses            []any    `yaml:"scrape_classes"`
	DenyFiles                bool     `yaml:"deny_fs_access_through_sms"`
	ServiceMonitors          selector `yaml:"service_monitor_selector"`
	ServiceMonitorNamespaces selector `yaml:"service_monitor_namespace_selector"`
	PodMonitors              selector `yaml:"pod_monitor_selector"`
	PodMonitorNamespaces     selector `yaml:"pod_monitor_namespace_selector"`
	ScrapeConfigs            selector `yaml:"scrape_config_selector"`
	ScrapeConfigNamespaces   selector `yaml:"scrape_config_namespace_selector"`
	Probes                   selector `yaml:"probe_selector"`
	ProbeNamespaces          selector `yaml:"probe_namespace_selector"`
}

func (f *prometheusCR) settings() (*PrometheusCR, error) {
	if !f.Enabled {
		return nil, nil
	}
	if len(f.Allow) > 0 && len(f.Deny) > 0 {
		return nil, errors.New("allow_namespaces and deny_namespaces exclude each other")
	}
	out := &PrometheusCR{
		Allow: f.Allow, Deny: f.Deny, SecretNamespaces: f.SecretNamespaces,
		ScrapeInterval: time.Duration(f.ScrapeInterval), ScrapeProtocols: f.ScrapeProtocols, DenyFiles: f.DenyFiles,
	}
	for _, protocol := range f.ScrapeProtocols {
		if err := promconfig.ScrapeProtocol(protocol).Validate(); err != nil {
			return nil, fmt.Errorf("scrape_protocols: %w", err)
		}
	}
	var err error
	if out.ScrapeClasses, err = classes(f.ScrapeClasses); err != nil {
		return nil, fmt.Errorf("scrape_classes: %w", err)
	}
	for _, s := range []struct {
		to                  *Selection
		objects, namespaces *selector
		key                 string
	}{
		{&out.ServiceMonitors, &f.ServiceMonitors, &f.ServiceMonitorNamespaces, "service_monitor"},
		{&out.PodMonitors, &f.PodMonitors, &f.PodMonitorNamespaces, "pod_monitor"},
		{&out.ScrapeConfigs, &f.ScrapeConfigs, &f.ScrapeConfigNamespaces, "scrape_config"},
		{&out.Probes, &f.Probes, &f.ProbeNamespaces, "probe"},
	} {
		if s.to.Objects, err = s.objects.compile(); err != nil {
			return nil, fmt.Errorf("%s_selector: %w", s.key, err)
		}
		if s.to.Namespaces, err = s.namespaces.compile(); err != nil {
			return nil, fmt.Errorf("%s_namespace_selector: %w", s.key, err)
		}
	}
	return out, nil
}

type https struct {
	Enabled  bool   `yaml:"enabled"`
	Listen   string `yaml:"listen_addr"`
	CAFile   string `yaml:"ca_file_path"`
	CertFile string `yaml:"tls_cert_file_path"`
	KeyFile  string `yaml:"tls_key_file_path"`
}

func (f *https) settings() (*HTTPS, error) {
	if !f.Enabled {
		return nil, nil
	}
	if f.Listen == "" {
		f.Listen = ":8443"
	}
	if _, _, err := net.SplitHostPort(f.Listen); err != nil {
		return nil, fmt.Errorf("listen_addr: %w", err)
	}
	values := map[string]string{"ca_file_path": f.CAFile, "tls_cert_file_path": f.CertFile, "tls_key_file_path": f.KeyFile}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if strings.TrimSpace(values[key]) == "" {
			return nil, fmt.Errorf("%s is missing: collectors and allocator check each other", key)
		}
	}
	return &HTTPS{Listen: f.Listen, CAFile: f.CAFile, CertFile: f.CertFile, KeyFile: f.KeyFile}, nil
}

// duration reads durations of Go, "1m0s", as the operator writes them, and of Prometheus,
// "1d".
type duration time.Duration

func (d *duration) UnmarshalYAML(unmarshal func(any) error) error {
	var text string
	if err := unmarshal(&text); err != nil {
		return err
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		long, other := model.ParseDuration(text)
		if other != nil {
			return fmt.Errorf("%q is no duration: one is 30s or 1m", text)
		}
		parsed = time.Duration(long)
	}
	if parsed < 0 {
		return fmt.Errorf("%q is a negative duration", text)
	}
	*d = duration(parsed)
	return nil
}
