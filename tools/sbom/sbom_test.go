package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// tree makes files of a new directory: contents by path.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, content := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// list writes packages as go list does, and reads them.
func list(t *testing.T, packages ...goPackage) []goPackage {
	t.Helper()
	var out strings.Builder
	for _, p := range packages {
		if err := json.NewEncoder(&out).Encode(p); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "packages.json")
	if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	packages, err := readPackages(path)
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

func TestNotices(t *testing.T) {
	dir := tree(t, map[string]string{
		"a/LICENSE":                          "terms of A and B\r\n",
		"a/NOTICE.txt":                       "thanks",
		"a/license.go":                       "package a",
		"a/used/deep/deep.go":                "package deep",
		"a/used/LICENSE-snappy":              "terms of a part",
		"a/unused/LICENSE":                   "nobody needs this",
		"b/COPYING.md":                       "\nterms of A and B\n",
		"go/LICENSE":                         "terms of Go",
		"a/THIRD_PARTY_LICENSES/Sun-LICENSE": "terms of Sun",
		"a/licenses/licenses.go":             "nobody needs this",
		"go/src/vendor/x/net.go":             "package x",
		"radiograph/LICENSE":                 "our terms",
		"radiograph/some/some.go":            "package some",
	})
	at := func(path string) string { return filepath.Join(dir, path) }
	packages := list(t,
		goPackage{ImportPath: "vendor/x", Dir: at("go/src/vendor/x"), Standard: true},
		goPackage{ImportPath: "example.com/b", Dir: at("b"), Module: &goModule{Path: "example.com/b", Version: "v0.1.0", Dir: at("b")}},
		goPackage{ImportPath: "example.com/a/used/deep", Dir: at("a/used/deep"), Module: &goModule{
			Path: "example.com/a", Version: "v1.0.0", Replace: &goModule{Path: "example.com/fork", Version: "v1.0.1", Dir: at("a")},
		}},
		goPackage{ImportPath: own + "/some", Dir: at("radiograph/some"), Module: &goModule{Path: own, Dir: at("radiograph")}},
	)
	n, err := goNotices(packages)
	if err != nil {
		t.Fatal(err)
	}
	n.addConsole([]npmPackage{
		{Name: "react", Version: "1.0.0", Identifier: "MIT", Text: "terms of React"},
		{Name: "wouter", Version: "2.0.0", Identifier: "Unlicense"},
	})
	var out strings.Builder
	if err := n.write(&out); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"\nexample.com/b v0.1.0, COPYING.md\nexample.com/fork v1.0.1, LICENSE\n---",
		"---\n\nterms of A and B\n",
		"example.com/fork v1.0.1, NOTICE.txt\n",
		"example.com/fork v1.0.1, THIRD_PARTY_LICENSES/Sun-LICENSE\n",
		"example.com/fork v1.0.1, used/LICENSE-snappy\n",
		"npm react 1.0.0, MIT\n",
		"npm wouter 2.0.0, Unlicense\n",
		"the Go standard library, LICENSE\n",
	}
	rest := out.String()
	for _, w := range want {
		_, after, ok := strings.Cut(rest, w)
		if !ok {
			t.Fatalf("no %q, or not in its place, in:\n%s", w, out.String())
		}
		rest = after
	}
	for _, bad := range []string{"nobody needs this", "our terms", "package a"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("%q is in:\n%s", bad, out.String())
		}
	}
}

func TestNoticesOfModulesWithoutLicence(t *testing.T) {
	dir := tree(t, map[string]string{"a/a.go": "package a", "a/part/LICENSE": "terms of a part"})
	module := &goModule{Path: "example.com/a", Version: "v1.0.0", Dir: filepath.Join(dir, "a")}
	packages := list(t, goPackage{ImportPath: "example.com/a/part", Dir: filepath.Join(dir, "a/part"), Module: module})
	if _, err := goNotices(packages); err == nil || !strings.Contains(err.Error(), "example.com/a v1.0.0") {
		t.Errorf("got %v, want an error that names the module", err)
	}
	empty := tree(t, map[string]string{"none": "", "bad": "{"})
	for _, name := range []string{"none", "bad", "missing"} {
		if _, err := readPackages(filepath.Join(empty, name)); err == nil {
			t.Errorf("the list %s is accepted", name)
		}
	}
}

