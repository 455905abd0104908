package catalog

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/radiograph/radiograph/deploy"
)

func load(t *testing.T) *Catalog {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func version(t *testing.T, addon, name string) *Version {
	t.Helper()
	v, ok := load(t).Version(addon, name)
	if !ok {
		t.Fatalf("there is no %s %s", addon, name)
	}
	return v
}

// newest and seed are the ends of the matrix of adot.
const (
	newest = "v0.151.0-eksbuild.2"
	seed   = "v0.45.0-eksbuild.1"
)

func TestMatrix(t *testing.T) {
	c := load(t)
	var names []string
	for _, addon := range c.List() {
		names = append(names, addon.Name)
		if !slices.IsSortedFunc(addon.Versions, func(a, b *Version) int { return Compare(b.Version, a.Version) }) {
			t.Errorf("%s: versions are not newest first", addon.Name)
		}
		if _, ok := addon.Default("1.34"); !ok {
			t.Errorf("%s: no default version for 1.34", addon.Name)
		}
	}
	if want := []string{"adot", "eks-pod-identity-agent", "radiograph", "radiograph-collector"}; !slices.Equal(names, want) {
		t.Errorf("add-ons %v, want %v", names, want)
	}
	adot, _ := c.Addon("adot")
	if len(adot.Versions) != 30 || adot.Versions[0].Version != newest || adot.Versions[29].Version != seed {
		t.Errorf("%d versions from %s to %s", len(adot.Versions), adot.Versions[0].Version, adot.Versions[len(adot.Versions)-1].Version)
	}
	for cluster, want := range map[string]string{
		"1.19": seed, "1.22": seed, "1.26": "v0.109.0-eksbuild.2", "1.31": "v0.109.0-eksbuild.2",
		"1.32": "v0.141.0-eksbuild.1", "1.34": "v0.141.0-eksbuild.1", "1.35": "v0.151.0-eksbuild.1",
	} {
		if v, ok := adot.Default(cluster); !ok || v.Version != want {
			t.Errorf("default for %s: %v, want %s", cluster, v, want)
		}
	}
	if _, ok := adot.Default("1.18"); ok {
		t.Error("there is a default for 1.18")
	}
	v := version(t, "adot", seed)
	if !v.Supports("1.34", "eks.1") || v.Supports("1.24", "") || v.Compatibilities[0].ClusterVersion != "1.35" || !slices.Equal(v.Architectures, []string{"amd64"}) {
		t.Errorf("%s: %+v", seed, v.Compatibilities)
	}
}

func TestCompare(t *testing.T) {
	order := []string{"x", "v0.45.0-alpha", "v0.45.0-eksbuild.1", "v0.45.0-eksbuild.2", "v0.45.0-eksbuild.10", "v0.102.0", "v1.0.0-rc.1", "v1.0.0-eksbuild.1"}
	for i := range order {
		for j := range order {
			if got := Compare(order[i], order[j]); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("Compare(%s, %s) = %d", order[i], order[j], got)
			}
		}
	}
}

