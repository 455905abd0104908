package main

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	celschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// TestRules runs the CEL rules of the collector's definition as an API server does. It is in
// this module because the operator needs no CEL.
func TestRules(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "config", "crd", "opentelemetry.io_opentelemetrycollectors.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var definition apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &definition); err != nil {
		t.Fatal(err)
	}
	for _, version := range definition.Spec.Versions {
		if version.Name != "v1beta1" {
			continue
		}
		var internal apiextensions.JSONSchemaProps
		if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &internal, nil); err != nil {
			t.Fatal(err)
		}
		structural, err := schema.NewStructural(&internal)
		if err != nil {
			t.Fatal(err)
		}
		checkRules(t, structural, version.Name)
	}
}

// checkRules gives the rules of the sidecar mode what they refuse and what they let pass.
func checkRules(t *testing.T, structural *schema.Structural, version string) {
	t.Helper()
	spec := structural.Properties["spec"]
	if len(spec.XValidations) != 4 {
		t.Fatalf("%s has %d rules, want 4", version, len(spec.XValidations))
	}
	validator := celschema.NewValidator(&spec, false, celconfig.PerCallLimit)
	for _, c := range []struct {
		name   string
		spec   map[string]any
		refuse bool
	}{
		{"tolerations", map[string]any{"mode": "sidecar", "tolerations": []any{map[string]any{"key": "a"}}}, true},
		{"priorityClassName", map[string]any{"mode": "sidecar", "priorityClassName": "a"}, true},
		{"affinity", map[string]any{"mode": "sidecar", "affinity": map[string]any{}}, true},
		{"additionalContainers", map[string]any{"mode": "sidecar", "additionalContainers": []any{map[string]any{"name": "a"}}}, true},
		{"empty ones", map[string]any{"mode": "sidecar", "tolerations": []any{}, "priorityClassName": "", "additionalContainers": []any{}}, false},
		{"another mode", map[string]any{"mode": "deployment", "tolerations": []any{map[string]any{"key": "a"}}, "priorityClassName": "a", "affinity": map[string]any{}}, false},
		{"no mode", map[string]any{"priorityClassName": "a"}, false},
	} {
		errs, _ := validator.Validate(t.Context(), nil, &spec, c.spec, nil, celconfig.RuntimeCELCostBudget)
		if (len(errs) > 0) != c.refuse {
			t.Errorf("the rules of %s, given %s, say %v; want refused: %v", version, c.name, errs, c.refuse)
		}
	}
}
