package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// otherModules reads what the packages of another module import, without building them: their
// dependencies are not those of the root module. Tests are left out.
func otherModules(t *testing.T, dir string) []pkg {
	t.Helper()
	byPath := map[string]*pkg{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(filepath.Join(root, filepath.FromSlash(dir)), func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "node_modules") {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		name := path.Join(module, filepath.ToSlash(relative))
		if byPath[name] == nil {
			byPath[name] = &pkg{ImportPath: name}
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			byPath[name].Imports = append(byPath[name].Imports, imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var packages []pkg
	for _, p := range byPath {
		packages = append(packages, *p)
	}
	return packages
}

// TestModules holds the rules of the other modules against their packages.
func TestModules(t *testing.T) {
	read := map[string][]pkg{}
	for _, r := range moduleRules {
		for _, dir := range r.from {
			if read[dir] == nil {
				read[dir] = otherModules(t, dir)
			}
			if len(read[dir]) == 0 {
				t.Fatalf("there are no packages in %s", dir)
			}
			for _, p := range read[dir] {
				for _, bad := range r.violations(p) {
					t.Errorf("%s imports %s, but %s", relative(p.ImportPath), relative(bad), r.why)
				}
			}
		}
	}
}
