package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/server"
)

// backup writes a copy of the service's store to the new directory dir.
func (e *endpoint) backup(ctx context.Context, dir string) (files int, bytes int64, err error) {
	if err := os.Mkdir(dir, 0o700); errors.Is(err, fs.ErrExist) {
		return 0, 0, problem.New(problem.Exists, "%s exists", dir)
	} else if err != nil {
		return 0, 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(e.url, "/")+server.BackupPath, nil)
	if err != nil {
		return 0, 0, problem.New(problem.Invalid, "endpoint: %v", err)
	}
	req.Header.Set(server.BackupHeader, "1")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, 0, e.classify(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10)) // an explanation, if it arrives
		return 0, 0, problem.New(problem.Unavailable, "%s: %s", resp.Status, strings.TrimSpace(string(text)))
	}
	return unpack(resp.Body, dir)
}

// unpack writes the regular files of an archive below dir, which it cannot leave.
func unpack(archive io.Reader, dir string) (files int, bytes int64, err error) {
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
		n, err := unpackFile(root, filepath.FromSlash(h.Name), r)
		if err != nil {
			return files, bytes, fmt.Errorf("write %s: %w", h.Name, err)
		}
		files, bytes = files+1, bytes+n
	}
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
	if n, err = io.Copy(f, content); err != nil {
		return n, err
	}
	return n, f.Sync()
}
