package awsemfexporter

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/resourcetotelemetry"

	"github.com/radiograph/radiograph/collector/internal/session"
)

// Values of dimension_rollup_option.
const (
	zeroAndSingleRollup = "ZeroAndSingleDimensionRollup"
	singleRollup        = "SingleDimensionRollupOnly"
	noRollup            = "NoDimensionRollup"
)

// Values of output_destination.
const (
	toCloudWatch = "cloudwatch"
	toStdout     = "stdout"
)

// Config is what users write. Its keys and defaults are those of the community's
// exporter of the same name; those it has more say so.
type Config struct {
	session.Config `mapstructure:",squash"` // how AWS is reached

	LogGroupName  string            `mapstructure:"log_group_name"`  // may hold placeholders; /metrics/<namespace>
	LogStreamName string            `mapstructure:"log_stream_name"` // may hold placeholders; otel-stream-<uuid>
	LogRetention  int32             `mapstructure:"log_retention"`   // days, of groups that are created; 0: forever
	Tags          map[string]string `mapstructure:"tags"`            // of groups that are created

	Namespace             string `mapstructure:"namespace"`               // of CloudWatch's metrics; the resource's service names
	DimensionRollupOption string `mapstructure:"dimension_rollup_option"` // sets of dimensions besides all labels
	Version               string `mapstructure:"version"`                 // of the format: "1", or "0" without _aws
	OutputDestination     string `mapstructure:"output_destination"`      // cloudwatch or stdout

	DetailedMetrics         bool          `mapstructure:"detailed_metrics"`                     // summaries keep their quantiles
	RetainInitialValue      bool          `mapstructure:"retain_initial_value_of_delta_metric"` // the first value of a counter is a change
	ParseJSONAttributes     []string      `mapstructure:"parse_json_encoded_attr_values"`       // labels that hold JSON
	EKSFargate              bool          `mapstructure:"eks_fargate_container_insights_enabled"`
	DisableMetricExtraction bool          `mapstructure:"disable_metric_extraction"` // plain log events
	DeltaExpiry             time.Duration `mapstructure:"delta_expiry"`              // how long a counter is remembered; not in the original

	MetricDeclarations []MetricDeclaration `mapstructure:"metric_declarations"`
	MetricDescriptors  []MetricDescriptor  `mapstructure:"metric_descriptors"`

	ResourceToTelemetry resourcetotelemetry.Settings `mapstructure:"resource_to_telemetry_conversion"`

	Retry configretry.BackOffConfig                                `mapstructure:"retry_on_failure"`
	Queue configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"` // none; not in the original
}

// MetricDeclaration says of which metrics CloudWatch makes metrics, and with which
// dimensions.
type MetricDeclaration struct {
	Dimensions    [][]string     `mapstructure:"dimensions"`            // sets of labels' names
	NameSelectors []string       `mapstructure:"metric_name_selectors"` // regular expressions, one of which the name matches
	LabelMatchers []LabelMatcher `mapstructure:"label_matchers"`        // one of which the labels match; none: all labels do
}

// LabelMatcher matches labels by their values.
type LabelMatcher struct {
	LabelNames []string `mapstructure:"label_names"`
	Separator  string   `mapstructure:"separator"` // between the values; ";"
	Regex      string   `mapstructure:"regex"`     // that the joined values match
}

// MetricDescriptor gives a metric a unit.
type MetricDescriptor struct {
	MetricName string `mapstructure:"metric_name"`
	Unit       string `mapstructure:"unit"`      // one of CloudWatch's
	Overwrite  bool   `mapstructure:"overwrite"` // even when the metric has a unit
}

func defaultConfig() component.Config {
	return &Config{
		Config:                session.Default(),
		DimensionRollupOption: zeroAndSingleRollup,
		Version:               "1",
		OutputDestination:     toCloudWatch,
		DeltaExpiry:           15 * time.Minute,
		Retry:                 configretry.NewDefaultBackOffConfig(),
		Queue:                 configoptional.Default(exporterhelper.NewDefaultQueueConfig()),
	}
}

