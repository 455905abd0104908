package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// run does what the arguments of the command say.
func run(args []string) error {
	recursive, paths, err := parse(args)
	if err != nil {
		return err
	}
	sources, target := paths[:len(paths)-1], paths[len(paths)-1]
	into, err := isDirectory(target)
	if err != nil {
		return err
	}
	if len(sources) > 1 && !into {
		return fmt.Errorf("target %s is not a directory", target)
	}
	for _, source := range sources {
		dir, err := isDirectory(source)
		if err != nil {
			return err
		}
		if dir && !recursive {
			return fmt.Errorf("%s is a directory; -r not specified", source)
		}
		to := target
		if into {
			to = filepath.Join(target, base(source))
		}
		if err := copyTree(source, to); err != nil {
			return err
		}
	}
	return nil
}

// parse reads the options and at least two paths.
func parse(args []string) (recursive bool, paths []string, err error) {
	for i, arg := range args {
		switch {
		case arg == "--":
			paths = append(paths, args[i+1:]...)
			return recursive, paths, enough(paths)
		case arg == "--recursive" || arg == "--archive":
			recursive = true
		case len(arg) > 1 && arg[0] == '-':
			if rest := strings.Trim(arg[1:], "rRa"); rest != "" {
				return false, nil, fmt.Errorf("unknown option %s", arg)
			}
			recursive = true
		default:
			paths = append(paths, arg)
		}
	}
	return recursive, paths, enough(paths)
}

func enough(paths []string) error {
	if len(paths) < 2 {
		return errors.New("usage: cp [-r] SOURCE... TARGET")
	}
	return nil
}

// base is the name under which a source appears in a target directory. That of
// "dir/." is ".", so that the contents of dir are copied and not dir itself.
func base(source string) string {
	if source == "." || strings.HasSuffix(source, "/.") {
		return "."
	}
	return filepath.Base(source)
}

// isDirectory says whether the path is a directory, or a link to one. A path that does
// not exist is none; copying it fails later with its name.
func isDirectory(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return info.IsDir(), nil
}

// copyTree copies a file, or a directory with what is in it.
func copyTree(source, target string) error {
	source = filepath.Clean(source)
	if err := checkApart(source, target); err != nil {
		return err
	}
	type made struct {
		path string
		mode fs.FileMode
	}
	var directories []made // get their permissions last: they may forbid writing
	err := filepath.WalkDir(source, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if path == source {
			// What the command names is followed when it is a link; what is below is not.
			if info, err = os.Stat(path); err != nil {
				return err
			}
		}
		to := filepath.Join(target, relative)
		switch {
		case info.IsDir():
			directories = append(directories, made{to, info.Mode().Perm()})
			return os.MkdirAll(to, 0o755) //nolint:gosec // applications of any user read it
		case info.Mode()&fs.ModeSymlink != 0:
			return copyLink(path, to)
		case info.Mode().IsRegular():
			return copyFile(path, to, info.Mode().Perm())
		default:
			return fmt.Errorf("copy %s: not a file, a directory or a link", path)
		}
	})
	if err != nil {
		return err
	}
	for _, directory := range slices.Backward(directories) {
		// A volume's root belongs to somebody else, and keeps its permissions.
		if err := os.Chmod(directory.path, directory.mode); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

// checkApart refuses a target that is the source or lies in it.
func checkApart(source, target string) error {
	from, err := filepath.Abs(source)
	if err != nil {
		return err
	}
	to, err := filepath.Abs(target)
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(from, to)
	if err == nil && filepath.IsLocal(relative) {
		return fmt.Errorf("cannot copy %s into itself, %s", source, target)
	}
	return nil
}

// copyFile copies a regular file. It replaces what was there, also what may not be
// written to.
func copyFile(source, target string, mode fs.FileMode) (err error) {
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := makeWay(target); err != nil {
		return err
	}
	out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(out, in); err != nil {
		return fmt.Errorf("copy %s: %w", source, err)
	}
	return out.Chmod(mode) // whatever the mask of the process says
}

// copyLink makes the same symbolic link.
func copyLink(source, target string) error {
	to, err := os.Readlink(source)
	if err != nil {
		return err
	}
	if err := makeWay(target); err != nil {
		return err
	}
	return os.Symlink(to, target)
}

// makeWay removes a file or link that is in the way. A directory is left, and in the way.
func makeWay(target string) error {
	info, err := os.Lstat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || info.IsDir() {
		return err
	}
	return os.Remove(target)
}
