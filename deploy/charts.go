package deploy

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed all:helm
var helm embed.FS

// Names of the charts.
const (
	Service   = "radiograph"
	Collector = "radiograph-collector"
	Operator  = "radiograph-operator"
	Agent     = "eks-pod-identity-agent"
	Addons    = "radiograph-addon-manager"
)

// Chart returns the files of a chart, Chart.yaml at its root.
func Chart(name string) (fs.FS, error) {
	dir, err := fs.Sub(helm, "helm/"+name)
	if err != nil {
		return nil, fmt.Errorf("chart %s: %w", name, err)
	}
	if _, err := fs.Stat(dir, "Chart.yaml"); err != nil {
		return nil, fmt.Errorf("chart %s: %w", name, err)
	}
	return dir, nil
}
