package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/radiograph/radiograph/deploy"
)

// FileName is the file that describes a package, at its root.
const FileName = "addon.yaml"

// maxFile is how many bytes of a description are read.
const maxFile = 1 << 20

// file is addon.yaml.
type file struct {
	Name             string         `yaml:"name"`
	Type             string         `yaml:"type"`
	Publisher        string         `yaml:"publisher"`
	Owner            string         `yaml:"owner"`
	Description      string         `yaml:"description"`
	DefaultNamespace string         `yaml:"defaultNamespace"`
	Defaults         versionEntry   `yaml:"defaults"`
	Versions         []versionEntry `yaml:"versions"`
}

// versionEntry is a version in addon.yaml. What it does not say is as under defaults.
type versionEntry struct {
	Version                string               `yaml:"version"`
	Charts                 []chartEntry         `yaml:"charts"`
	Schema                 *string              `yaml:"schema"`
	Architectures          []string             `yaml:"architectures"`
	ComputeTypes           []string             `yaml:"computeTypes"`
	Compatibilities        []compatibilityEntry `yaml:"compatibilities"`
	RequiresConfiguration  *bool                `yaml:"requiresConfiguration"`
	RequiresIAMPermissions *bool                `yaml:"requiresIamPermissions"`
	PodIdentity            []podIdentityEntry   `yaml:"podIdentity"`
	Prerequisites          *prerequisitesEntry  `yaml:"prerequisites"`
	Images                 []string             `yaml:"images"`
}

type chartEntry struct {
	// Chart is a folder or an archive in the package, or "builtin:NAME".
	Chart         string         `yaml:"chart"`
	Values        map[string]any `yaml:"values"`
	IgnoresValues bool           `yaml:"ignoresConfigurationValues"`
}

type compatibilityEntry struct {
	ClusterVersion   string   `yaml:"clusterVersion"`
	PlatformVersions []string `yaml:"platformVersions"`
	Default          bool     `yaml:"default"`
}

type podIdentityEntry struct {
	ServiceAccount             string   `yaml:"serviceAccount"`
	RecommendedManagedPolicies []string `yaml:"recommendedManagedPolicies"`
}

type prerequisitesEntry struct {
	CertManager   string      `yaml:"certManager"`
	RBAC          []ruleEntry `yaml:"rbac"`
	MinKubernetes string      `yaml:"minKubernetes"`
}

type ruleEntry struct {
	Groups    []string `yaml:"apiGroups"`
	Resources []string `yaml:"resources"`
	Verbs     []string `yaml:"verbs"`
}

// decode reads addon.yaml. Keys that are not known are errors.
func decode(data []byte) (*file, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("is %d bytes long, but %d are the most", len(data), maxFile)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	f := &file{}
	if err := decoder.Decode(f); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("is empty")
		}
		return nil, fmt.Errorf("%s", typeNames.Replace(oneLine(err)))
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("holds more than one document")
	}
	return f, nil
}

// typeNames says in messages what the types of this program are in the file.
var typeNames = strings.NewReplacer(
	"type catalog.file", "an add-on", "type catalog.versionEntry", "a version", "type catalog.chartEntry", "a chart",
	"type catalog.compatibilityEntry", "a compatibility", "type catalog.podIdentityEntry", "a podIdentity",
	"type catalog.prerequisitesEntry", "prerequisites", "type catalog.ruleEntry", "a rule",
)

// Names as Kubernetes allows them; that of an add-on names an object and is the value of a label.
var (
	labelPattern   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	accountPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)
)

// build makes the add-on that a file describes; the charts and schemas are read from the
// package. All that is wrong is returned at once.
func (f *file) build(files fs.FS) (*Addon, error) {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !labelPattern.MatchString(f.Name) {
		fail("name %q: want lower case letters, digits and -, 63 at most", f.Name)
	}
	if !labelPattern.MatchString(f.DefaultNamespace) {
		fail("defaultNamespace %q is no name of a namespace", f.DefaultNamespace)
	}
	if f.Type == "" || f.Publisher == "" || f.Owner == "" {
		fail("type, publisher and owner must be given")
	}
	if f.Defaults.Version != "" {
		fail("defaults: version belongs to an entry of versions")
	}
	if len(f.Versions) == 0 {
		fail("there are no versions")
	}
	addon := &Addon{
		Name: f.Name, Type: f.Type, Publisher: f.Publisher, Owner: f.Owner,
		Description: f.Description, DefaultNamespace: f.DefaultNamespace,
	}
	reader := &contents{files: files, charts: map[string]chartRef{}, schemas: map[string]schema{}}
	seen := map[string]bool{}
	for i, entry := range f.Versions {
		if seen[entry.Version] {
			fail("version %s is there twice", entry.Version)
		}
		seen[entry.Version] = true
		version, err := entry.or(f.Defaults).build(reader)
		if err != nil {
			fail("versions[%d] %s: %w", i, entry.Version, err)
			continue
		}
		version.Addon = addon
		addon.Versions = append(addon.Versions, version)
	}
	if len(errs) == 0 {
		errs = append(errs, checkDefaults(addon.Versions))
	}
	slices.SortStableFunc(addon.Versions, func(a, b *Version) int { return Compare(b.Version, a.Version) })
	return addon, errors.Join(errs...)
}