func TestCompareClusters(t *testing.T) {
	order := []string{"", "1", "v1.34", "1.9", "1.30", "1.34", "2.0"}
	for i := range order {
		for j := range order {
			if got := CompareClusters(order[i], order[j]); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("CompareClusters(%s, %s) = %d", order[i], order[j], got)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	for _, test := range []struct {
		version, values string
		want            []string
	}{
		{newest, "", nil},
		{newest, "{}", nil},
		{newest, "replicaCount: 2\ntolerations:\n  - {operator: Exists}\n", nil},
		{newest, `{"radiograph":{"certificate":{"source":"self"}}}`, nil},
		{newest, "null", []string{"$: must be a mapping"}},
		{newest, "[]", []string{"$: must be a mapping"}},
		{newest, `{"replicaCount":"2"}`, []string{"$.replicaCount: got string, want integer"}},
		{newest, `{"replicas":2,"manager":{"resource":{}}}`, []string{"$.manager.resource: is not defined in the schema", "$.replicas: is not defined in the schema"}},
		{newest, `{"collector":{"mode":"deployment"}}`, []string{"$.collector.mode: is not defined in the schema"}},
		{newest, "a: 1\na: 2\n", []string{"$: is neither YAML nor JSON"}},
		{newest, `{"collector":{"prometheusMetrics":{"pipelines":{"metrics":{"amp":{"enabled":true}}}}}}`, []string{"$.collector.prometheusMetrics: missing property 'exporters'"}},
		{newest, `{"collector":{"containerLogs":{"pipelines":{"logs":{"cloudwatchLogs":{"enabled":true}}}}}}`, []string{"$: collector.containerLogs"}},
		{"v0.84.0-eksbuild.1", `{"collector":{"mode":"daemonset","xray":{"enabled":true}}}`, nil},
		{"v0.84.0-eksbuild.1", `{"collector":{"resource":{}}}`, []string{"$.collector.resource: is not defined in the schema"}},
		{"v0.84.0-eksbuild.1", `{"replicaCount":2}`, []string{"$.replicaCount: is not defined in the schema"}},
		{seed, "{}", nil},
		{seed, `{"replicaCount":2}`, []string{"$.replicaCount: is not defined in the schema"}},
		{newest, strings.Repeat(" ", MaxValues) + "{}", []string{"$: is 262146 bytes long"}},
	} {
		got := version(t, "adot", test.version).Validate(test.values)
		if len(got) != len(test.want) {
			t.Errorf("%s %.80q: %v, want %v", test.version, test.values, got, test.want)
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i].String(), test.want[i]) {
				t.Errorf("%s %.80q: %v, want %v", test.version, test.values, got[i], test.want[i])
			}
		}
	}
}

// objectOf returns the object of a kind and name.
func objectOf(objects []*unstructured.Unstructured, kind, name string) *unstructured.Unstructured {
	i := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == kind && o.GetName() == name })
	if i < 0 {
		return nil
	}
	return objects[i]
}

