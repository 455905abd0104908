// Sbom completes what a release says about the work of others in it.
//
//	sbom console BOM CONSOLE            adds the packages of npm in CONSOLE to a bill of materials
//	sbom notices PACKAGES [CONSOLE]     prints the licences of Go packages, and of the console
//
// BOM is a bill of materials in CycloneDX, as cyclonedx-gomod writes it; it is rewritten.
// PACKAGES is the output of go list -deps -json=ImportPath,Dir,Root,Standard,Module for the programs
// of an archive. CONSOLE is the licenses.json that the build of the console writes.
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "console":
		packages, err := readConsole(args[2])
		if err != nil {
			return err
		}
		return addToBOM(args[1], packages)
	case (len(args) == 2 || len(args) == 3) && args[0] == "notices":
		notices, err := goNotices(args[1])
		if err != nil {
			return err
		}
		if len(args) == 3 {
			packages, err := readConsole(args[2])
			if err != nil {
				return err
			}
			if err := notices.addConsole(packages); err != nil {
				return err
			}
		}
		return notices.write(os.Stdout)
	}
	return errors.New("usage: sbom console BOM CONSOLE | sbom notices PACKAGES [CONSOLE]")
}
