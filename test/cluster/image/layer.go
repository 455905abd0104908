package image

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// archive is the sorted content of a layer.
type archive []File

// layout checks the files, lets later ones replace earlier ones of the same path, adds
// the directories above them and sorts all, so that a directory comes before what it
// holds.
func layout(files []File) (archive, error) {
	byPath := map[string]File{}
	for _, f := range files {
		if !path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path || f.Path == "/" {
			return nil, fmt.Errorf("file %q: the path is not absolute and clean", f.Path)
		}
		switch f.Mode.Type() {
		case 0, fs.ModeDir:
		case fs.ModeSymlink:
			if f.Link == "" {
				return nil, fmt.Errorf("file %s: the symbolic link has no target", f.Path)
			}
		default:
			return nil, fmt.Errorf("file %s: its kind (%s) is not a file, directory or symbolic link", f.Path, f.Mode.Type())
		}
		byPath[f.Path] = f
	}
	for _, name := range slices.Collect(maps.Keys(byPath)) {
		for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
			above, ok := byPath[dir]
			if !ok {
				byPath[dir] = File{Path: dir, Mode: fs.ModeDir | 0o755}
			} else if !above.Mode.IsDir() {
				return nil, fmt.Errorf("file %s: %s above it is not a directory", name, dir)
			}
		}
	}
	return slices.SortedFunc(maps.Values(byPath), func(a, b File) int { return strings.Compare(a.Path, b.Path) }), nil
}

// open returns the layer as a tar stream, made while it is read.
func (a archive) open() (io.ReadCloser, error) {
	reader, writer := io.Pipe()
	go func() {
		// The reader gets the error; a reader that leaves early ends the writer.
		_ = writer.CloseWithError(a.write(writer))
	}()
	return reader, nil
}

func (a archive) write(w io.Writer) error {
	t := tar.NewWriter(w)
	for _, f := range a {
		if err := f.write(t); err != nil {
			return fmt.Errorf("layer: %s: %w", f.Path, err)
		}
	}
	return t.Close()
}

func (f File) write(t *tar.Writer) error {
	header := &tar.Header{
		Name:    strings.TrimPrefix(f.Path, "/"),
		Mode:    tarMode(f.Mode),
		Uid:     f.UID,
		Gid:     f.GID,
		ModTime: epoch,
		Format:  tar.FormatPAX,
	}
	switch {
	case f.Mode.IsDir():
		header.Typeflag = tar.TypeDir
		header.Name += "/"
	case f.Mode&fs.ModeSymlink != 0:
		header.Typeflag = tar.TypeSymlink
		header.Linkname = f.Link
	default:
		return f.writeContent(t, header)
	}
	return t.WriteHeader(header)
}

func (f File) writeContent(t *tar.Writer, header *tar.Header) error {
	header.Typeflag = tar.TypeReg
	var content io.Reader = bytes.NewReader(f.Content)
	header.Size = int64(len(f.Content))
	if f.Source != "" {
		source, err := os.Open(f.Source)
		if err != nil {
			return err
		}
		defer func() { _ = source.Close() }() // only read
		info, err := source.Stat()
		if err != nil {
			return err
		}
		content, header.Size = source, info.Size()
	}
	if err := t.WriteHeader(header); err != nil {
		return err
	}
	_, err := io.Copy(t, content)
	return err
}

// tarMode are the permission bits with those for set-user, set-group and sticky.
func tarMode(mode fs.FileMode) int64 {
	bits := int64(mode.Perm())
	for flag, bit := range map[fs.FileMode]int64{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if mode&flag != 0 {
			bits |= bit
		}
	}
	return bits
}
