// Sbom completes what a release says about the work of others in it.
//
//	sbom complete BOM [CONSOLE]        adds to a bill of materials what the compiler does not know: the licences of
//	                                   radiograph and of the standard library, and the packages of the console
//	sbom notices PACKAGES [CONSOLE]    prints the licences of Go packages, and of the console
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
	if len(args) != 2 && len(args) != 3 {
		return errors.New("usage: sbom complete BOM [CONSOLE] | sbom notices PACKAGES [CONSOLE]")
	}
	var packages []npmPackage
	if len(args) == 3 {
		var err error
		if packages, err = readConsole(args[2]); err != nil {
			return err
		}
	}
	switch args[0] {
	case "complete":
		return completeFile(args[1], packages)
	case "notices":
		notices, err := goNotices(args[1])
		if err != nil {
			return err
		}
		notices.addConsole(packages)
		return notices.write(os.Stdout)
	}
	return fmt.Errorf("unknown command %q", args[0])
}