// retentions are what CloudWatch Logs accepts: see PutRetentionPolicy.
var retentions = []int32{0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// Rules of CreateLogGroup for tags.
const maxTags = 50

var (
	tagKey   = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$`)
	tagValue = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$`)
)

// maxNamespace is the length of the longest namespace of CloudWatch.
const maxNamespace = 255

// Validate reports everything that is wrong, with the keys.
func (c *Config) Validate() error {
	var errs []error
	wrong := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: "+format, append([]any{key}, args...)...))
	}
	oneOf := func(key, value string, values ...string) {
		if !slices.Contains(values, value) {
			wrong(key, "must be one of %s, not %q", strings.Join(values, ", "), value)
		}
	}
	oneOf("dimension_rollup_option", c.DimensionRollupOption, zeroAndSingleRollup, singleRollup, noRollup)
	oneOf("output_destination", c.OutputDestination, toCloudWatch, toStdout)
	oneOf("version", c.Version, "0", "1")
	if !slices.Contains(retentions, c.LogRetention) {
		wrong("log_retention", "CloudWatch Logs has no retention of %d days, only of %s", c.LogRetention, strings.Trim(fmt.Sprint(retentions), "[]"))
	}
	if c.DeltaExpiry <= 0 {
		wrong("delta_expiry", "must be longer than nothing, not %v", c.DeltaExpiry)
	}
	if c.Namespace != "" && (!isPrintable(c.Namespace, maxNamespace) || c.Namespace[0] == ':') {
		wrong("namespace", "must be at most %d bytes of printable text that does not begin with a colon", maxNamespace)
	}
	if err := checkGroupName(c.LogGroupName); err != nil {
		wrong("log_group_name", "%w", err)
	}
	if err := checkStreamName(c.LogStreamName); err != nil {
		wrong("log_stream_name", "%w", err)
	}
	if len(c.Tags) > maxTags {
		wrong("tags", "a log group can have %d tags, not %d", maxTags, len(c.Tags))
	}
	for k, v := range c.Tags {
		if !tagKey.MatchString(k) {
			wrong("tags", "the key %q must have 1 to 128 letters, digits, spaces or any of _.:/=+-@", k)
		}
		if !tagValue.MatchString(v) {
			wrong("tags::"+k, "the value %q must have at most 256 letters, digits, spaces or any of _.:/=+-@", v)
		}
	}
	return errors.Join(errs...)
}

// Validate reports everything that is wrong, with the keys.
func (d *MetricDeclaration) Validate() error {
	if len(d.NameSelectors) == 0 {
		return errors.New("metric_name_selectors: at least one is needed")
	}
	var errs []error
	for i, s := range d.NameSelectors {
		if _, err := regexp.Compile(s); err != nil {
			errs = append(errs, fmt.Errorf("metric_name_selectors::%d: %w", i, err))
		}
	}
	for i, set := range d.Dimensions {
		if slices.Contains(set, "") {
			errs = append(errs, fmt.Errorf("dimensions::%d: a dimension has no name", i))
		}
	}
	return errors.Join(errs...)
}

// Validate reports everything that is wrong, with the keys.
func (m *LabelMatcher) Validate() error {
	var errs []error
	if len(m.LabelNames) == 0 {
		errs = append(errs, errors.New("label_names: at least one is needed"))
	}
	if m.Regex == "" {
		errs = append(errs, errors.New("regex: is needed"))
	}
	if _, err := regexp.Compile(m.Regex); err != nil {
		errs = append(errs, fmt.Errorf("regex: %w", err))
	}
	return errors.Join(errs...)
}

// Validate reports everything that is wrong, with the keys.
func (d *MetricDescriptor) Validate() error {
	var errs []error
	if d.MetricName == "" {
		errs = append(errs, errors.New("metric_name: is needed"))
	}
	if !cloudWatchUnits[d.Unit] {
		errs = append(errs, fmt.Errorf("unit: CloudWatch has no unit %q", d.Unit))
	}
	return errors.Join(errs...)
}
