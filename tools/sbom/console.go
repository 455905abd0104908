package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// npmPackage is a package of npm of which code is in the console, as Vite's licence file
// (build.license) describes it.
type npmPackage struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	Identifier string `json:"identifier"` // of SPDX, may be an expression
	Text       string `json:"text"`       // of the licence, empty when the package has no file with it
}

func readConsole(path string) ([]npmPackage, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the console's packages: %w", err)
	}
	var packages []npmPackage
	if err := json.Unmarshal(data, &packages); err != nil {
		return nil, fmt.Errorf("read the console's packages in %s: %w", path, err)
	}
	for _, p := range packages {
		if p.Name == "" || p.Version == "" || p.Identifier == "" {
			return nil, fmt.Errorf("read the console's packages in %s: %q %q has no name, version or licence", path, p.Name, p.Version)
		}
	}
	return packages, nil
}

// purl returns the package URL; the @ of a scope is escaped in it.
func (p npmPackage) purl() string {
	scope, name, scoped := strings.Cut(p.Name, "/")
	if !scoped {
		return "pkg:npm/" + url.PathEscape(p.Name) + "@" + url.PathEscape(p.Version)
	}
	return "pkg:npm/%40" + url.PathEscape(strings.TrimPrefix(scope, "@")) + "/" + url.PathEscape(name) + "@" + url.PathEscape(p.Version)
}

func (p npmPackage) component() cdx.Component {
	c := cdx.Component{
		Type: cdx.ComponentTypeLibrary, BOMRef: p.purl(), PackageURL: p.purl(),
		Name: p.Name, Version: p.Version, Scope: cdx.ScopeRequired,
	}
	if scope, name, scoped := strings.Cut(p.Name, "/"); scoped {
		c.Group, c.Name = scope, name
	}
	if strings.ContainsAny(p.Identifier, " ()") {
		c.Licenses = &cdx.Licenses{{Expression: p.Identifier}}
	} else {
		c.Licenses = &cdx.Licenses{{License: &cdx.License{ID: p.Identifier}}}
	}
	return c
}

// addToBOM adds the packages to the bill of materials in the file: as components that the
// program depends on. What they depend on themselves is in the bill, but the bill does
// not say so.
func addToBOM(path string, packages []npmPackage) error {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return fmt.Errorf("read the bill of materials: %w", err)
	}
	defer file.Close()
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(file, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return fmt.Errorf("read the bill of materials %s: %w", path, err)
	}
	if err := add(&bom, packages); err != nil {
		return fmt.Errorf("add the console to %s: %w", path, err)
	}
	var out strings.Builder
	if err := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).Encode(&bom); err != nil {
		return fmt.Errorf("write the bill of materials %s: %w", path, err)
	}
	return os.WriteFile(path, []byte(out.String()), 0o600)
}

func add(bom *cdx.BOM, packages []npmPackage) error {
	if bom.Metadata == nil || bom.Metadata.Component == nil || bom.Components == nil || bom.Dependencies == nil {
		return fmt.Errorf("the bill of materials names no program, no components or no dependencies")
	}
	program := bom.Metadata.Component.BOMRef
	refs := make([]string, len(packages))
	for i, p := range packages {
		refs[i] = p.purl()
		*bom.Components = append(*bom.Components, p.component())
	}
	for i := range *bom.Dependencies {
		d := &(*bom.Dependencies)[i]
		if d.Ref != program {
			continue
		}
		if d.Dependencies != nil {
			refs = append(*d.Dependencies, refs...)
		}
		d.Dependencies = &refs
		return nil
	}
	return fmt.Errorf("the bill of materials does not say what %s depends on", program)
}
