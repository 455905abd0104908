package manifest_test

import (
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/manifest"
)

// scraper is a collector that names its target allocator by label.
func scraper(t *testing.T) *v1beta1.OpenTelemetryCollector {
	t.Helper()
	cr := load(t, "statefulset")
	cr.Spec.TargetAllocator = v1beta1.TargetAllocatorEmbedded{}
	cr.Labels = map[string]string{manifest.AllocatorLabel: "shared"}
	return cr
}

func shared(mtls *v1beta1.TargetAllocatorMTLS) *v1alpha1.TargetAllocator {
	on := true
	out := &v1alpha1.TargetAllocator{
		ObjectMeta: metav1.ObjectMeta{Name: "shared", Namespace: "observability"},
		Spec: v1alpha1.TargetAllocatorSpec{
			Mtls:          mtls,
			GlobalConfig:  v1beta1.Object{Values: map[string]any{"scrape_timeout": "5s"}},
			ScrapeConfigs: []v1beta1.Object{{Values: map[string]any{"job_name": "own"}}},
			NetworkPolicy: v1beta1.NetworkPolicy{Enabled: &on},
		},
	}
	out.Spec.CollectorNotReadyGracePeriod = &metav1.Duration{Duration: time.Minute}
	return out
}

func collectorConfig(t *testing.T, p manifest.Params) (string, []string) {
	t.Helper()
	objects, warnings, err := manifest.Collector(p)
	if err != nil {
		t.Fatal(err)
	}
	return find[*corev1.ConfigMap](t, objects).Data[manifest.ConfigKey], warnings
}

func TestAllocatorByLabel(t *testing.T) {
	config, _ := collectorConfig(t, manifest.Params{Options: options(), Collector: scraper(t), Allocator: shared(nil)})
	if !strings.Contains(config, "endpoint: http://shared-targetallocator:80\n") || strings.Contains(config, "scrape_configs") {
		t.Error(config)
	}
	other := shared(nil)
	other.Namespace = "central"
	config, _ = collectorConfig(t, manifest.Params{Options: options(), Collector: scraper(t), Allocator: other})
	if !strings.Contains(config, "endpoint: http://shared-targetallocator.central:80\n") {
		t.Error(config)
	}
	config, warnings := collectorConfig(t, manifest.Params{Options: options(), Collector: scraper(t)})
	if !strings.Contains(config, "scrape_configs") || len(warnings) != 1 || !strings.Contains(warnings[0], "the target allocator shared is not there") {
		t.Errorf("%q\n%s", warnings, config)
	}
}

func TestAllocatorsOwnTargets(t *testing.T) {
	objects, warnings, err := manifest.TargetAllocator(manifest.AllocatorParams{Options: options(), Allocator: shared(nil), Collector: scraper(t)})
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	config := find[*corev1.ConfigMap](t, objects).Data[manifest.AllocatorConfigKey]
	for _, want := range []string{"job_name: nodes", "job_name: own", "scrape_interval: 15s", "scrape_timeout: 5s",
		"collector_not_ready_grace_period: 1m0s", "app.kubernetes.io/instance: observability.scraper"} {
		if !strings.Contains(config, want) {
			t.Errorf("%q is missing in\n%s", want, config)
		}
	}
	if got := find[*networkingv1.NetworkPolicy](t, objects).Spec.Ingress[0].Ports; len(got) != 1 || got[0].Port.IntVal != 8080 {
		t.Errorf("%+v", got)
	}
	objects, warnings, err = manifest.TargetAllocator(manifest.AllocatorParams{Options: options(), Allocator: shared(nil)})
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "no collector names this") || find[*appsv1.Deployment](t, objects) == nil {
		t.Error(err, warnings)
	}
}

func TestCertificates(t *testing.T) {
	off := false
	named := &v1beta1.TargetAllocatorTLS{
		CertificateAuthorityCertificate: &v1beta1.CAReference{ConfigMap: &v1beta1.ConfigMapKeySelector{Name: "authority"}},
		ServerCertificate:               &v1beta1.CertificateReference{CertificateSecret: v1beta1.SecretKeySelector{Name: "s"}, KeySecret: v1beta1.SecretKeySelector{Name: "s", Key: "key"}},
		ClientCertificate:               &v1beta1.CertificateReference{CertificateSecret: v1beta1.SecretKeySelector{Name: "c"}, KeySecret: v1beta1.SecretKeySelector{Name: "c"}},
	}
	for _, c := range []struct {
		name        string
		mtls        v1beta1.TargetAllocatorMTLS
		certManager bool
		secure      bool
		issued      bool
		warning     string
	}{
		{"off", v1beta1.TargetAllocatorMTLS{}, true, false, false, ""},
		{"issued", v1beta1.TargetAllocatorMTLS{Enabled: true}, true, true, true, ""},
		{"named", v1beta1.TargetAllocatorMTLS{Enabled: true, UseCertManager: &off, TLS: named}, false, true, false, ""},
		{"nobody issues", v1beta1.TargetAllocatorMTLS{Enabled: true}, false, false, false, "nobody issues certificates"},
		{"nobody may issue", v1beta1.TargetAllocatorMTLS{Enabled: true, UseCertManager: &off}, true, false, false, "nobody issues certificates"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := options()
			opts.Available.CertManager = c.certManager
			config, _ := collectorConfig(t, manifest.Params{Options: opts, Collector: scraper(t), Allocator: shared(&c.mtls)})
			if got := strings.Contains(config, "https://shared-targetallocator:443"); got != c.secure {
				t.Errorf("secure %t:\n%s", got, config)
			}
			objects, warnings, err := manifest.TargetAllocator(manifest.AllocatorParams{Options: opts, Allocator: shared(&c.mtls), Collector: scraper(t)})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(strings.Join(list(objects), ","), "Certificate"); got != c.issued {
				t.Errorf("issued %t", got)
			}
			volumes := find[*appsv1.Deployment](t, objects).Spec.Template.Spec.Volumes
			if (len(volumes) == 2) != c.secure {
				t.Errorf("volumes %+v", volumes)
			}
			if joined := strings.Join(warnings, ""); !strings.Contains(joined, c.warning) || c.warning == "" && joined != "" {
				t.Errorf("warnings %q", warnings)
			}
		})
	}
}
