package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Doc        string
	Standard   bool
	Imports    []string
	Deps       []string
}

// list returns the packages of the module.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Doc,Standard,Imports,Deps", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		exit := new(exec.ExitError)
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var own []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return own
		} else if err != nil {
			t.Fatalf("decode the output of go list: %v", err)
		}
		if below(p.ImportPath, ".") {
			own = append(own, p)
		}
	}
}

// TestDependencies holds every rule against every package.
func TestDependencies(t *testing.T) {
	packages := list(t)
	if len(packages) < 10 {
		t.Fatalf("go list found only %d packages", len(packages))
	}
	packages = slices.DeleteFunc(packages, func(p pkg) bool { return forTests(p.ImportPath) })
	for _, r := range rules {
		for _, p := range packages {
			for _, bad := range r.violations(p) {
				t.Errorf("%s depends on %s, but %s", relative(p.ImportPath), relative(bad), r.why)
			}
		}
	}
}

// TestTestPackages checks that nothing that ships contains code for tests.
func TestTestPackages(t *testing.T) {
	for _, p := range list(t) {
		if forTests(p.ImportPath) || below(p.ImportPath, "test") {
			continue
		}
		for _, dep := range p.Deps {
			if forTests(dep) {
				t.Errorf("%s ships, but depends on %s", relative(p.ImportPath), relative(dep))
			}
		}
	}
}

// violations returns what p depends on against the rule.
func (r rule) violations(p pkg) []string {
	if !belowAny(p.ImportPath, r.from) || belowAny(p.ImportPath, r.except) {
		return nil
	}
	deps := p.Deps
	if r.direct {
		deps = p.Imports
	}
	var bad []string
	for _, dep := range deps {
		if dep != p.ImportPath && belowAny(dep, r.to) && !belowAny(dep, r.spare) {
			bad = append(bad, dep)
		}
	}
	return bad
}

// TestPackageDocs checks that every package says what it holds.
func TestPackageDocs(t *testing.T) {
	for _, p := range list(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", relative(p.ImportPath))
		}
	}
}

// TestViolations checks that the rules find what they are there for.
func TestViolations(t *testing.T) {
	r := rule{from: []string{"trace"}, to: []string{"net/http", "store"}, except: []string{"trace/exempt"}, spare: []string{"store/open"}}
	for _, tc := range []struct {
		name string
		pkg  pkg
		want []string
	}{
		{"allowed", pkg{ImportPath: module + "/trace", Deps: []string{"net/url", module + "/segment"}}, nil},
		{"standard library", pkg{ImportPath: module + "/trace", Deps: []string{"net/http"}}, []string{"net/http"}},
		{"below both", pkg{ImportPath: module + "/trace/x", Deps: []string{module + "/store/block"}}, []string{module + "/store/block"}},
		{"spared", pkg{ImportPath: module + "/trace", Deps: []string{module + "/store/open/x"}}, nil},
		{"same prefix only", pkg{ImportPath: module + "/traceid", Deps: []string{"net/http"}}, nil},
		{"excepted", pkg{ImportPath: module + "/trace/exempt", Deps: []string{"net/http"}}, nil},
		{"another package", pkg{ImportPath: module + "/xrayapi", Deps: []string{"net/http"}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := r.violations(tc.pkg); !slices.Equal(got, tc.want) {
				t.Errorf("violations() = %v, want %v", got, tc.want)
			}
		})
	}
}
