package catalog

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Limits of an archive, unpacked.
const (
	maxArchive      = 32 << 20
	maxArchiveFiles = 5000
)

// unpack reads a gzipped tar into memory. The root is the folder that holds the marker, a file
// which must be at the root of the archive or in its only folder, as "helm package" and "tar
// -C" make them.
func unpack(r io.Reader, marker string) (fs.FS, error) {
	zipped, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	var buffer bytes.Buffer
	out := zip.NewWriter(&buffer)
	root, found := "", false
	files := map[string]bool{}
	in := tar.NewReader(io.LimitReader(zipped, maxArchive+1))
	total := int64(0)
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		if header.Typeflag != tar.TypeReg {
			continue // folders come with their files; links have no place in a package
		}
		name := strings.TrimPrefix(header.Name, "./")
		if !fs.ValidPath(name) || strings.Contains(name, `\`) || files[name] {
			return nil, fmt.Errorf("unpack: %q is no path inside an archive, or there twice", header.Name)
		}
		files[name] = true
		if total += header.Size; total > maxArchive || len(files) > maxArchiveFiles {
			return nil, fmt.Errorf("unpack: more than %d bytes or %d files", maxArchive, maxArchiveFiles)
		}
		if path.Base(name) == marker && strings.Count(name, "/") <= 1 && (!found || root != ".") {
			root, found = path.Dir(name), true
		}
		if err := copyFile(out, name, in); err != nil {
			return nil, fmt.Errorf("unpack %s: %w", name, err)
		}
	}
	if !found {
		return nil, fmt.Errorf("unpack: there is no %s", marker)
	}
	if err := out.Close(); err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	tree, err := zip.NewReader(bytes.NewReader(buffer.Bytes()), int64(buffer.Len()))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return fs.Sub(tree, root)
}

func copyFile(out *zip.Writer, name string, in io.Reader) error {
	w, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, in)
	return err
}
