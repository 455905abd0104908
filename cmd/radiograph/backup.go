package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
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
		return 0, 0, &problem.Error{Kind: problem.Invalid, Message: "the directory of the copy", Err: err, Hint: "name a new directory in one that can be written"}
	}
	defer func() {
		if err != nil {
			err = incomplete(err, dir, files)
		}
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(e.url, "/")+server.BackupPath, nil)
	if err != nil {
		return 0, 0, problem.New(problem.Invalid, "endpoint: %v", err)
	}
	req.Header.Set(server.BackupHeader, "1")
	if err := e.sign(req); err != nil {
		return 0, 0, err
	}
	transport, err := e.transport()
	if err != nil {
		return 0, 0, err
	}
	client := http.Client{Transport: transport}
	resp, err := client.Do(req)
	if err != nil {
		return 0, 0, e.classify(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10)) // an explanation, if it arrives
		kind := problem.Unavailable
		if resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden {
			kind = problem.Denied
		}
		return 0, 0, problem.New(kind, "%s: %s", resp.Status, strings.TrimSpace(string(text)))
	}
	if files, bytes, err = untar.Unpack(resp.Body, dir); err != nil {
		return files, bytes, err
	}
	return files, bytes, flush(dir)
}

// incomplete says what is left of a backup that failed: nothing, if nothing arrived.
func incomplete(err error, dir string, files int) error {
	if files == 0 && os.Remove(dir) == nil {
		return err
	}
	return errors.Join(err, fmt.Errorf("the copy in %s is not complete", dir))
}

// flush makes everything below dir durable.
func flush(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	err = fs.WalkDir(root.FS(), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		f, err := root.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
	return errors.Join(err, root.Close())
}
