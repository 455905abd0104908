package untar

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Unpack writes the regular files of an archive below dir, which must exist, and
// returns how many and how large they are, also with an error. It skips everything
// else, refuses names that lead out of dir, and leaves it to the caller to make the
// files durable.
func Unpack(archive io.Reader, dir string) (files int, bytes int64, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, bytes, nil
		}
		if err != nil {
			return files, bytes, fmt.Errorf("read archive: %w", err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if sparse(h) {
			return files, bytes, fmt.Errorf("%s is written with holes, which it must not be", h.Name)
		}
		n, err := unpackFile(root, filepath.FromSlash(h.Name), r)
		if err != nil {
			return files, bytes, fmt.Errorf("write %s: %w", h.Name, err)
		}
		files, bytes = files+1, bytes+n
	}
}

// sparse reports whether a file would be larger than its part of the archive.
func sparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

func unpackFile(root *os.Root, name string, content io.Reader) (n int64, err error) {
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return 0, err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.Copy(f, content)
}
