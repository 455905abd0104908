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
	data, err := os.ReadFile(filepath.Clean(path)) //nolint:gosec // what the arguments name
	if err != nil {
		return nil, fmt.Errorf("read the console's packages: %w", err)
	}
	var packages []npmPackage
	if err := json.Unmarshal(data, &packages); err != nil {
		return nil, fmt.Errorf("read the console's packages in %s: %w", path, err)
	}
	if len(packages) == 0 {
		return nil, fmt.Errorf("read the console's packages in %s: there are none", path)
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
	c.Licenses = licensed(p.Identifier)
	return c
}
