package crd_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"

	"github.com/radiograph/radiograph/deploy"
	"github.com/radiograph/radiograph/operator/config/crd"
)

// TestGenerated fails when the types of the API changed and "make gen" was not run since. The
// generator runs from the module cache, without the network.
func TestGenerated(t *testing.T) {
	out := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "run", "./apigen", "-out", out)
	cmd.Dir = filepath.Join("..", "..", "tools")
	cmd.Env = append(os.Environ(), "GOPROXY=off")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go run ./apigen: %v\n%s", err, output)
	}
	generated := 0
	err := filepath.WalkDir(out, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		generated++
		name, err := filepath.Rel(out, path)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			return err
		}
		if string(got) != string(want) {
			t.Errorf("%s is not what the types generate; run go run ./apigen in operator/tools (-committed +generated):\n%s", name, cmp.Diff(string(got), string(want)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := 9; generated != want { // six definitions, and deep copies of three packages
		t.Errorf("%d files are generated, want %d", generated, want)
	}
}

// TestChart fails when the chart's copy of the definitions is not the one that is generated.
func TestChart(t *testing.T) {
	chart, err := deploy.Chart(deploy.Operator)
	if err != nil {
		t.Fatal(err)
	}
	copies, err := fs.Sub(chart, "crds")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][2]string{}
	for i, dir := range []fs.FS{crd.FS, copies} {
		names, err := fs.Glob(dir, "*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(dir, name)
			if err != nil {
				t.Fatal(err)
			}
			both := files[name]
			both[i] = string(text)
			files[name] = both
		}
	}
	for name, both := range files {
		if both[0] != both[1] {
			t.Errorf("the chart's %s is not the generated one; run go generate ./config/crd in operator", name)
		}
	}
}

func definitions(t *testing.T) map[string]*apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	list, err := crd.Definitions("elsewhere", []byte("a bundle"))
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*apiextensionsv1.CustomResourceDefinition{}
	for _, definition := range list {
		byName[definition.Name] = definition
	}
	return byName
}

func TestNames(t *testing.T) {
	byName := definitions(t)
	for name, short := range map[string][]string{
		"opentelemetrycollectors.opentelemetry.io": {"otelcol", "otelcols"},
		"instrumentations.opentelemetry.io":        {"otelinst", "otelinsts"},
		"opampbridges.opentelemetry.io":            nil,
		"targetallocators.opentelemetry.io":        nil,
	} {
		definition := byName[name]
		if definition == nil {
			t.Errorf("there is no definition %s", name)
			continue
		}
		if diff := cmp.Diff(short, definition.Spec.Names.ShortNames); diff != "" {
			t.Errorf("short names of %s (-want +got):\n%s", name, diff)
		}
		if definition.Spec.Scope != apiextensionsv1.NamespaceScoped {
			t.Errorf("%s is %s, want namespaced", name, definition.Spec.Scope)
		}
	}
}

func TestAddonDefinitions(t *testing.T) {
	byName := definitions(t)
	for _, name := range []string{"addons.addons.radiograph.dev", "podidentityassociations.addons.radiograph.dev"} {
		definition := byName[name]
		if definition == nil {
			t.Errorf("there is no definition %s", name)
			continue
		}
		if definition.Spec.Scope != apiextensionsv1.ClusterScoped || definition.Spec.Versions[0].Subresources.Status == nil {
			t.Errorf("%s is %s with the subresources %+v, want it of the cluster and with a status", name, definition.Spec.Scope, definition.Spec.Versions[0].Subresources)
		}
	}
}

func TestCollectorDefinition(t *testing.T) {
	collectors := definitions(t)["opentelemetrycollectors.opentelemetry.io"]
	service := collectors.Spec.Conversion.Webhook.ClientConfig.Service
	if service.Namespace != "elsewhere" || service.Name != "opentelemetry-operator-webhook-service" || *service.Path != "/convert" {
		t.Errorf("collectors are converted by %+v, want the operator's webhook in the given namespace", service)
	}
	if got := string(collectors.Spec.Conversion.Webhook.ClientConfig.CABundle); got != "a bundle" {
		t.Errorf("the CA bundle of the conversion is %q, want the one given", got)
	}
	var versions []string
	for _, version := range collectors.Spec.Versions {
		versions = append(versions, version.Name)
		if !version.Served || version.Storage != (version.Name == "v1beta1") {
			t.Errorf("version %s: served %v, storage %v; want both served and v1beta1 stored", version.Name, version.Served, version.Storage)
		}
		if version.Subresources.Status == nil {
			t.Errorf("version %s has no status subresource", version.Name)
		}
		scale := version.Subresources.Scale
		if scale == nil || scale.SpecReplicasPath != ".spec.replicas" || scale.StatusReplicasPath != ".status.scale.replicas" || *scale.LabelSelectorPath != ".status.scale.selector" {
			t.Errorf("version %s has the scale subresource %+v", version.Name, scale)
		}
		columns := map[string]string{}
		for _, column := range version.AdditionalPrinterColumns {
			columns[column.Name] = column.JSONPath
		}
		want := map[string]string{
			"Mode": ".spec.mode", "Version": ".status.version", "Ready": ".status.scale.statusReplicas",
			"Age": ".metadata.creationTimestamp", "Image": ".status.image", "Management": ".spec.managementState",
		}
		if diff := cmp.Diff(want, columns); diff != "" {
			t.Errorf("columns of %s (-want +got):\n%s", version.Name, diff)
		}
	}
	if diff := cmp.Diff([]string{"v1alpha1", "v1beta1"}, versions); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
	alpha := collectors.Spec.Versions[0]
	if want := "OpenTelemetryCollector v1alpha1 is deprecated. Migrate to v1beta1."; !alpha.Deprecated || alpha.DeprecationWarning == nil || *alpha.DeprecationWarning != want {
		t.Errorf("v1alpha1 warns %v, want %q", alpha.DeprecationWarning, want)
	}
}

// TestFitsIntoAnnotation holds the definitions below what "kubectl apply" can keep of an object:
// the annotations of an object may have 256 KiB together.
func TestFitsIntoAnnotation(t *testing.T) {
	for name, definition := range definitions(t) {
		text, err := json.Marshal(definition)
		if err != nil {
			t.Fatal(err)
		}
		if limit := 240 << 10; len(text) > limit {
			t.Errorf("%s has %d bytes, want at most %d", name, len(text), limit)
		}
	}
}

// TestSchemas checks the schemas as an API server does. Their rules are run in tools/apigen.
func TestSchemas(t *testing.T) {
	for name, definition := range definitions(t) {
		for _, version := range definition.Spec.Versions {
			var internal apiextensions.JSONSchemaProps
			if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &internal, nil); err != nil {
				t.Fatal(err)
			}
			structural, err := schema.NewStructural(&internal)
			if err != nil {
				t.Errorf("%s %s is not structural: %v", name, version.Name, err)
				continue
			}
			if errs := schema.ValidateStructural(nil, structural); len(errs) > 0 {
				t.Errorf("%s %s: %v", name, version.Name, errs.ToAggregate())
			}
		}
	}
}