func TestRender(t *testing.T) {
	const collector = "adot-col-otlp-ingest"
	c := load(t)
	c.Configure(map[string]map[string]any{"radiograph-operator": {"replicaCount": 5, "radiograph": map[string]any{"region": "eu-west-1"}}})
	v, _ := c.Version("adot", newest)
	objects, err := v.Render(Input{
		RoleARN: "arn:aws:iam::111122223333:role/r", KubeVersion: "v1.34.4",
		Values: `{"replicaCount":2,"collector":{"otlpIngest":{"pipelines":{"traces":{"xray":{"enabled":true}}}}}}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	if objects[0].GetKind() != "Namespace" || objects[0].GetName() != "opentelemetry-operator-system" {
		t.Errorf("the first object is %s %s", objects[0].GetKind(), objects[0].GetName())
	}
	for _, object := range objects {
		if object.GetLabels()[Label] != "adot" || object.GetLabels()["app.kubernetes.io/managed-by"] == "Helm" {
			t.Errorf("%s %s: labels %v", object.GetKind(), object.GetName(), object.GetLabels())
		}
		if strings.HasSuffix(object.GetName(), ".addons.radiograph.dev") {
			t.Errorf("the add-on would own the definition %s of add-ons", object.GetName())
		}
	}
	account := objectOf(objects, "ServiceAccount", collector)
	if account == nil || account.GetAnnotations()[RoleAnnotation] != "arn:aws:iam::111122223333:role/r" {
		t.Errorf("service account of the collector: %v", account)
	}
	if manager := objectOf(objects, "ServiceAccount", "opentelemetry-operator-controller-manager"); manager.GetAnnotations()[RoleAnnotation] != "" {
		t.Error("the operator has the role of the collectors")
	}
	deployment := objectOf(objects, "Deployment", "opentelemetry-operator-controller-manager")
	if n, _, _ := unstructured.NestedFloat64(deployment.Object, "spec", "replicas"); n != 2 {
		t.Errorf("%v replicas: the user's values go before the site's", n)
	}
	cr := objectOf(objects, "OpenTelemetryCollector", collector)
	if region, _, _ := unstructured.NestedString(cr.Object, "spec", "config", "exporters", "awsxray", "region"); region != "eu-west-1" {
		t.Errorf("region %q", region)
	}
	old, err := version(t, "adot", "v0.84.0-eksbuild.1").Render(Input{Values: `{"collector":{"mode":"daemonset","xray":{"enabled":true}}}`, KubeVersion: "v1.34.4"})
	if err != nil {
		t.Fatal(err)
	}
	if objectOf(old, "OpenTelemetryCollector", "my-collector") == nil || objectOf(old, "ServiceAccount", "aws-otel-collector") == nil {
		t.Error("the values of the old schema give no collector")
	}
}

// example is a package as a user writes it.
var example = map[string]string{
	"addon.yaml": `name: hello
type: observability
publisher: me
owner: me
defaultNamespace: hello
defaults:
  architectures: [amd64]
  compatibilities: [{clusterVersion: 1.33-1.34}]
  charts: [{chart: chart, values: {text: from the package}}]
versions:
  - version: v1.0.0
  - version: v1.1.0
    compatibilities: [{clusterVersion: "1.33", default: true}, {clusterVersion: "1.34", default: true}]
    schema: schema.json
`,
	"schema.json":               `{"type":"object","additionalProperties":false,"properties":{"text":{"type":"string"}}}`,
	"chart/Chart.yaml":          "apiVersion: v2\nname: hello\nversion: 1.0.0\n",
	"chart/templates/text.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hello}\ndata: {text: {{ .Values.text }}}\n",
}

func TestUserPackages(t *testing.T) {
	folder := t.TempDir()
	var archive bytes.Buffer
	zipped := gzip.NewWriter(&archive)
	out := tar.NewWriter(zipped)
	for name, text := range example {
		text = strings.ReplaceAll(text, "name: hello\ntype", "name: archived\ntype")
		if err := out.WriteHeader(&tar.Header{Name: "hello/" + name, Mode: 0o600, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, "hello", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(example[name]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "archived.tgz"), archive.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hello", "archived"} {
		v, ok := c.Version(name, "v1.1.0")
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		objects, err := v.Render(Input{Values: "text: from the user"})
		if err != nil {
			t.Fatal(err)
		}
		if text, _, _ := unstructured.NestedString(objectOf(objects, "ConfigMap", "hello").Object, "data", "text"); text != "from the user" {
			t.Errorf("%s: text %q", name, text)
		}
	}
	if _, err := Load(folder, filepath.Join(folder, "hello")); err == nil || !strings.Contains(err.Error(), "is in") {
		t.Errorf("a package twice: %v", err)
	}
}

func TestMistakes(t *testing.T) {
	for _, test := range []struct{ from, to, want string }{
		{"name: hello", "name: he/llo", `name "he/llo"`},
		{"name: hello", "name: He_llo", `name "He_llo": want lower case`}, // no object can have it
		{"type: observability", "tpye: observability", "line 2: field tpye not found in an add-on"},
		{"architectures: [amd64]", "architectures: [mips]", `architecture "mips"`},
		{"clusterVersion: 1.33-1.34", "clusterVersion: 1.34-1.33", "is no range"},
		{`{clusterVersion: "1.34", default: true}`, `{clusterVersion: "1.34"}`, "no version is the default for clusters of version 1.34"},
		{"version: v1.0.0", "version: 1.0.0", `version "1.0.0" is not like`},
		{"version: v1.0.0", "version: v1.1.0", "version v1.1.0 is there twice"},
		{"chart: chart,", "chart: ../chart,", "want a path inside the package"},
		{"chart: chart,", "chart: builtin:nothing,", "no such chart in the program"},
		{"schema: schema.json", "schema: none.json", "none.json"},
		{"defaultNamespace: hello", "defaultNamespace: Hello", "no name of a namespace"},
	} {
		files := fstest.MapFS{}
		for name, text := range example {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		files[FileName].Data = []byte(strings.Replace(example[FileName], test.from, test.to, 1))
		if _, err := read(files); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.to, err, test.want)
		}
	}
	files := fstest.MapFS{"schema.json": {Data: []byte(`{"$ref":"https://example.com/other.json"}`)}}
	name := "schema.json"
	if _, err := (&contents{files: files}).schema(&name); err == nil || !strings.Contains(err.Error(), "another document") {
		t.Errorf("a schema that refers elsewhere: %v", err)
	}
}

func TestEveryVersionRenders(t *testing.T) {
	c := load(t)
	c.Configure(map[string]map[string]any{"eks-pod-identity-agent": {"clusterName": "demo"}})
	for _, addon := range c.List() {
		done := map[string]bool{}
		for _, v := range addon.Versions {
			charts := v.schema.text
			for _, chart := range v.charts {
				charts += chart.name
			}
			if done[charts] {
				continue // made of the same as another
			}
			done[charts] = true
			if objects, err := v.Render(Input{KubeVersion: "v1.34.4"}); err != nil || len(objects) < 2 {
				t.Errorf("%s %s: %d objects, %v", addon.Name, v.Version, len(objects), err)
			}
		}
	}
}

func TestSchemaText(t *testing.T) {
	for _, addon := range load(t).List() {
		for _, v := range addon.Versions {
			if !json.Valid([]byte(v.Schema())) {
				t.Errorf("%s %s: the schema is no JSON", addon.Name, v.Version)
			}
		}
	}
}

func FuzzPackage(f *testing.F) {
	f.Add([]byte(example[FileName]))
	f.Add([]byte("versions: [{version: v1.0.0, compatibilities: [{clusterVersion: 1.0-1.199}]}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files := fstest.MapFS{}
		for name, text := range example {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		files[FileName] = &fstest.MapFile{Data: data}
		addon, err := read(files)
		if err == nil && len(addon.Versions) == 0 {
			t.Error("an add-on without versions")
		}
	})
}

func FuzzArchive(f *testing.F) {
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = unpack(bytes.NewReader(data), FileName)
	})
}

func FuzzValidate(f *testing.F) {
	c, err := Load()
	if err != nil {
		f.Fatal(err)
	}
	v, _ := c.Version("adot", "v0.84.0-eksbuild.1")
	f.Add("collector: {xray: {enabled: true}}")
	f.Add("a: &a {b: *a}")
	f.Fuzz(func(_ *testing.T, values string) { v.Validate(values) })
}

// packed is a gzipped tar of files in the order given: a name, then a text.
func packed(t *testing.T, files ...string) []byte {
	t.Helper()
	var archive bytes.Buffer
	zipped := gzip.NewWriter(&archive)
	out := tar.NewWriter(zipped)
	for i := 0; i < len(files); i += 2 {
		header := &tar.Header{Name: files[i], Mode: 0o600, Size: int64(len(files[i+1])), Typeflag: tar.TypeReg}
		if target, ok := strings.CutPrefix(files[i+1], "link:"); ok {
			header.Typeflag, header.Linkname, header.Size = tar.TypeSymlink, target, 0
		}
		if err := out.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if _, err := out.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

// TestHostileArchives unpacks what leads out of the archive, or is larger than it seems.
func TestHostileArchives(t *testing.T) {
	described := example[FileName]
	var many []string
	for i := range maxArchiveFiles + 1 {
		many = append(many, fmt.Sprintf("f%d", i), "")
	}
	for name, test := range map[string]struct {
		files []string
		want  string
	}{
		"path out of it":      {[]string{FileName, described, "chart/../../../etc/passwd", "x"}, "no path inside"},
		"path from the root":  {[]string{"/" + FileName, described}, "no path inside"},
		"path of Windows":     {[]string{FileName, described, `chart\..\x`, "x"}, "no path inside"},
		"file twice":          {[]string{FileName, described, FileName, "name: other"}, "there twice"},
		"no description":      {[]string{"a/b/" + FileName, described}, "there is no addon.yaml"},
		"link out of it":      {[]string{FileName, described, "schema.json", "link:/etc/passwd"}, "schema.json: file does not exist"},
		"link as description": {[]string{FileName, "link:/etc/passwd"}, "there is no addon.yaml"},
		"bomb":                {[]string{FileName, described, "zeros", strings.Repeat("\x00", maxArchive)}, "more than"},
		"many files":          {append([]string{FileName, described}, many...), "more than"},
	} {
		path := filepath.Join(t.TempDir(), "p.tgz")
		if err := os.WriteFile(path, packed(t, test.files...), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// withTemplate is the example with another template.
func withTemplate(t *testing.T, template string) *Version {
	t.Helper()
	files := fstest.MapFS{}
	for name, text := range example {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	files["chart/templates/text.yaml"].Data = []byte(template)
	addon, err := read(files)
	if err != nil {
		t.Fatal(err)
	}
	return addon.Versions[0]
}

// TestBadTemplates renders what makes no objects.
func TestBadTemplates(t *testing.T) {
	for template, want := range map[string]string{
		"{{ .Values.a":                      "unclosed action",
		"{{ .Values.a.b.c }}":               "nil pointer",
		"{{ include \"nothing\" . }}":       "nothing",
		`{{ fail "choose a mode" }}`:        "choose a mode",
		"kind: [":                           "YAML",
		"kind: ConfigMap":                   "without",
		"- a":                               "",
		"apiVersion: v1\nkind: ConfigMap\n": "without",
		`{{- define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`:                                                "rendering",
		"apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {helm.sh/hook: pre-install}}\n":                      "is a hook",
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ env \"HOME\" }}}\n":                           `function "env" not defined`,
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ .Files.Get \"../../addon.yaml\" | fail }}}\n": "execution error",
	} {
		objects, err := withTemplate(t, template).Render(Input{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want %q", template, objects, err, want)
		}
	}
}

// TestEndlessTemplate renders a template that does not end, and ends when the test lets it.
func TestEndlessTemplate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		released := make(chan struct{})
		c := chartRef{name: "endless", busy: make(chan struct{}, 1), files: blockedFS{released}}
		start := time.Now()
		for range 2 {
			if _, err := c.render(deploy.Release{Name: "a", Namespace: "b"}, nil); err == nil || !strings.Contains(err.Error(), "longer than 20s") {
				t.Errorf("the error is %v", err)
			}
		}
		if took := time.Since(start); took != 2*maxRendering {
			t.Errorf("it took %s", took)
		}
		close(released)
		synctest.Wait()
		if _, err := c.render(deploy.Release{Name: "a", Namespace: "b"}, nil); err == nil || strings.Contains(err.Error(), "longer") {
			t.Errorf("after it has ended, the error is %v", err)
		}
	})
}

// blockedFS is a file system that does not answer until it is released.
type blockedFS struct{ released chan struct{} }

func (b blockedFS) Open(string) (fs.File, error) {
	<-b.released
	return nil, fs.ErrNotExist
}

// TestLargeValues: values that grow by aliases are refused before they do.
func TestLargeValues(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	for name, values := range map[string]string{
		"aliases": bomb.String(), "depth": strings.Repeat("a: {", 5000) + strings.Repeat("}", 5000), "brackets": "a: " + strings.Repeat("[", 20000),
	} {
		if problems := version(t, "adot", newest).Validate(values); len(problems) == 0 {
			t.Errorf("%s: no problem", name)
		}
	}
}
