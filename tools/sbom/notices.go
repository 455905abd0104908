package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// own is what all modules of this repository begin with.
const own = "github.com/radiograph/radiograph"

// licenceFile matches what isLicence wants, and source code of the same name.
var licenceFile = regexp.MustCompile(`(?i)^(.+[-_.])?(licen[cs]es?|copying|copyright|notices?|patents|unlicense)([-_.][^.]+)?(\.(md|markdown|txt|rst))?$`)

// isLicence reports whether a file is named as one that says under which terms code may be used.
func isLicence(name string) bool {
	return licenceFile.MatchString(name) && filepath.Ext(name) != ".go"
}

// notices are texts of licences, and which parts of a program they are for.
type notices struct {
	users map[string]map[string]bool // by text: "module version, file"
}

// goPackage is what go list says of a package.
type goPackage struct {
	ImportPath, Dir string
	Standard        bool
	Module          *goModule
}

type goModule struct {
	Path, Version, Dir string
	Replace            *goModule
}

// used is the module that is compiled under the module's path.
func (m goModule) used() goModule {
	if m.Replace != nil {
		return *m.Replace
	}
	return m
}

// readPackages reads an output of go list.
func readPackages(path string) ([]goPackage, error) {
	file, err := os.Open(filepath.Clean(path)) //nolint:gosec // what the arguments name
	if err != nil {
		return nil, fmt.Errorf("read the list of packages: %w", err)
	}
	defer file.Close()
	var packages []goPackage
	for dec := json.NewDecoder(file); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read the list of packages %s: %w", path, err)
		}
		packages = append(packages, p)
	}
	if len(packages) == 0 {
		return nil, fmt.Errorf("read the list of packages %s: it is empty", path)
	}
	return packages, nil
}

// modulesOf returns the modules of packages, each once.
func modulesOf(packages []goPackage) []goModule {
	var modules []goModule
	seen := make(map[string]bool)
	for _, p := range packages {
		if p.Module != nil && !seen[p.Module.Path] {
			seen[p.Module.Path] = true
			modules = append(modules, *p.Module)
		}
	}
	return modules
}

// goNotices collects the licences of packages. For each it takes those in its folder and in the folders
// above it, up to its module's. A module without any is an error.
func goNotices(packages []goPackage) (*notices, error) {
	n := &notices{users: make(map[string]map[string]bool)}
	found := make(map[string]bool) // by module: whether it has a licence
	for _, p := range packages {
		name, root := p.belongsTo()
		if name == "" {
			continue
		}
		some, err := n.addFolders(name, root, p.Dir)
		if err != nil {
			return nil, fmt.Errorf("read the licences of %s: %w", name, err)
		}
		found[name] = found[name] || some
	}
	var without []string
	for name, some := range found {
		if !some {
			without = append(without, name)
		}
	}
	if len(without) > 0 {
		slices.Sort(without)
		return nil, fmt.Errorf("no licence found in: %s", strings.Join(without, ", "))
	}
	return n, nil
}

// belongsTo returns what the package is a part of, and the folder where that begins; nothing
// for our own packages.
func (p goPackage) belongsTo() (name, root string) {
	if p.Standard {
		return "the Go standard library", strings.TrimSuffix(filepath.ToSlash(p.Dir), "/src/"+p.ImportPath)
	}
	m := p.Module
	if m == nil || m.Path == own || strings.HasPrefix(m.Path, own+"/") {
		return "", ""
	}
	used := m.used()
	return used.Path + " " + used.Version, used.Dir
}

// addFolders adds the licences in dir and in the folders above it, up to root, and reports
// whether root has one.
func (n *notices) addFolders(name, root, dir string) (bool, error) {
	inside, err := filepath.Rel(root, dir)
	if err != nil || !filepath.IsLocal(inside) {
		return false, fmt.Errorf("%s is not below %s", dir, root)
	}
	for {
		some, err := n.addFolder(name, root, dir)
		if err != nil {
			return false, err
		}
		if dir == root || len(dir) <= len(root) {
			return some, nil
		}
		dir = filepath.Dir(dir)
	}
}

func (n *notices) addFolder(name, root, dir string) (bool, error) {
	paths, err := licences(dir)
	if err != nil {
		return false, err
	}
	for _, path := range paths {
		text, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			return false, err
		}
		file, err := filepath.Rel(root, path)
		if err != nil {
			return false, err
		}
		n.add(string(text), name+", "+filepath.ToSlash(file))
	}
	return len(paths) > 0, nil
}

// licences returns the paths of the files that are named as licences are, in dir and in those of
// its folders that are named so, too.
func licences(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		if !isLicence(e.Name()) {
			continue
		}
		err := filepath.WalkDir(filepath.Join(dir, e.Name()), func(path string, file fs.DirEntry, err error) error {
			if err == nil && file.Type().IsRegular() && isLicence(file.Name()) {
				paths = append(paths, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// addConsole adds the licences of packages of npm. Those that come without the text of their
// licence are named with its identifier.
func (n *notices) addConsole(packages []npmPackage) {
	for _, p := range packages {
		text := p.Text
		if strings.TrimSpace(text) == "" {
			text = "The package comes without the text of its licence, which is " + p.Identifier +
				"\n(https://spdx.org/licenses/" + p.Identifier + ".html)."
		}
		n.add(text, fmt.Sprintf("npm %s %s, %s", p.Name, p.Version, p.Identifier))
	}
}

func (n *notices) add(text, user string) {
	text = strings.Trim(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if n.users[text] == nil {
		n.users[text] = make(map[string]bool)
	}
	n.users[text][user] = true
}

// write prints each text once, after what it is for, in an order that depends on nothing else.
func (n *notices) write(w io.Writer) error {
	type section struct {
		users []string
		text  string
	}
	sections := make([]section, 0, len(n.users))
	for text, users := range n.users {
		sections = append(sections, section{slices.Sorted(maps.Keys(users)), text})
	}
	slices.SortFunc(sections, func(a, b section) int {
		return cmp.Or(slices.Compare(a.users, b.users), cmp.Compare(a.text, b.text))
	})
	var out strings.Builder
	out.WriteString("radiograph is licensed under the Apache License 2.0, see LICENSE. The programs in this archive\n" +
		"contain work of others, under the terms below. go mod download <module>@<version> fetches the source of a\n" +
		"Go module, npm pack <name>@<version> that of a package of the console.\n")
	for _, s := range sections {
		out.WriteString("\n" + strings.Repeat("=", 80) + "\n")
		out.WriteString(strings.Join(s.users, "\n"))
		out.WriteString("\n" + strings.Repeat("-", 80) + "\n\n" + s.text + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}
