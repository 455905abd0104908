package awsemfexporter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/resourcetotelemetry"

	"github.com/radiograph/radiograph/collector/internal/session"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func paths(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %v, %d files", pattern, err, len(found))
	}
	return found
}

func TestDefaults(t *testing.T) {
	if err := componenttest.CheckConfigStruct(NewFactory().CreateDefaultConfig()); err != nil {
		t.Fatal(err)
	}
	got := configOf(t, read(t, "testdata/config/empty.yaml"))
	want := &Config{
		Config:                session.Config{NumWorkers: 8, RequestTimeoutSeconds: 30, MaxRetries: 2},
		DimensionRollupOption: "ZeroAndSingleDimensionRollup", Version: "1", OutputDestination: "cloudwatch", DeltaExpiry: 15 * time.Minute,
		Retry: got.Retry, Queue: got.Queue,
	}
	if !got.Retry.Enabled || got.Queue.HasValue() {
		t.Errorf("retry %v, queue %v; want the one and not the other", got.Retry.Enabled, got.Queue.HasValue())
	}
	if diff := cmp.Diff(want, got, ignoreQueue); diff != "" {
		t.Error(diff)
	}
}

var ignoreQueue = cmpopts.IgnoreTypes(configoptional.Optional[exporterhelper.QueueBatchConfig]{})

func TestEveryKeyIsRead(t *testing.T) {
	got := configOf(t, read(t, "testdata/config/everything.yaml"))
	want := &Config{
		Config: session.Config{
			NumWorkers: 2, Endpoint: "http://localhost:4566", RequestTimeoutSeconds: 5, MaxRetries: 1, NoVerifySSL: true, ProxyAddress: "http://proxy:3128",
			Region: "eu-west-1", LocalMode: true, ResourceARN: "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", RoleARN: "arn:aws:iam::111122223333:role/collector", ExternalID: "id",
		},
		LogGroupName: "/aws/containerinsights/{ClusterName}/performance", LogStreamName: "{NodeName}", LogRetention: 30, Tags: map[string]string{"team": "shop", "cost centre": "42"},
		Namespace: "ContainerInsights", DimensionRollupOption: "SingleDimensionRollupOnly", Version: "0", OutputDestination: "stdout",
		DetailedMetrics: true, RetainInitialValue: true, ParseJSONAttributes: []string{"Sources", "kubernetes"}, EKSFargate: true, DisableMetricExtraction: true, DeltaExpiry: time.Hour,
		MetricDeclarations: []MetricDeclaration{{
			Dimensions: [][]string{{"ClusterName", "PodName"}, {}}, NameSelectors: []string{"pod_.*"},
			LabelMatchers: []LabelMatcher{{LabelNames: []string{"Type", "Namespace"}, Separator: "/", Regex: "^Pod/.*$"}},
		}},
		MetricDescriptors:   []MetricDescriptor{{MetricName: "pod_cpu", Unit: "Percent", Overwrite: true}},
		ResourceToTelemetry: resourcetotelemetry.Settings{Enabled: true, ExcludeServiceAttributes: true},
		Retry:               got.Retry,
	}
	if q := got.Queue.Get(); q == nil || q.QueueSize != 10 || q.NumConsumers != 2 || q.StorageID.String() != "file_storage" {
		t.Errorf("queue is %+v", q)
	}
	if got.Retry.InitialInterval != time.Second || got.Retry.MaxElapsedTime != time.Minute {
		t.Errorf("retry is %+v", got.Retry)
	}
	if diff := cmp.Diff(want, got, ignoreQueue); diff != "" {
		t.Error(diff)
	}
}

func TestValidShapes(t *testing.T) {
	for _, path := range paths(t, "testdata/config/*.yaml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if _, err := newSettings(configOf(t, read(t, path)), "stream", zap.NewNop()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestQueueIsOnWhenItIsNamed(t *testing.T) {
	if c := configOf(t, read(t, "testdata/config/queue.yaml")); !c.Queue.HasValue() {
		t.Error("no queue")
	}
}

func TestLargeSetIsLeftOut(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	s, err := newSettings(configOf(t, read(t, "testdata/config/many-dimensions.yaml")), "stream", zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"a"}}, s.declarations.all[0].dimensions); diff != "" {
		t.Error(diff)
	}
	if logs.FilterField(zap.String("key", "metric_declarations::0::dimensions::0")).Len() != 1 {
		t.Errorf("logged %v", logs.All())
	}
}

// Each file begins with a part of the error that it must give.
func TestMistakes(t *testing.T) {
	for _, path := range paths(t, "testdata/mistakes/*.yaml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text := read(t, path)
			first, _, _ := strings.Cut(text, "\n")
			want, ok := strings.CutPrefix(first, "# want: ")
			if !ok {
				t.Fatal("does not say what it wants")
			}
			if _, err := loadConfig(text); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v\nwant %s", err, want)
			}
		})
	}
}
