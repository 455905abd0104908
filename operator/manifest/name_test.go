package manifest_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/radiograph/radiograph/operator/manifest"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{manifest.CollectorName("observability"), "observability-collector"},
		{manifest.ServiceName("observability"), "observability-collector"},
		{manifest.HeadlessName("observability"), "observability-collector-headless"},
		{manifest.MonitoringName("observability"), "observability-collector-monitoring"},
		{manifest.ExtensionName("observability"), "observability-collector-extension"},
		{manifest.ConfigMapName("observability", "0123456789abcdef"), "observability-collector-01234567"},
		{manifest.ClusterRoleName("observability", "aws-otel-eks"), "observability-aws-otel-eks-cluster-role"},
		{manifest.ClusterRoleBindingName("observability", "aws-otel-eks"), "observability-aws-otel-eks-collector"},
		{manifest.AllocatorName("scraper"), "scraper-targetallocator"},
		{manifest.Name("%s-ingress", "my.Collector_"), "my-collector--ingress"},
		{manifest.Name("%s", ".dotted."), "dotted"},
		{manifest.CollectorName(strings.Repeat("a", 53)), strings.Repeat("a", 53) + "-collector"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

func TestLongNames(t *testing.T) {
	long := strings.Repeat("a", 60)
	seen := map[string]bool{}
	for _, name := range []string{
		manifest.CollectorName(long + "1"), manifest.CollectorName(long + "2"), manifest.CollectorName(strings.Repeat("a", 54)),
		manifest.CollectorName(strings.Repeat("a", 43) + "-" + strings.Repeat("b", 20)),
		manifest.ClusterRoleName("x", long), manifest.ClusterRoleName("y", long), manifest.ClusterRoleName(long, long),
		manifest.ConfigMapName(long, strings.Repeat("f", 64)),
	} {
		if errs := validation.IsDNS1035Label(name); len(errs) > 0 {
			t.Errorf("%s: %v", name, errs)
		}
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
	}
	if name := manifest.CollectorName(long); !strings.HasSuffix(name, "-collector") || name != manifest.CollectorName(long) {
		t.Error(name)
	}
}

func TestScaleSelector(t *testing.T) {
	const want = "app.kubernetes.io/component=opentelemetry-collector,app.kubernetes.io/instance=aws-otel-eks.observability," +
		"app.kubernetes.io/managed-by=opentelemetry-operator,app.kubernetes.io/part-of=opentelemetry"
	if got := manifest.ScaleSelector("aws-otel-eks", "observability"); got != want {
		t.Error(got)
	}
}

func TestInstanceOfLongNamesDiffers(t *testing.T) {
	long := strings.Repeat("n", 60)
	a := manifest.InjectedValue(long, "one")
	b := manifest.InjectedValue(long, "two")
	if a == b || len(a) > 63 || len(validation.IsValidLabelValue(a)) > 0 {
		t.Errorf("%s, %s", a, b)
	}
}