// or returns the entry with what it does not say taken from another.
func (e versionEntry) or(d versionEntry) versionEntry {
	if e.Charts == nil {
		e.Charts = d.Charts
	}
	if e.Schema == nil {
		e.Schema = d.Schema
	}
	if e.Architectures == nil {
		e.Architectures = d.Architectures
	}
	if e.ComputeTypes == nil {
		e.ComputeTypes = d.ComputeTypes
	}
	if e.Compatibilities == nil {
		e.Compatibilities = d.Compatibilities
	}
	if e.RequiresConfiguration == nil {
		e.RequiresConfiguration = d.RequiresConfiguration
	}
	if e.RequiresIAMPermissions == nil {
		e.RequiresIAMPermissions = d.RequiresIAMPermissions
	}
	if e.PodIdentity == nil {
		e.PodIdentity = d.PodIdentity
	}
	if e.Prerequisites == nil {
		e.Prerequisites = d.Prerequisites
	}
	if e.Images == nil {
		e.Images = d.Images
	}
	return e
}

// build makes a version.
func (e versionEntry) build(from *contents) (*Version, error) {
	var errs []error
	keep := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	_, err := parseVersion(e.Version)
	keep(err)
	v := &Version{
		Version: e.Version, Architectures: e.Architectures, ComputeTypes: e.ComputeTypes, Images: e.Images,
		RequiresConfiguration:  e.RequiresConfiguration != nil && *e.RequiresConfiguration,
		RequiresIAMPermissions: e.RequiresIAMPermissions != nil && *e.RequiresIAMPermissions,
	}
	for _, architecture := range e.Architectures {
		if architecture != "amd64" && architecture != "arm64" {
			keep(fmt.Errorf("architecture %q is neither amd64 nor arm64", architecture))
		}
	}
	if len(e.Architectures) == 0 {
		keep(errors.New("architectures must be given"))
	}
	v.Compatibilities, err = compatibilities(e.Compatibilities)
	keep(err)
	v.Prerequisites, err = e.Prerequisites.build()
	keep(err)
	for _, p := range e.PodIdentity {
		if !accountPattern.MatchString(p.ServiceAccount) {
			keep(fmt.Errorf("podIdentity: %q is no name of a service account", p.ServiceAccount))
		}
		v.PodIdentity = append(v.PodIdentity, PodIdentity(p))
	}
	if len(e.Charts) == 0 {
		keep(errors.New("charts must be given"))
	}
	for _, entry := range e.Charts {
		chart, err := from.chart(entry)
		keep(err)
		v.charts = append(v.charts, chart)
	}
	v.schema, err = from.schema(e.Schema)
	keep(err)
	return v, errors.Join(errs...)
}

// build makes prerequisites; nil are none.
func (p *prerequisitesEntry) build() (Prerequisites, error) {
	if p == nil {
		return Prerequisites{}, nil
	}
	out := Prerequisites{CertManager: CertManager(p.CertManager), MinKubernetes: p.MinKubernetes}
	switch out.CertManager {
	case CertManagerUnused, CertManagerOptional, CertManagerRequired:
	default:
		return out, fmt.Errorf("certManager %q is neither optional nor required", p.CertManager)
	}
	if p.MinKubernetes != "" {
		if _, err := parseCluster(p.MinKubernetes); err != nil {
			return out, fmt.Errorf("minKubernetes %q is not like 1.25", p.MinKubernetes)
		}
	}
	for i, rule := range p.RBAC {
		if len(rule.Resources) == 0 || len(rule.Verbs) == 0 || len(rule.Groups) == 0 {
			return out, fmt.Errorf("rbac[%d]: apiGroups, resources and verbs must be given", i)
		}
		out.RBAC = append(out.RBAC, Rule(rule))
	}
	return out, nil
}

