package image

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Tree returns all below a directory of this machine, at another place in the image: regular
// files, directories and symbolic links with their modes. Anything else is an error.
func Tree(dir, at string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(dir, func(source string, entry fs.DirEntry, err error) error {
		if err != nil || source == dir {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, source)
		if err != nil {
			return err
		}
		file := File{Path: path.Join(at, filepath.ToSlash(relative)), Mode: info.Mode()}
		switch info.Mode().Type() {
		case 0:
			file.Source = source
		case fs.ModeDir:
		case fs.ModeSymlink:
			if file.Link, err = os.Readlink(source); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s is neither file nor directory nor link", source)
		}
		files = append(files, file)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	return files, nil
}
