package image

import (
	"compress/gzip"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Nonroot is the user that [Static] images run as, by number so that Kubernetes can see
// that it is not root.
const Nonroot = "65532:65532"

// NonrootID is the number of that user and of its group.
const NonrootID = 65532

// epoch is the time of everything in an image.
var epoch = time.Unix(0, 0).UTC()

// Spec says what is in an image and how its program starts. The zero value is an image
// of the base files alone, see [Base].
type Spec struct {
	Arch       string // GOARCH; the machine's when empty
	Files      []File // later ones replace earlier ones of the same path, and base files
	Entrypoint []string
	Cmd        []string
	User       string // UID or UID:GID; root when empty
	WorkingDir string
	Env        []string // KEY=value
	Labels     map[string]string
	Ports      []string // such as 2000/udp; told to readers, opens nothing
}

// File is an entry of an image's only layer. Its kind is that of Mode: a regular file, a
// directory (fs.ModeDir) or a symbolic link (fs.ModeSymlink).
type File struct {
	Path     string // absolute, slash-separated
	Mode     fs.FileMode
	Content  []byte // of a regular file, unless Source is set
	Source   string // file of this machine with the content; it must not change until the image is written
	Link     string // target of a symbolic link
	UID, GID int
}

// Base returns the files that every image has: users root and nonroot, a directory for
// temporary files, and the order in which names are looked up.
func Base() []File {
	return []File{
		{Path: "/etc/passwd", Mode: 0o644, Content: []byte("root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n")},
		{Path: "/etc/group", Mode: 0o644, Content: []byte("root:x:0:\nnonroot:x:65532:\n")},
		{Path: "/etc/nsswitch.conf", Mode: 0o644, Content: []byte("passwd: files\ngroup: files\nhosts: files dns\n")},
		{Path: "/home/nonroot", Mode: fs.ModeDir | 0o700, UID: NonrootID, GID: NonrootID},
		{Path: "/root", Mode: fs.ModeDir | 0o700},
		{Path: "/tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777},
	}
}

// Build makes the image. Sources are read when the image is, which is several times.
func Build(spec Spec) (v1.Image, error) {
	files, err := layout(append(Base(), spec.Files...))
	if err != nil {
		return nil, fmt.Errorf("build image: %w", err)
	}
	// Archives are made and read on one machine, where packing costs more than it saves.
	layer, err := tarball.LayerFromOpener(files.open, tarball.WithCompressionLevel(gzip.NoCompression))
	if err != nil {
		return nil, fmt.Errorf("build image: %w", err)
	}
	image, err := mutate.Append(empty.Image, mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: v1.Time{Time: epoch}, CreatedBy: "radiograph"},
	})
	if err != nil {
		return nil, fmt.Errorf("build image: %w", err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("build image: %w", err)
	}
	config = config.DeepCopy()
	config.OS = "linux"
	config.Architecture = spec.arch()
	config.Created = v1.Time{Time: epoch}
	config.Config = v1.Config{
		Entrypoint: spec.Entrypoint,
		Cmd:        spec.Cmd,
		User:       spec.User,
		WorkingDir: spec.WorkingDir,
		Env:        spec.environment(),
		Labels:     maps.Clone(spec.Labels),
	}
	if len(spec.Ports) > 0 {
		config.Config.ExposedPorts = map[string]struct{}{}
		for _, port := range spec.Ports {
			config.Config.ExposedPorts[port] = struct{}{}
		}
	}
	image, err = mutate.ConfigFile(image, config)
	if err != nil {
		return nil, fmt.Errorf("build image: %w", err)
	}
	return image, nil
}

func (s Spec) arch() string {
	if s.Arch == "" {
		return runtime.GOARCH
	}
	return s.Arch
}

// environment is Env with a PATH, unless it has one.
func (s Spec) environment() []string {
	const path = "PATH="
	if slices.ContainsFunc(s.Env, func(e string) bool { return strings.HasPrefix(e, path) }) {
		return s.Env
	}
	return append([]string{path + "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, s.Env...)
}

// Static makes an image of one program that needs no libraries, such as one of Go built
// with CGO_ENABLED=0. It becomes /usr/bin/<name of the file>, and the entry point and the
// user (nonroot) unless the specification has them. It is refused when it is not a
// program for the image's architecture or needs libraries.
func Static(binary string, spec Spec) (v1.Image, error) {
	if err := CheckStatic(binary, spec.arch()); err != nil {
		return nil, err
	}
	path := "/usr/bin/" + filepath.Base(binary)
	spec.Files = append(slices.Clone(spec.Files), File{Path: path, Mode: 0o755, Source: binary})
	if spec.Entrypoint == nil {
		spec.Entrypoint = []string{path}
	}
	if spec.User == "" {
		spec.User = Nonroot
	}
	return Build(spec)
}

// CheckStatic returns an error unless a file is a program for an architecture that needs no
// libraries, such as one of Go built with CGO_ENABLED=0.
func CheckStatic(binary, arch string) error {
	p, err := readProgram(binary)
	if err != nil {
		return fmt.Errorf("image of %s: %w", binary, err)
	}
	if p.arch != arch {
		return fmt.Errorf("image of %s: the program is for %s, the image for %s", binary, p.arch, arch)
	}
	if p.interpreter != "" || len(p.needed) > 0 {
		return fmt.Errorf("image of %s: the program needs shared libraries (%s); build it with CGO_ENABLED=0", binary, strings.Join(append(p.needed, p.interpreter), ", "))
	}
	return nil
}

// FromHost makes an image of files and directories of this machine, each at its own path.
// Symbolic links on the way are kept and followed. Every program and library among them
// brings the shared libraries that it names; one that is loaded by name at run time must
// be among the paths.
func FromHost(paths []string, spec Spec) (v1.Image, error) {
	if spec.arch() != runtime.GOARCH {
		return nil, fmt.Errorf("image of this machine's files: they are for %s, the image for %s", runtime.GOARCH, spec.arch())
	}
	files, err := hostFiles(paths)
	if err != nil {
		return nil, fmt.Errorf("image of this machine's files: %w", err)
	}
	spec.Files = append(files, spec.Files...)
	return Build(spec)
}

// Write writes the image as an archive that has it under the reference, such as
// radiograph/radiograph:v1. A reader sees no half-written file.
func Write(path, reference string, image v1.Image) error {
	tag, err := name.NewTag(reference)
	if err != nil {
		return fmt.Errorf("write image: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write image %s: %w", reference, err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // after the rename there is none
	if err := tarball.Write(tag, image, f); err != nil {
		_ = f.Close()
		return fmt.Errorf("write image %s: %w", reference, err)
	}
	if err := f.Chmod(0o644); err != nil {
		_ = f.Close()
		return fmt.Errorf("write image %s: %w", reference, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write image %s: %w", reference, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write image %s: %w", reference, err)
	}
	return nil
}
