package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/operator/certs"
)

// options is all that can be told to the operator. Every field is a flag, an environment
// variable and a key of the configuration file; see flags.
type options struct {
	configFile string

	metricsAddr, metricsCert, metricsKey string
	metricsSecure                        bool
	probeAddr, pprofAddr                 string

	webhooks                         bool
	webhookPort                      int
	webhookService                   string
	webhookSecret                    string
	webhookCerts                     string
	mutatingWebhook, validateWebhook string
	tlsMinVersion                    string
	tlsCipherSuites                  []string
	tlsClusterProfile, tlsOperands   bool

	leaderElection                bool
	leaseName                     string
	lease, renewDeadline, retryIn time.Duration

	namespace       string
	watchNamespaces []string

	collectorImage, allocatorImage, bridgeImage string
	collectorVersion                            string
	instrumentationImages                       map[string]*string
	languages                                   map[string]*bool
	multiInstrumentation                        bool

	labelsFilter, annotationsFilter []string
	createRBAC                      bool
	crMetrics, monitorOperator      bool
	ignoreMissingCRDs, dashboard    bool
	fipsDisabled                    []string
	featureGates                    []string

	collectorBinary string
	checkTimeout    time.Duration
	workers         int
	qps             float32
	burst           int
	resync          time.Duration

	identity  identityOptions
	addons    addonOptions
	addonAPIs addonAPIOptions
	log       logOptions
}

// languages that can be instrumented, and whether they are when nothing is said.
var instrumented = []struct {
	name string
	on   bool
}{
	{"java", true},
	{"nodejs", true},
	{"python", true},
	{"dotnet", true},
	{"apache-httpd", true},
	{"go", false},
	{"nginx", false},
}

// imageEnv are the names under which the images may be set in the environment besides those
// of their flags, as packagers of operators do it.
var imageEnv = map[string]string{
	"collector-image":             "RELATED_IMAGE_COLLECTOR",
	"target-allocator-image":      "RELATED_IMAGE_TARGET_ALLOCATOR",
	"operator-opamp-bridge-image": "RELATED_IMAGE_OPERATOR_OPAMP_BRIDGE",
}

// collectorRelease is the release of the OpenTelemetry Collector that the distribution of this
// version is built from. It is what status.version says, and what objects are upgraded to.
const collectorRelease = "0.155.0"

// flags returns the flags of the options with their defaults.
func (o *options) flags(version string) *pflag.FlagSet {
	f := pflag.NewFlagSet("radiograph-operator", pflag.ContinueOnError)
	f.SortFlags = true
	f.StringVar(&o.configFile, "config-file", "", "YAML file with any of these settings by the name of their flags; the environment and flags go before it")
	o.serverFlags(f)
	o.webhookFlags(f)
	o.objectFlags(f, version)
	o.identity.flags(f)
	o.addons.flags(f)
	o.addonAPIs.flags(f)
	o.log.flags(f)
	f.VisitAll(func(flag *pflag.Flag) {
		flag.Usage += " [" + strings.Join(envNames(flag.Name), ", ") + "]"
	})
	return f
}