func bill() *cdx.BOM {
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Component: &cdx.Component{BOMRef: "program", Name: own, Version: "v1.2.3", Type: cdx.ComponentTypeApplication},
		Tools:     &cdx.ToolsChoice{Tools: &[]cdx.Tool{{Name: "maker", Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoMD5, Value: "00"}}}}}, //nolint:staticcheck // cyclonedx-gomod writes this form
	}
	bom.Components = &[]cdx.Component{
		{BOMRef: "std", Name: "std", Version: "go1.26.0"},
		{BOMRef: "../deploy@(devel)", Name: "../deploy", Version: "(devel)"},
		{BOMRef: "lib", Name: "example.com/lib", Version: "v1.0.0"},
	}
	bom.Dependencies = &[]cdx.Dependency{
		{Ref: "program", Dependencies: &[]string{"std", "../deploy@(devel)", "lib"}}, {Ref: "std"}, {Ref: "../deploy@(devel)"}, {Ref: "lib"},
	}
	bom.Compositions = &[]cdx.Composition{{Dependencies: &[]cdx.BOMReference{"../deploy@(devel)"}}}
	return bom
}

// modules are those of bill. The licence of the library is this repository's.
func modules(t *testing.T) []goModule {
	t.Helper()
	text, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	return []goModule{
		{Path: own + "/deploy", Replace: &goModule{Path: "../deploy", Dir: t.TempDir()}},
		{Path: "example.com/lib", Version: "v1.0.0", Dir: tree(t, map[string]string{"LICENSE": string(text), "LICENSES/OTHER-LICENSE": "of others"})},
	}
}

func TestComplete(t *testing.T) {
	bom := bill()
	err := complete(bom, modules(t), []npmPackage{
		{Name: "@scope/name", Version: "1.2.3", Identifier: "(MIT OR Apache-2.0)"},
		{Name: "react", Version: "19.0.0", Identifier: "MIT"},
	})
	if err != nil {
		t.Fatal(err)
	}
	deploy := "pkg:golang/" + own + "/deploy@v1.2.3?type=module"
	refs := []string{"std", deploy, "lib", "pkg:npm/%40scope/name@1.2.3", "pkg:npm/react@19.0.0"}
	if got := *(*bom.Dependencies)[0].Dependencies; !slices.Equal(got, refs) {
		t.Errorf("the program depends on %q, want %q", got, refs)
	}
	if got := string((*(*bom.Compositions)[0].Dependencies)[0]); got != deploy {
		t.Errorf("the composition is of %q, want %q", got, deploy)
	}
	if len(*bom.Dependencies) != 6 || len(*bom.Components) != 5 {
		t.Errorf("got %d dependencies of %d components", len(*bom.Dependencies), len(*bom.Components))
	}
	var licences []string
	for _, c := range *bom.Components {
		l := (*c.Licenses)[0]
		if l.License != nil {
			licences = append(licences, c.Group+" "+c.Name+": "+l.License.ID)
		} else {
			licences = append(licences, c.Group+" "+c.Name+": "+l.Expression)
		}
	}
	want := []string{
		" std: BSD-3-Clause", " " + own + "/deploy: Apache-2.0", " example.com/lib: Apache-2.0",
		"@scope name: (MIT OR Apache-2.0)", " react: MIT",
	}
	if !slices.Equal(licences, want) {
		t.Errorf("licences are %q, want %q", licences, want)
	}
	if tool := (*bom.Metadata.Tools.Tools)[0]; tool.Hashes != nil {
		t.Errorf("the bill depends on the program that made it: %v", tool)
	}
}

func TestCompleteTextWithoutName(t *testing.T) {
	bom, m := bill(), modules(t)
	m[1].Dir = tree(t, map[string]string{"LICENSE": "Do as you like, but not on Sundays."})
	if err := complete(bom, m, nil); err != nil {
		t.Fatal(err)
	}
	if l := (*(*bom.Components)[2].Licenses)[0].License; l.Name != "see THIRD_PARTY_LICENSES" {
		t.Errorf("the licence is %+v", l)
	}
}

func TestCompleteRefuses(t *testing.T) {
	orphan := bill()
	*orphan.Dependencies = (*orphan.Dependencies)[1:]
	for name, bom := range map[string]*cdx.BOM{"no dependencies of the program": orphan, "nothing": {}} {
		if err := complete(bom, modules(t), nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if err := complete(bill(), modules(t)[:1], nil); err == nil {
		t.Error("a component that go list does not name is accepted")
	}
}

func TestConsoleWithoutLicence(t *testing.T) {
	dir := tree(t, map[string]string{"a": `[{"name":"a","version":"1.0.0"}]`, "b": `[]`, "c": `{`})
	for _, name := range []string{"a", "b", "c", "missing"} {
		if _, err := readConsole(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
