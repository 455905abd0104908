package deploy

import (
	"fmt"
	"strings"
)

// Installation is a chart with a place to put it.
type Installation struct {
	// Chart is the chart's name.
	Chart string
	// Release is the name and the namespace.
	Release Release
}

// Installations returns what is kept under kustomize/ for users of kubectl and kustomize, by
// the name of its file.
func Installations() map[string]Installation {
	return map[string]Installation{
		"radiograph": {Chart: Service, Release: Release{Name: "radiograph", Namespace: "radiograph"}},
		"collector":  {Chart: Collector, Release: Release{Name: "observability", Namespace: "aws-otel-eks"}},
		"operator":   {Chart: Operator, Release: Release{Name: "radiograph-operator", Namespace: "opentelemetry-operator-system"}},
		"addons":     {Chart: Addons, Release: Release{Name: "radiograph-addon-manager", Namespace: "radiograph"}},
	}
}

// Manifest renders the installation with the chart's default values into one YAML text, which
// begins with the namespace.
func (i Installation) Manifest() (string, error) {
	files, err := Chart(i.Chart)
	if err != nil {
		return "", err
	}
	manifests, err := Render(files, i.Release, nil)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "# Made from the chart helm/%s by go generate. Do not edit.\n", i.Chart)
	fmt.Fprintf(&text, "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: %s\n", i.Release.Namespace)
	for _, manifest := range manifests {
		fmt.Fprintf(&text, "---\n%s\n", manifest.YAML)
	}
	return text.String(), nil
}