// serverFlags are those of the process itself.
func (o *options) serverFlags(f *pflag.FlagSet) {
	f.StringVar(&o.metricsAddr, "metrics-addr", ":8443", "address of the operator's metrics; 0 for none")
	f.BoolVar(&o.metricsSecure, "metrics-secure", true, "serve metrics over HTTPS to those whose token may get /metrics")
	f.StringVar(&o.metricsCert, "metrics-tls-cert-file", "", "certificate of the metrics; one is made up without it")
	f.StringVar(&o.metricsKey, "metrics-tls-key-file", "", "key of that certificate")
	f.StringVar(&o.probeAddr, "health-probe-addr", ":8081", "address of /healthz and /readyz")
	f.StringVar(&o.pprofAddr, "pprof-addr", "", "address of Go's profiler; none by default")
	f.BoolVar(&o.leaderElection, "enable-leader-election", false, "let one of several operators act at a time")
	f.StringVar(&o.leaseName, "leader-election-id", "9f7554c3.opentelemetry.io", "name of the Lease that the leader holds")
	f.DurationVar(&o.lease, "leader-election-lease-duration", 137*time.Second, "how long a leader that says nothing is waited for")
	f.DurationVar(&o.renewDeadline, "leader-election-renew-deadline", 107*time.Second, "how long the leader tries to renew its lease before it gives up")
	f.DurationVar(&o.retryIn, "leader-election-retry-period", 26*time.Second, "pause between two attempts")
	f.StringVar(&o.namespace, "operator-namespace", "", "namespace the operator runs in; by default that of its service account")
	_ = f.MarkHidden("operator-namespace")
	f.StringSliceVar(&o.watchNamespaces, "watch-namespace", nil, "namespaces to watch; all by default")
	f.IntVar(&o.workers, "workers", 4, "how many objects of a kind are worked on at once")
	f.Float32Var(&o.qps, "kube-api-qps", 50, "requests a second to the API server")
	f.IntVar(&o.burst, "kube-api-burst", 100, "requests to the API server in a burst")
	f.DurationVar(&o.resync, "discovery-period", 5*time.Minute, "how often optional kinds, such as ServiceMonitor, are looked for")
}

// webhookFlags are those of the webhooks and their certificate.
func (o *options) webhookFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.webhooks, "enable-webhooks", true, "serve the admission and conversion webhooks")
	f.IntVar(&o.webhookPort, "webhook-port", 9443, "port of the webhooks")
	f.StringVar(&o.webhookService, "webhook-service", "opentelemetry-operator-webhook-service", "name of the webhooks' Service")
	f.StringVar(&o.webhookSecret, "webhook-secret", "opentelemetry-operator-controller-manager-service-cert", "name of the Secret with the webhooks' certificate")
	f.StringVar(&o.webhookCerts, "webhook-certificates", string(certs.Auto), "who writes that Secret: cert-manager, secret (you), self (the operator) or auto")
	f.StringVar(&o.mutatingWebhook, "mutating-webhook-configuration", "opentelemetry-operator-mutating-webhook-configuration", "name of the MutatingWebhookConfiguration")
	f.StringVar(&o.validateWebhook, "validating-webhook-configuration", "opentelemetry-operator-validating-webhook-configuration", "name of the ValidatingWebhookConfiguration")
	f.StringVar(&o.tlsMinVersion, "tls-min-version", "VersionTLS12", "lowest version of TLS that webhooks and metrics speak: VersionTLS12 or VersionTLS13")
	f.StringSliceVar(&o.tlsCipherSuites, "tls-cipher-suites", nil, "cipher suites of TLS 1.2, by their IANA names; Go's choice by default")
	f.BoolVar(&o.tlsClusterProfile, "tls-cluster-profile", false, "take both from the TLS profile of the cluster instead, in OpenShift; the operator ends, to be started again, when that changes")
	f.BoolVar(&o.tlsOperands, "tls-configure-operands", false, "let servers of collectors that have TLS speak the same, unless their configuration says otherwise")
}

