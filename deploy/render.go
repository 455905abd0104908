package deploy

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"
)

// Release says for what a chart is rendered.
type Release struct {
	// Name and Namespace are those of the installation.
	Name, Namespace string
	// KubeVersion is the version of the cluster, such as "v1.34.4"; empty means a recent one.
	KubeVersion string
	// APIVersions are what the cluster serves beside the usual, as "group/version" or
	// "group/version/Kind". Charts ask for them with .Capabilities.APIVersions.Has.
	APIVersions []string
}

// Manifest is one object that a chart makes, as YAML, in a place in the order of installation.
type Manifest struct {
	// Source is the template that it comes from, such as "templates/service.yaml".
	Source string
	// Kind and Name are the object's.
	Kind, Name string
	// YAML is the object without a document separator.
	YAML string
}

// InvalidValuesError says what is wrong with the values, a line for each mistake.
type InvalidValuesError struct {
	// Chart is the chart's name, Reason what its schema says of the values.
	Chart, Reason string
}

// Error names the chart and gives the reason.
func (e *InvalidValuesError) Error() string {
	return fmt.Sprintf("values of chart %s: %s", e.Chart, e.Reason)
}

// Render makes the manifests of a chart, those of its crds directory first and the rest in the
// order in which Helm installs kinds. values are merged over the chart's own. Values that the
// chart's schema refuses give an *[InvalidValuesError].
func Render(files fs.FS, release Release, values map[string]any) ([]Manifest, error) {
	loaded, err := load(files)
	if err != nil {
		return nil, err
	}
	capabilities, err := release.capabilities()
	if err != nil {
		return nil, err
	}
	if err := chartutil.ProcessDependencies(loaded, values); err != nil {
		return nil, fmt.Errorf("chart %s: dependencies: %w", loaded.Name(), err)
	}
	all, err := chartutil.CoalesceValues(loaded, values)
	if err != nil {
		return nil, fmt.Errorf("chart %s: merge the values: %w", loaded.Name(), err)
	}
	if err := chartutil.ValidateAgainstSchema(loaded, all); err != nil {
		return nil, &InvalidValuesError{Chart: loaded.Name(), Reason: strings.TrimSpace(err.Error())}
	}
	options := chartutil.ReleaseOptions{Name: release.Name, Namespace: release.Namespace, Revision: 1, IsInstall: true}
	input, err := chartutil.ToRenderValuesWithSchemaValidation(loaded, all, options, capabilities, true)
	if err != nil {
		return nil, fmt.Errorf("chart %s: values: %w", loaded.Name(), err)
	}
	rendered, err := engine.Render(loaded, input)
	if err != nil {
		return nil, fmt.Errorf("render chart %s: %w", loaded.Name(), err)
	}
	return manifests(loaded, rendered, capabilities)
}

// load reads a chart.
func load(files fs.FS) (*chart.Chart, error) {
	var buffered []*loader.BufferedFile
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		buffered = append(buffered, &loader.BufferedFile{Name: path, Data: data})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read a chart: %w", err)
	}
	loaded, err := loader.LoadFiles(buffered)
	if err != nil {
		return nil, fmt.Errorf("read a chart: %w", err)
	}
	return loaded, nil
}

// capabilities is what templates may ask of the cluster.
func (r Release) capabilities() (*chartutil.Capabilities, error) {
	capabilities := *chartutil.DefaultCapabilities
	if r.KubeVersion != "" {
		version, err := chartutil.ParseKubeVersion(r.KubeVersion)
		if err != nil {
			return nil, fmt.Errorf("version of the cluster %q: %w", r.KubeVersion, err)
		}
		capabilities.KubeVersion = *version
	}
	capabilities.APIVersions = append(slices.Clone(capabilities.APIVersions), r.APIVersions...)
	return &capabilities, nil
}

// manifests splits and orders what the templates gave.
func manifests(loaded *chart.Chart, rendered map[string]string, capabilities *chartutil.Capabilities) ([]Manifest, error) {
	var out []Manifest
	for _, crd := range loaded.CRDObjects() {
		split, err := documents(crd.Name, string(crd.File.Data))
		if err != nil {
			return nil, err
		}
		out = append(out, split...)
	}
	maps.DeleteFunc(rendered, func(path, _ string) bool { return strings.HasSuffix(path, "NOTES.txt") })
	hooks, ordered, err := releaseutil.SortManifests(rendered, capabilities.APIVersions, releaseutil.InstallOrder)
	if err != nil {
		return nil, fmt.Errorf("chart %s: %w", loaded.Name(), err)
	}
	if len(hooks) > 0 {
		return nil, fmt.Errorf("chart %s: %s is a hook, and hooks are not run here", loaded.Name(), hooks[0].Path)
	}
	for _, manifest := range ordered {
		if manifest.Head.Metadata == nil {
			return nil, fmt.Errorf("chart %s: %s: %w", loaded.Name(), manifest.Name, errNoName)
		}
		out = append(out, Manifest{
			Source: strings.TrimPrefix(manifest.Name, loaded.Name()+"/"),
			Kind:   manifest.Head.Kind,
			Name:   manifest.Head.Metadata.Name,
			YAML:   strings.TrimSpace(manifest.Content),
		})
	}
	return out, nil
}

var errNoName = errors.New("an object without kind or name")

// documents splits a file of plain YAML.
func documents(source, text string) ([]Manifest, error) {
	split := releaseutil.SplitManifests(text)
	var out []Manifest
	for _, key := range slices.SortedFunc(maps.Keys(split), byNumber) {
		var head releaseutil.SimpleHead
		if err := unmarshal(split[key], &head); err != nil {
			return nil, fmt.Errorf("%s: %w", source, err)
		}
		if head.Metadata == nil || head.Kind == "" {
			return nil, fmt.Errorf("%s: %w", source, errNoName)
		}
		out = append(out, Manifest{Source: source, Kind: head.Kind, Name: head.Metadata.Name, YAML: strings.TrimSpace(split[key])})
	}
	return out, nil
}

// byNumber orders the keys that Helm gives to the documents of a file: manifest-0, manifest-1, …
func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
