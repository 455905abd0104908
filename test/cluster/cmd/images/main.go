// Command images writes container images of radiograph's programs as archives, which
// docker load and ctr images import read. It needs no Docker.
//
//	go run ./cmd/images -bin ../../bin -out ../../bin/images -version v1 [name ...]
//
// The programs are those in the directory of -bin, in which {arch} stands for the
// architecture. images.json lists the images; without names all are written.
package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/test/cluster/image"
)

//go:embed images.json
var table []byte

// entry is a line of images.json.
type entry struct {
	Name        string   `json:"name"`                  // the image is radiograph/<name>
	Binary      string   `json:"binary,omitempty"`      // the name, when empty
	Args        []string `json:"args,omitempty"`        // default arguments
	Ports       []string `json:"ports,omitempty"`       // such as 2000/udp
	Directories []string `json:"directories,omitempty"` // that the program's user may write to
	Description string   `json:"description"`
}

type options struct {
	bin, out, version string
	architectures     []string
	skipMissing       bool
	names             []string
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "images:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	entries, err := entries(table, o.names)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.out, 0o750); err != nil {
		return err
	}
	for _, arch := range o.architectures {
		for _, e := range entries {
			path, err := e.write(o, arch)
			switch {
			case o.skipMissing && errors.Is(err, fs.ErrNotExist):
				_, err = fmt.Fprintf(out, "left out radiograph/%s: there is no %s\n", e.Name, e.binary(o.bin, arch))
			case err != nil:
				err = fmt.Errorf("%s: %w", e.Name, err)
			default:
				_, err = fmt.Fprintf(out, "wrote radiograph/%s:%s to %s\n", e.Name, o.version, path)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func parse(args []string) (options, error) {
	var o options
	var architectures string
	flags := flag.NewFlagSet("images", flag.ContinueOnError)
	flags.StringVar(&o.bin, "bin", "bin", "directory with the programs; {arch} stands for the architecture")
	flags.StringVar(&o.out, "out", "bin/images", "directory for the archives")
	flags.StringVar(&o.version, "version", "dev", "tag of the images")
	flags.StringVar(&architectures, "arch", runtime.GOARCH, "architectures, separated by commas")
	flags.BoolVar(&o.skipMissing, "skip-missing", false, "leave out images whose program was not built")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	o.architectures = strings.Split(architectures, ",")
	if len(o.architectures) > 1 && !strings.Contains(o.bin, "{arch}") {
		return options{}, fmt.Errorf("programs for %s cannot all be in %s; put {arch} into its name", architectures, o.bin)
	}
	o.names = flags.Args()
	return o, nil
}

// entries returns those of the table with the names, or all when there are none.
func entries(table []byte, names []string) ([]entry, error) {
	var all []entry
	if err := json.Unmarshal(table, &all); err != nil {
		return nil, fmt.Errorf("read the list of images: %w", err)
	}
	if len(names) == 0 {
		return all, nil
	}
	var chosen []entry
	for _, name := range names {
		at := slices.IndexFunc(all, func(e entry) bool { return e.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("there is no image %q", name)
		}
		chosen = append(chosen, all[at])
	}
	return chosen, nil
}

func (e entry) binary(bin, arch string) string {
	name := e.Binary
	if name == "" {
		name = e.Name
	}
	return filepath.Join(strings.ReplaceAll(bin, "{arch}", arch), name)
}

// write writes <out>/<name>_<arch>.tar and returns its path.
func (e entry) write(o options, arch string) (string, error) {
	spec := image.Spec{
		Arch:  arch,
		Cmd:   e.Args,
		Ports: e.Ports,
		Labels: map[string]string{
			"org.opencontainers.image.title":       e.Name,
			"org.opencontainers.image.description": e.Description,
			"org.opencontainers.image.version":     o.version,
			"org.opencontainers.image.licenses":    "Apache-2.0",
		},
	}
	for _, dir := range e.Directories {
		spec.Files = append(spec.Files, image.File{Path: dir, Mode: fs.ModeDir | 0o755, UID: image.NonrootID, GID: image.NonrootID})
	}
	img, err := image.Static(e.binary(o.bin, arch), spec)
	if err != nil {
		return "", err
	}
	path := filepath.Join(o.out, e.Name+"_"+arch+".tar")
	return path, image.Write(path, "radiograph/"+e.Name+":"+o.version, img)
}