// objectFlags are those of the objects that the operator makes.
func (o *options) objectFlags(f *pflag.FlagSet, version string) {
	tag := strings.TrimPrefix(version, "v")
	f.StringVar(&o.collectorImage, "collector-image", "radiograph/radiograph-collector:"+tag, "image of collectors that name none")
	f.StringVar(&o.collectorVersion, "collector-version", collectorRelease, "release of the OpenTelemetry Collector in that image")
	f.StringVar(&o.allocatorImage, "target-allocator-image", "radiograph/radiograph-target-allocator:"+tag, "image of target allocators that name none")
	f.StringVar(&o.bridgeImage, "operator-opamp-bridge-image", "", "image of OpAMP bridges; they are not run")
	o.instrumentationImages, o.languages = make(map[string]*string), make(map[string]*bool)
	for _, language := range instrumented {
		o.instrumentationImages[language.name] = f.String("auto-instrumentation-"+language.name+"-image", defaultInstrumentation(language.name, tag), "image with the instrumentation for "+language.name)
		o.languages[language.name] = f.Bool("enable-"+language.name+"-instrumentation", language.on, "let pods ask for the instrumentation for "+language.name)
	}
	f.BoolVar(&o.multiInstrumentation, "enable-multi-instrumentation", true, "let a pod ask for several instrumentations")
	f.StringSliceVar(&o.labelsFilter, "labels-filter", nil, "regular expressions of labels that children do not take over")
	f.StringSliceVar(&o.annotationsFilter, "annotations-filter", []string{`^kubectl\.kubernetes\.io/last-applied-configuration$`}, "regular expressions of annotations that children do not take over")
	f.BoolVar(&o.createRBAC, "create-rbac-permissions", false, "has no effect: the operator asks the API server what it may do")
	_ = f.MarkDeprecated("create-rbac-permissions", "the operator asks the API server what it may do")
	f.BoolVar(&o.crMetrics, "enable-cr-metrics", false, "count collectors and their components in the metrics")
	f.BoolVar(&o.monitorOperator, "create-sm-operator-metrics", false, "make a ServiceMonitor for the operator's metrics")
	f.BoolVar(&o.ignoreMissingCRDs, "ignore-missing-collector-crds", false, "start without the definitions of opentelemetry.io and wait for them")
	f.BoolVar(&o.dashboard, "openshift-create-dashboard", false, "is refused: this operator makes no dashboards")
	_ = f.MarkHidden("openshift-create-dashboard")
	f.StringSliceVar(&o.fipsDisabled, "fips-disabled-components", nil, "components that are refused where FIPS 140 is in force")
	f.StringSliceVar(&o.featureGates, "feature-gates", nil, "gates to open, or to close with a minus before them")
	f.StringVar(&o.collectorBinary, "collector-binary", "/radiograph-collector", "collector that configurations are checked with; empty for no check")
	f.DurationVar(&o.checkTimeout, "config-check-timeout", 8*time.Second, "how long such a check may take; less than the 10 s that the API server waits for a webhook")
}

// defaultInstrumentation is the image that applications of a language get their instrumentation
// from; there is one of ours for these languages. For the others the image must be set.
func defaultInstrumentation(language, tag string) string {
	switch language {
	case "java", "nodejs", "python":
		return "radiograph/autoinstrumentation-" + language + ":" + tag
	}
	return ""
}

// envNames are the environment variables that set a flag, the first goes before the others.
func envNames(flag string) []string {
	names := []string{strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))}
	if name, ok := imageEnv[flag]; ok {
		names = append(names, name)
	}
	if language, ok := strings.CutPrefix(flag, "auto-instrumentation-"); ok {
		language = strings.TrimSuffix(language, "-image")
		names = append(names, "RELATED_IMAGE_AUTO_INSTRUMENTATION_"+strings.ToUpper(strings.ReplaceAll(language, "-", "_")))
	}
	if language, ok := strings.CutPrefix(flag, "enable-"); ok && strings.HasSuffix(flag, "-instrumentation") && flag != "enable-multi-instrumentation" {
		language = strings.TrimSuffix(language, "-instrumentation")
		names = append(names, "ENABLE_"+strings.ToUpper(strings.ReplaceAll(language, "-", "_"))+"_AUTO_INSTRUMENTATION")
	}
	if flag == "operator-namespace" {
		names = append(names, "POD_NAMESPACE")
	}
	return names
}