// compatibilities expands ranges and orders the newest first.
func compatibilities(entries []compatibilityEntry) ([]Compatibility, error) {
	if len(entries) == 0 {
		return nil, errors.New("compatibilities must be given")
	}
	all := map[clusterVersion]Compatibility{}
	var versions []clusterVersion
	for _, entry := range entries {
		expanded, err := parseClusters(entry.ClusterVersion)
		if err != nil {
			return nil, err
		}
		platforms := entry.PlatformVersions
		if len(platforms) == 0 {
			platforms = []string{"*"}
		}
		for _, version := range expanded {
			if _, ok := all[version]; ok {
				return nil, fmt.Errorf("clusterVersion %s is there twice", version)
			}
			all[version] = Compatibility{ClusterVersion: version.String(), PlatformVersions: platforms, Default: entry.Default}
			versions = append(versions, version)
		}
	}
	slices.SortFunc(versions, func(a, b clusterVersion) int { return compareClusters(b, a) })
	out := make([]Compatibility, 0, len(versions))
	for _, version := range versions {
		out = append(out, all[version])
	}
	return out, nil
}

// checkDefaults reports cluster versions that have no default version, or several.
func checkDefaults(versions []*Version) error {
	defaults := map[string][]string{}
	var order []string
	for _, version := range versions {
		for _, c := range version.Compatibilities {
			if _, ok := defaults[c.ClusterVersion]; !ok {
				defaults[c.ClusterVersion] = nil
				order = append(order, c.ClusterVersion)
			}
			if c.Default {
				defaults[c.ClusterVersion] = append(defaults[c.ClusterVersion], version.Version)
			}
		}
	}
	var errs []error
	for _, cluster := range order {
		switch have := defaults[cluster]; len(have) {
		case 1:
		case 0:
			errs = append(errs, fmt.Errorf("no version is the default for clusters of version %s", cluster))
		default:
			errs = append(errs, fmt.Errorf("several versions are the default for clusters of version %s: %s", cluster, strings.Join(have, ", ")))
		}
	}
	return errors.Join(errs...)
}

// contents reads the charts and schemas of a package, each once.
type contents struct {
	files   fs.FS
	charts  map[string]chartRef
	schemas map[string]schema
}

// chart opens a chart and checks that it is one.
func (c *contents) chart(entry chartEntry) (chartRef, error) {
	ref, ok := c.charts[entry.Chart]
	if !ok {
		var err error
		if ref, err = c.open(entry.Chart); err != nil {
			return ref, err
		}
		c.charts[entry.Chart] = ref
	}
	ref.values, ref.ignoresValues = entry.Values, entry.IgnoresValues
	return ref, nil
}

func (c *contents) open(name string) (chartRef, error) {
	if builtin, ok := strings.CutPrefix(name, "builtin:"); ok {
		if !fs.ValidPath(builtin) {
			return chartRef{}, fmt.Errorf("chart %q: no such chart in the program", name)
		}
		files, err := deploy.Chart(builtin)
		if err != nil {
			return chartRef{}, fmt.Errorf("chart %q: no such chart in the program", name)
		}
		return chartRef{name: builtin, files: files, busy: make(chan struct{}, 1)}, nil
	}
	if !fs.ValidPath(name) {
		return chartRef{}, fmt.Errorf("chart %q: want a path inside the package, or builtin:NAME", name)
	}
	var files fs.FS
	var err error
	if strings.HasSuffix(name, ".tgz") || strings.HasSuffix(name, ".tar.gz") {
		var archive fs.File
		if archive, err = c.files.Open(name); err != nil {
			return chartRef{}, fmt.Errorf("chart %q: %w", name, err)
		}
		files, err = unpack(archive, "Chart.yaml")
		err = errors.Join(err, archive.Close())
	} else {
		files, err = fs.Sub(c.files, name)
	}
	if err != nil {
		return chartRef{}, fmt.Errorf("chart %q: %w", name, err)
	}
	data, err := fs.ReadFile(files, "Chart.yaml")
	if err != nil {
		return chartRef{}, fmt.Errorf("chart %q: %w", name, err)
	}
	var head struct {
		Name string `yaml:"name"`
	}
	if err := yaml.Unmarshal(data, &head); err != nil || head.Name == "" {
		return chartRef{}, fmt.Errorf("chart %q: Chart.yaml has no name", name)
	}
	return chartRef{name: head.Name, files: files, busy: make(chan struct{}, 1)}, nil
}

// schema compiles the schema of a file; nil and "" are that of no values.
func (c *contents) schema(name *string) (schema, error) {
	if name == nil || *name == "" {
		return compile("none.json", noValues)
	}
	if s, ok := c.schemas[*name]; ok {
		return s, nil
	}
	if !fs.ValidPath(*name) {
		return schema{}, fmt.Errorf("schema %q: want a path inside the package", *name)
	}
	data, err := fs.ReadFile(c.files, *name)
	if err != nil {
		return schema{}, fmt.Errorf("schema: %w", err)
	}
	s, err := compile(path.Base(*name), string(data))
	if err != nil {
		return schema{}, err
	}
	c.schemas[*name] = s
	return s, nil
}
