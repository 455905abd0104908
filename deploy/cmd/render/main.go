// Command render writes the manifests of the charts, with default values, to the directory
// kustomize. Run it in the module's directory, or with go generate.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/radiograph/radiograph/deploy"
)

func main() {
	if err := run("kustomize"); err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		os.Exit(1)
	}
}

// run writes one file for each installation.
func run(dir string) error {
	for name, install := range deploy.Installations() {
		text, err := install.Manifest()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name, name+".yaml"), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
