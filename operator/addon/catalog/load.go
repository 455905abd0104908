package catalog

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

//go:embed all:packages
var packages embed.FS

// Load returns the add-ons built into the program and those in folders of the user. A folder
// is a package itself, or holds packages as folders and archives (.tgz). A user's package goes
// before a built-in one of the same name; two of the user's with one name are an error.
func Load(folders ...string) (*Catalog, error) {
	c := &Catalog{addons: map[string]*Addon{}}
	if err := c.embedded(); err != nil {
		return nil, err
	}
	origin := map[string]string{}
	var errs []error
	for _, folder := range folders {
		paths, err := find(folder)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, path := range paths {
			addon, err := Open(path)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if other, ok := origin[addon.Name]; ok {
				errs = append(errs, fmt.Errorf("add-on package %s: %s is in %s too", path, addon.Name, other))
				continue
			}
			origin[addon.Name] = path
			c.addons[addon.Name] = addon
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c, nil
}

// embedded adds the packages of the program.
func (c *Catalog) embedded() error {
	entries, err := packages.ReadDir("packages")
	if err != nil {
		return fmt.Errorf("read the built-in add-ons: %w", err)
	}
	for _, entry := range entries {
		files, err := fs.Sub(packages, "packages/"+entry.Name())
		if err != nil {
			return fmt.Errorf("read the built-in add-on %s: %w", entry.Name(), err)
		}
		addon, err := read(files)
		if err != nil {
			return fmt.Errorf("built-in add-on %s: %w", entry.Name(), err)
		}
		c.addons[addon.Name] = addon
	}
	return nil
}

// find lists the packages in a folder.
func find(folder string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(folder, FileName)); err == nil {
		return []string{folder}, nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("look for add-on packages: %w", err)
	}
	var paths []string
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		if strings.HasPrefix(entry.Name(), ".") {
			continue // such as ..data of a mounted ConfigMap
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("look for add-on packages: %w", err)
		}
		if info.IsDir() || isArchive(path) {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

func isArchive(path string) bool {
	return strings.HasSuffix(path, ".tgz") || strings.HasSuffix(path, ".tar.gz")
}

// Open reads the package in a folder or an archive.
func Open(path string) (*Addon, error) {
	files, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("add-on package %s: %w", path, err)
	}
	addon, err := read(files)
	if err != nil {
		return nil, fmt.Errorf("add-on package %s: %w", path, err)
	}
	return addon, nil
}

func open(path string) (fs.FS, error) {
	if !isArchive(path) {
		return os.DirFS(path), nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	files, err := unpack(file, FileName)
	return files, errors.Join(err, file.Close())
}

// read reads a package.
func read(files fs.FS) (*Addon, error) {
	data, err := fs.ReadFile(files, FileName)
	if err != nil {
		return nil, err
	}
	described, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", FileName, err)
	}
	addon, err := described.build(files)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", FileName, err)
	}
	return addon, nil
}
