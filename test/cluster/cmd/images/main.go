// Command images writes container images of radiograph's programs as archives, which
// docker load and ctr images import read. It needs no Docker.
//
//	go run ./cmd/images -bin ../../bin -out ../../bin/images -version v1 [name ...]
//
// The programs are those in the directory of -bin; what auto-instrumentation copies into pods
// is in that of -prepared, which tools/prepare-instrumentation fills. In both {arch} stands for
// the architecture. images.json lists the images; without names all are written.
package main

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/radiograph/radiograph/test/cluster/image"
)

//go:embed images.json
var table []byte

// entry is an image in images.json: of one program, which is its entry point, of several
// programs, or of a prepared directory.
type entry struct {
	Name        string            `json:"name"`                  // the image is radiograph/<name>
	Binary      string            `json:"binary,omitempty"`      // the program; the name, when empty
	Programs    map[string]string `json:"programs,omitempty"`    // further programs by their paths in the image
	Entrypoint  []string          `json:"entrypoint,omitempty"`  // of Programs, then the image has no others
	Prepared    string            `json:"prepared,omitempty"`    // directory that is the image's root, with Programs
	Args        []string          `json:"args,omitempty"`        // default arguments
	Ports       []string          `json:"ports,omitempty"`       // such as 2000/udp
	Directories []string          `json:"directories,omitempty"` // that the program's user may write to
	Description string            `json:"description"`
}

type options struct {
	bin, prepared, out, version string
	architectures               []string
	skipMissing                 bool
	names                       []string
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
				_, err = fmt.Fprintf(out, "left out radiograph/%s: %v\n", e.Name, err)
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
	flags.StringVar(&o.prepared, "prepared", "bin/autoinstrumentation", "directory with what tools/prepare-instrumentation makes; {arch} as above")
	flags.StringVar(&o.out, "out", "bin/images", "directory for the archives")
	flags.StringVar(&o.version, "version", "dev", "tag of the images")
	flags.StringVar(&architectures, "arch", runtime.GOARCH, "architectures, separated by commas")
	flags.BoolVar(&o.skipMissing, "skip-missing", false, "leave out images whose parts were not built")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	o.architectures = strings.Split(architectures, ",")
	for _, dir := range []string{o.bin, o.prepared} {
		if len(o.architectures) > 1 && !strings.Contains(dir, "{arch}") {
			return options{}, fmt.Errorf("what is for %s cannot all be in %s; put {arch} into its name", architectures, dir)
		}
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

// place is a path below a directory whose name may have {arch} in it.
func place(dir, arch, name string) string {
	return filepath.Join(strings.ReplaceAll(dir, "{arch}", arch), name)
}

// write writes <out>/<name>_<arch>.tar and returns its path.
func (e entry) write(o options, arch string) (string, error) {
	img, err := e.image(o, arch)
	if err != nil {
		return "", err
	}
	path := filepath.Join(o.out, e.Name+"_"+arch+".tar")
	return path, image.Write(path, "radiograph/"+e.Name+":"+o.version, img)
}

func (e entry) image(o options, arch string) (v1.Image, error) {
	spec := image.Spec{
		Arch:       arch,
		Entrypoint: e.Entrypoint,
		Cmd:        e.Args,
		Ports:      e.Ports,
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
	for _, path := range slices.Sorted(maps.Keys(e.Programs)) {
		program := place(o.bin, arch, e.Programs[path])
		if err := image.CheckStatic(program, arch); err != nil {
			return nil, err
		}
		spec.Files = append(spec.Files, image.File{Path: path, Mode: 0o755, Source: program})
	}
	switch {
	case e.Prepared != "":
		files, err := image.Tree(place(o.prepared, arch, e.Prepared), "/")
		if err != nil {
			return nil, err
		}
		// The mark by which tools/prepare-instrumentation knows that it is up to date.
		files = slices.DeleteFunc(files, func(f image.File) bool { return f.Path == "/.made" })
		spec.Files = append(files, spec.Files...)
		return image.Build(spec)
	case e.Entrypoint != nil:
		spec.User = image.Nonroot
		return image.Build(spec)
	default:
		return image.Static(place(o.bin, arch, cmp.Or(e.Binary, e.Name)), spec)
	}
}
