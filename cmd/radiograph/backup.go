package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/radiograph/radiograph/internal/untar"
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
	if files, bytes, err = untar.Unpack(resp.Body, dir); err != nil {
		return files, bytes, err
	}
	return files, bytes, flush(dir)
}

// flush makes everything below dir durable.
func flush(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}
