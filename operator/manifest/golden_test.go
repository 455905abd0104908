package manifest_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/manifest"
)

var update = flag.Bool("update", false, "write what the tests get to the golden files")

// options are those of an operator that may do everything in a cluster that has everything.
func options() manifest.Options {
	return manifest.Options{
		CollectorImage:    "radiograph/collector:0.1.0",
		AllocatorImage:    "radiograph/targetallocator:0.1.0",
		Proxy:             []corev1.EnvVar{{Name: "NO_PROXY", Value: "10.0.0.0/8"}},
		LabelsFilter:      []*regexp.Regexp{regexp.MustCompile(`^secret\.example\.com/`)},
		AnnotationsFilter: []*regexp.Regexp{regexp.MustCompile(`^kubectl\.kubernetes\.io/last-applied-configuration$`)},
		Available:         manifest.Available{ServiceMonitors: true, PodMonitors: true, HTTPRoutes: true, Routes: true, CertManager: true},
		CreateRBAC:        true,
		PreStopSleep:      true,
	}
}

// load reads a collector, of the older version by its conversion.
func load(t *testing.T, name string) *v1beta1.OpenTelemetryCollector {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".in.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	out := &v1beta1.OpenTelemetryCollector{}
	if !bytes.Contains(data, []byte(v1alpha1.GroupVersion.String())) {
		if err := yaml.UnmarshalStrict(data, out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	old := &v1alpha1.OpenTelemetryCollector{}
	if err := yaml.UnmarshalStrict(data, old); err != nil {
		t.Fatal(err)
	}
	if err := old.ConvertTo(out); err != nil {
		t.Fatal(err)
	}
	return out
}

// spell writes objects, with the warnings as comments before them.
func spell(t *testing.T, objects []client.Object, warnings []string) string {
	t.Helper()
	var out strings.Builder
	for _, w := range warnings {
		out.WriteString("# warning: " + w + "\n")
	}
	for _, object := range objects {
		applied, err := manifest.Applied(object)
		if err != nil {
			t.Fatal(err)
		}
		text, err := yaml.Marshal(applied)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("---\n" + string(text))
	}
	return out.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".yaml")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; look at it, and run the test with -update if it is right:\n%s", path, diff)
	}
}

func TestCollectorGolden(t *testing.T) {
	for _, name := range []string{"acceptance", "seed", "daemonset", "statefulset", "autoscaler", "edge", "route", "sidecar"} {
		t.Run(name, func(t *testing.T) {
			cr := load(t, name)
			before := cr.DeepCopy()
			objects, warnings, err := manifest.Collector(manifest.Params{Options: options(), Collector: cr})
			if err != nil {
				t.Fatal(err)
			}
			checkObjects(t, objects)
			golden(t, name, spell(t, objects, warnings))
			if diff := cmp.Diff(before, cr); diff != "" {
				t.Errorf("the resource was changed: %s", diff)
			}
			for range 10 {
				again, _, err := manifest.Collector(manifest.Params{Options: options(), Collector: cr.DeepCopy()})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(spell(t, objects, nil), spell(t, again, nil)); diff != "" {
					t.Fatalf("not the same again: %s", diff)
				}
			}
		})
	}
}

// checkObjects checks what every object must have to be applied.
func checkObjects(t *testing.T, objects []client.Object) {
	t.Helper()
	seen := map[string]bool{}
	for _, object := range objects {
		gvk := object.GetObjectKind().GroupVersionKind()
		id := gvk.String() + " " + object.GetName()
		if gvk.Kind == "" || gvk.Version == "" || object.GetName() == "" || len(object.GetName()) > 63 || seen[id] {
			t.Errorf("%q: kind, version or name is missing, too long or there twice", id)
		}
		seen[id] = true
		if object.GetLabels()["app.kubernetes.io/managed-by"] != manifest.ManagedBy {
			t.Errorf("%s: labels %v", id, object.GetLabels())
		}
		for key, value := range object.GetLabels() {
			if len(value) > 63 {
				t.Errorf("%s: label %s is too long: %s", id, key, value)
			}
		}
	}
}

func TestTargetAllocatorGolden(t *testing.T) {
	cr := load(t, "statefulset")
	objects, _, err := manifest.Collector(manifest.Params{Options: options(), Collector: cr})
	if err != nil {
		t.Fatal(err)
	}
	var ta *v1alpha1.TargetAllocator
	for _, object := range objects {
		if found, ok := object.(*v1alpha1.TargetAllocator); ok {
			ta = found
		}
	}
	if ta == nil {
		t.Fatal("the collector has no TargetAllocator")
	}
	children, warnings, err := manifest.TargetAllocator(manifest.AllocatorParams{Options: options(), Allocator: ta, Collector: cr})
	if err != nil {
		t.Fatal(err)
	}
	checkObjects(t, children)
	golden(t, "targetallocator", spell(t, children, warnings))
}

func TestSidecarGolden(t *testing.T) {
	for _, name := range []string{"pod", "native"} {
		opts := options()
		opts.NativeSidecars = name == "native"
		parts, _, err := manifest.Sidecar(manifest.Params{Options: opts, Collector: load(t, "sidecar")},
			map[string]string{"k8s.namespace.name": "apps", "k8s.deployment.name": "shop$(X)"})
		if err != nil {
			t.Fatal(err)
		}
		text, err := yaml.Marshal(parts)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "sidecar-"+name, string(text))
	}
}