// parse reads the arguments, the environment and the configuration file: the arguments go
// before the environment, that before the file. All that is wrong is returned at once.
func parse(args []string, getenv func(string) (string, bool), version string, usage io.Writer) (*options, error) {
	o := &options{}
	f := o.flags(version)
	f.SetOutput(usage)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if !f.Changed("config-file") {
		if path, ok := getenv("CONFIG_FILE"); ok {
			o.configFile = path
		}
	}
	file, err := readFile(o.configFile)
	if err != nil {
		return nil, err
	}
	var errs []error
	f.VisitAll(func(flag *pflag.Flag) {
		text, origin, ok := file[flag.Name], o.configFile, false
		if _, ok = file[flag.Name]; ok {
			origin = "key " + flag.Name + " in " + o.configFile
			delete(file, flag.Name)
		}
		for _, name := range envNames(flag.Name) {
			if value, set := getenv(name); set && value != "" {
				text, origin, ok = value, name, true
				break
			}
		}
		if !ok || flag.Changed || flag.Name == "config-file" {
			return
		}
		if err := f.Set(flag.Name, text); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", origin, err))
		}
	})
	for name := range file {
		errs = append(errs, fmt.Errorf("%s: unknown key %q", o.configFile, name))
	}
	errs = append(errs, o.validate())
	return o, errors.Join(errs...)
}

// readFile reads the configuration file as text by flag; lists are joined by commas.
func readFile(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(data, &values); err != nil {
		return nil, fmt.Errorf("read the configuration %s: %w", path, err)
	}
	texts := make(map[string]string, len(values))
	for name, value := range values {
		block, ok := value.(map[string]any)
		switch {
		case !ok:
			texts[name] = asText(value)
		case name != "tls" && name != "zap":
			return nil, fmt.Errorf("read the configuration %s: %s is a map; keys are the names of flags", path, name)
		}
		for key, value := range block {
			flag, ok := blockKeys[name+"."+key]
			if !ok {
				flag = name + "." + key // which is no flag, and said to be none
			}
			texts[flag] = asText(value)
		}
	}
	return texts, nil
}

// blockKeys are the flags that other operators' configuration files have in blocks.
var blockKeys = map[string]string{
	"tls.useclusterprofile": "tls-cluster-profile",
	"tls.configureoperands": "tls-configure-operands",
	"tls.minversion":        "tls-min-version",
	"tls.ciphersuites":      "tls-cipher-suites",
	"zap.message-key":       "zap-message-key",
	"zap.level-key":         "zap-level-key",
	"zap.time-key":          "zap-time-key",
	"zap.level-format":      "zap-level-format",
}

// asText returns a value as a flag takes it; the items of a list are joined by commas.
func asText(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	items := make([]string, len(list))
	for i, item := range list {
		items[i] = fmt.Sprint(item)
	}
	return strings.Join(items, ",")
}

// validate reports everything that cannot be as it is said.
func (o *options) validate() error {
	var errs []error
	for _, list := range []struct {
		flag     string
		patterns []string
	}{{"labels-filter", o.labelsFilter}, {"annotations-filter", o.annotationsFilter}} {
		for _, pattern := range list.patterns {
			if _, err := regexp.Compile(pattern); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", list.flag, err))
			}
		}
	}
	if _, err := certs.ParseSource(o.webhookCerts); err != nil {
		errs = append(errs, err)
	}
	if err := o.identity.settings(false).Validate(); err != nil {
		errs = append(errs, err)
	}
	if _, err := o.tls(); err != nil {
		errs = append(errs, err)
	}
	if o.dashboard {
		errs = append(errs, errors.New("openshift-create-dashboard: this operator makes no dashboards; its metrics are at metrics-addr"))
	}
	if err := o.checkGates(); err != nil {
		errs = append(errs, err)
	}
	if err := o.addonAPIs.validate(); err != nil {
		errs = append(errs, err)
	}
	if o.lease <= o.renewDeadline || o.renewDeadline <= o.retryIn {
		errs = append(errs, fmt.Errorf("leader election: want lease duration %s > renew deadline %s > retry period %s", o.lease, o.renewDeadline, o.retryIn))
	}
	if o.workers < 1 {
		errs = append(errs, fmt.Errorf("workers: %d is none", o.workers))
	}
	if (o.metricsCert == "") != (o.metricsKey == "") {
		errs = append(errs, errors.New("metrics-tls-cert-file and metrics-tls-key-file go together"))
	}
	return errors.Join(errs...)
}
