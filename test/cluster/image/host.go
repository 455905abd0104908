package image

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// maxLinks is how many symbolic links a path may lead through, as in the kernel.
const maxLinks = 40

// errNotProgram says that a file is not in the format of programs and libraries.
var errNotProgram = errors.New("not an ELF file")

// program is what an ELF file says about where it runs and what it loads.
type program struct {
	arch        string
	interpreter string   // the dynamic loader; empty when static
	needed      []string // names of shared libraries
	runPath     []string // directories to look in first, with $ORIGIN
}

func readProgram(path string) (program, error) {
	file, err := os.Open(path)
	if err != nil {
		return program{}, err
	}
	defer func() { _ = file.Close() }() // only read
	magic := make([]byte, len(elf.ELFMAG))
	if _, err := io.ReadFull(file, magic); err != nil || string(magic) != elf.ELFMAG {
		return program{}, errNotProgram
	}
	return parseProgram(file)
}

// parseProgram reads an ELF file. Anything that is not one is an error.
func parseProgram(r io.ReaderAt) (program, error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return program{}, err
	}
	p := program{arch: architecture(f.Machine)}
	for _, segment := range f.Progs {
		if segment.Type != elf.PT_INTERP {
			continue
		}
		name, err := io.ReadAll(io.LimitReader(segment.Open(), 4096))
		if err != nil {
			return program{}, fmt.Errorf("interpreter: %w", err)
		}
		p.interpreter = strings.TrimRight(string(name), "\x00")
	}
	if p.needed, err = f.ImportedLibraries(); err != nil {
		return program{}, fmt.Errorf("libraries: %w", err)
	}
	for _, tag := range []elf.DynTag{elf.DT_RUNPATH, elf.DT_RPATH} {
		paths, err := f.DynString(tag)
		if err != nil {
			return program{}, fmt.Errorf("%s: %w", tag, err)
		}
		for _, list := range paths {
			p.runPath = append(p.runPath, strings.Split(list, ":")...)
		}
	}
	return p, nil
}

func architecture(m elf.Machine) string {
	switch m {
	case elf.EM_X86_64:
		return "amd64"
	case elf.EM_AARCH64:
		return "arm64"
	default:
		return m.String()
	}
}

// hostWalk collects files of this machine.
type hostWalk struct {
	files     map[string]File
	libraries map[string]string // where the dynamic loader finds a library, by its name
}

func hostFiles(paths []string) ([]File, error) {
	libraries, err := loaderCache()
	if err != nil {
		return nil, err
	}
	w := &hostWalk{files: map[string]File{}, libraries: libraries}
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			return nil, fmt.Errorf("path %q is not absolute", path)
		}
		if err := w.add(filepath.Clean(path)); err != nil {
			return nil, err
		}
	}
	files := make([]File, 0, len(w.files))
	for _, f := range w.files {
		files = append(files, f)
	}
	return files, nil
}

// loaderCache asks the dynamic loader's cache where libraries are. The first of a name
// is the one that is loaded.
func loaderCache() (map[string]string, error) {
	out, err := exec.Command("/sbin/ldconfig", "-p").Output()
	if err != nil {
		return nil, fmt.Errorf("ask ldconfig for libraries: %w", err)
	}
	return parseLoaderCache(string(out)), nil
}

// parseLoaderCache reads lines such as
//
//	libz.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libz.so.1
func parseLoaderCache(text string) map[string]string {
	libraries := map[string]string{}
	for line := range strings.Lines(text) {
		left, path, found := strings.Cut(strings.TrimSpace(line), " => ")
		name, _, _ := strings.Cut(left, " ")
		if _, known := libraries[name]; found && !known && filepath.IsAbs(path) {
			libraries[name] = path
		}
	}
	return libraries
}

// add adds what is at the path: a file, or a directory with all below it.
func (w *hostWalk) add(path string) error {
	resolved, err := w.resolve(path)
	if err != nil {
		return err
	}
	return filepath.WalkDir(resolved, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch entry.Type() {
		case fs.ModeDir:
			return w.put(name)
		case fs.ModeSymlink:
			return w.addLink(name)
		case 0:
			return w.addFile(name)
		default:
			return nil // sockets and devices have no place in an image
		}
	})
}

// addLink adds a link that was found in a tree. Where it leads to nothing it is kept as
// it is: packages ship such links.
func (w *hostWalk) addLink(path string) error {
	if _, seen := w.files[path]; seen {
		return nil
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return w.put(path)
	}
	return w.add(path)
}

// resolve follows the symbolic links of a path, adds them, and returns where they lead.
func (w *hostWalk) resolve(path string) (string, error) {
	for range maxLinks {
		link, err := firstLink(path)
		if err != nil {
			return "", err
		}
		if link == "" {
			return path, nil
		}
		if err := w.put(link); err != nil {
			return "", err
		}
		target := w.files[link].Link
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(link), target)
		}
		path = filepath.Join(target, strings.TrimPrefix(path, link))
	}
	return "", fmt.Errorf("%s leads through more than %d symbolic links", path, maxLinks)
}

// firstLink returns the shortest beginning of the path that is a symbolic link, or "".
func firstLink(path string) (string, error) {
	for end := 1; end <= len(path); end++ {
		if end < len(path) && path[end] != '/' {
			continue
		}
		info, err := os.Lstat(path[:end])
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return path[:end], nil
		}
	}
	return "", nil
}

func (w *hostWalk) addFile(path string) error {
	if _, seen := w.files[path]; seen {
		return nil
	}
	if err := w.put(path); err != nil {
		return err
	}
	p, err := readProgram(path)
	if errors.Is(err, errNotProgram) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if p.interpreter != "" {
		if err := w.add(p.interpreter); err != nil {
			return fmt.Errorf("loader of %s: %w", path, err)
		}
	}
	for _, name := range p.needed {
		library := w.library(path, name, p.runPath)
		if library == "" {
			// A library may have been loaded already, under another path, by the program
			// that loads this one: plug-ins rely on it.
			continue
		}
		if err := w.add(library); err != nil {
			return fmt.Errorf("library %s of %s: %w", name, path, err)
		}
	}
	return nil
}

// library finds a library as the dynamic loader does: in the directories that the
// program names, then in the loader's cache.
func (w *hostWalk) library(program, name string, runPath []string) string {
	for _, dir := range runPath {
		dir = strings.NewReplacer("$ORIGIN", filepath.Dir(program), "${ORIGIN}", filepath.Dir(program)).Replace(dir)
		candidate := filepath.Join(dir, name)
		if info, err := os.Stat(candidate); err == nil && info.Mode().IsRegular() && filepath.IsAbs(candidate) {
			return candidate
		}
	}
	return w.libraries[name]
}

// put adds the entry at the path itself, with its mode and owner.
func (w *hostWalk) put(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	f := File{Path: path, Mode: info.Mode()}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		f.UID, f.GID = int(stat.Uid), int(stat.Gid)
	}
	switch info.Mode().Type() {
	case fs.ModeSymlink:
		if f.Link, err = os.Readlink(path); err != nil {
			return err
		}
	case 0:
		f.Source = path
	}
	if path != "/" {
		w.files[path] = f
	}
	return nil
}
