package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// completeFile completes the bill of materials in the file.
func completeFile(path string, packages []npmPackage) error {
	data, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return fmt.Errorf("read the bill of materials: %w", err)
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(data), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return fmt.Errorf("read the bill of materials %s: %w", path, err)
	}
	if err := complete(&bom, packages); err != nil {
		return fmt.Errorf("complete the bill of materials %s: %w", path, err)
	}
	var out bytes.Buffer
	if err := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).Encode(&bom); err != nil {
		return fmt.Errorf("write the bill of materials %s: %w", path, err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the bill of materials: %w", err)
	}
	return nil
}

// complete adds licences that cannot be found in the module cache, and the packages of npm: as
// components that the program depends on. What those depend on themselves is in the bill,
// but the bill does not say so. A component whose licence is not known is an error.
func complete(bom *cdx.BOM, packages []npmPackage) error {
	if bom.Metadata == nil || bom.Metadata.Component == nil || bom.Components == nil || bom.Dependencies == nil {
		return errors.New("it names no program, no components or no dependencies")
	}
	forgetBuilder(bom.Metadata)
	license(bom.Metadata.Component)
	for i := range *bom.Components {
		license(&(*bom.Components)[i])
	}
	for _, p := range packages {
		*bom.Components = append(*bom.Components, p.component())
	}
	if err := dependOn(bom, packages); err != nil {
		return err
	}
	var without []string
	for _, c := range *bom.Components {
		if c.Licenses == nil || len(*c.Licenses) == 0 {
			without = append(without, c.Name+" "+c.Version)
		}
	}
	if len(without) > 0 {
		return fmt.Errorf("no licence is known of: %s", strings.Join(without, ", "))
	}
	return nil
}

// forgetBuilder removes the hashes of the program that made the bill: they depend on the machine that it
// ran on, and the bill must not.
func forgetBuilder(m *cdx.Metadata) {
	if m.Tools == nil || m.Tools.Tools == nil { //nolint:staticcheck // cyclonedx-gomod writes this older form
		return
	}
	tools := *m.Tools.Tools //nolint:staticcheck // as above
	for i := range tools {
		tools[i].Hashes = nil
	}
}

// license says under which terms a component is, if it is ours or the standard library.
func license(c *cdx.Component) {
	switch {
	case c.Name == own || strings.HasPrefix(c.Name, own+"/"):
		c.Licenses = licensed("Apache-2.0")
	case c.Name == "std":
		c.Licenses = licensed("BSD-3-Clause")
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
