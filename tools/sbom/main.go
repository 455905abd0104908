// Sbom completes what a release says about the work of others in it.
//
//	sbom complete BOM PACKAGES [CONSOLE]    adds licences and the packages of the console to a bill of materials
//	sbom notices PACKAGES [CONSOLE]         prints the licences of Go packages, and of the console
//
// BOM is a bill of materials in CycloneDX, as cyclonedx-gomod writes it; it is rewritten.
// PACKAGES is the output of go list -deps -json=ImportPath,Dir,Standard,Module for the programs of an
// archive. CONSOLE is the licenses.json that the build of the console writes.
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
	usage := errors.New("usage: sbom complete BOM PACKAGES [CONSOLE] | sbom notices PACKAGES [CONSOLE]")
	if len(args) == 0 {
		return usage
	}
	command, bom, inputs := args[0], "", args[1:]
	if command == "complete" && len(inputs) > 0 {
		bom, inputs = inputs[0], inputs[1:]
	}
	if len(inputs) != 1 && len(inputs) != 2 {
		return usage
	}
	packages, err := readPackages(inputs[0])
	if err != nil {
		return err
	}
	var console []npmPackage
	if len(inputs) == 2 {
		if console, err = readConsole(inputs[1]); err != nil {
			return err
		}
	}
	switch command {
	case "complete":
		return completeFile(bom, modulesOf(packages), console)
	case "notices":
		notices, err := goNotices(packages)
		if err != nil {
			return err
		}
		notices.addConsole(console)
		return notices.write(os.Stdout)
	}
	return usage
}
