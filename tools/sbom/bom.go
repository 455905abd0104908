package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/licensecheck"
)

// completeFile completes the bill of materials in the file, for a program that is made of the
// modules.
func completeFile(path string, modules []goModule, packages []npmPackage) error {
	data, err := os.ReadFile(filepath.Clean(path)) //nolint:gosec // what the arguments name
	if err != nil {
		return fmt.Errorf("read the bill of materials: %w", err)
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(data), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return fmt.Errorf("read the bill of materials %s: %w", path, err)
	}
	if err := complete(&bom, modules, packages); err != nil {
		return fmt.Errorf("complete the bill of materials %s: %w", path, err)
	}
	var out bytes.Buffer
	if err := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).Encode(&bom); err != nil {
		return fmt.Errorf("write the bill of materials %s: %w", path, err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil { //nolint:gosec // as above
		return fmt.Errorf("write the bill of materials: %w", err)
	}
	return nil
}

// complete adds licences, and the packages of npm: as components that the program depends on.
// What those depend on themselves is in the bill, but the bill does not say so.
func complete(bom *cdx.BOM, modules []goModule, packages []npmPackage) error {
	if bom.Metadata == nil || bom.Metadata.Component == nil || bom.Components == nil || bom.Dependencies == nil {
		return errors.New("it names no program, no components or no dependencies")
	}
	forgetBuilder(bom.Metadata)
	nameOwn(bom, modules)
	bom.Metadata.Component.Licenses = licensed("Apache-2.0")
	byName := make(map[string]goModule)
	for _, m := range modules {
		byName[m.used().Path] = m
	}
	for i := range *bom.Components {
		c := &(*bom.Components)[i]
		licences, err := licencesOf(c, byName[c.Name].used().Dir)
		if err != nil {
			return fmt.Errorf("find the licence of %s: %w", c.Name, err)
		}
		c.Licenses = licences
	}
	for _, p := range packages {
		*bom.Components = append(*bom.Components, p.component())
	}
	return dependOn(bom, packages)
}

// nameOwn gives our own modules that a program uses their names and the program's version. The compiler
// knows them as folders.
func nameOwn(bom *cdx.BOM, modules []goModule) {
	version := bom.Metadata.Component.Version
	refs := make(map[string]string) // new by old
	for _, m := range modules {
		if m.Replace == nil || m.Replace.Version != "" {
			continue
		}
		for i := range *bom.Components {
			c := &(*bom.Components)[i]
			if c.Name != m.Replace.Path {
				continue
			}
			old := c.BOMRef
			c.Name, c.Version = m.Path, version
			c.PackageURL = "pkg:golang/" + m.Path + "@" + version + "?type=module"
			c.BOMRef = c.PackageURL
			refs[old] = c.BOMRef
		}
	}
	rename := func(ref string) string { return cmp.Or(refs[ref], ref) }
	for i := range *bom.Dependencies {
		d := &(*bom.Dependencies)[i]
		d.Ref = rename(d.Ref)
		if d.Dependencies != nil {
			for j, ref := range *d.Dependencies {
				(*d.Dependencies)[j] = rename(ref)
			}
		}
	}
	if bom.Compositions == nil {
		return
	}
	for _, c := range *bom.Compositions {
		if c.Dependencies != nil {
			for j, ref := range *c.Dependencies {
				(*c.Dependencies)[j] = cdx.BOMReference(rename(string(ref)))
			}
		}
	}
}

// licencesOf says under which terms a component is, of which the source is in dir. Where the text is
// none that is known by a name, the bill points to the file that has all texts.
func licencesOf(c *cdx.Component, dir string) (*cdx.Licenses, error) {
	switch {
	case c.Name == own || strings.HasPrefix(c.Name, own+"/"):
		return licensed("Apache-2.0"), nil
	case c.Name == "std":
		return licensed("BSD-3-Clause"), nil
	case dir == "":
		return nil, errors.New("go list does not name it")
	}
	ids, err := identify(dir)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return &cdx.Licenses{{License: &cdx.License{Name: "see THIRD_PARTY_LICENSES"}}}, nil
	}
	return licensed(strings.Join(ids, " AND ")), nil
}

// identify returns the SPDX identifiers of the licences in the files of a folder that are named as such. A file
// counts when three quarters of it are the texts of licences, as at pkg.go.dev.
func identify(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		lower := strings.ToLower(e.Name())
		if !e.Type().IsRegular() || !isLicence(e.Name()) || strings.Contains(lower, "notice") || strings.Contains(lower, "patents") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		coverage := licensecheck.Scan(text)
		if coverage.Percent < 75 {
			continue
		}
		for _, match := range coverage.Match {
			ids = append(ids, match.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// forgetBuilder removes the hashes of the program that made the bill: they depend on the machine that it
// ran on, and the bill must not.
func forgetBuilder(m *cdx.Metadata) {
	if m.Tools == nil || m.Tools.Tools == nil {
		return
	}
	tools := *m.Tools.Tools
	for i := range tools {
		tools[i].Hashes = nil
	}
}

// licensed returns the licence with an identifier or expression of SPDX.
func licensed(spdx string) *cdx.Licenses {
	if strings.ContainsAny(spdx, " ()") {
		return &cdx.Licenses{{Expression: spdx}}
	}
	return &cdx.Licenses{{License: &cdx.License{ID: spdx}}}
}

// dependOn makes the program of the bill depend on the packages.
func dependOn(bom *cdx.BOM, packages []npmPackage) error {
	program := bom.Metadata.Component.BOMRef
	i := slices.IndexFunc(*bom.Dependencies, func(d cdx.Dependency) bool { return d.Ref == program })
	if i < 0 {
		return fmt.Errorf("it does not say what %s depends on", program)
	}
	d := &(*bom.Dependencies)[i]
	var refs []string
	if d.Dependencies != nil {
		refs = *d.Dependencies
	}
	for _, p := range packages {
		refs = append(refs, p.purl())
		*bom.Dependencies = append(*bom.Dependencies, cdx.Dependency{Ref: p.purl()})
	}
	(*bom.Dependencies)[i].Dependencies = &refs
	return nil
}
