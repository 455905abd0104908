package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/radiograph/radiograph/internal/atomicfile"
	"github.com/radiograph/radiograph/problem"
)

// Open reads the key file at path. When there is none and create is set, it makes
// one with a random key that only the user of this process can read.
func Open(path string, create bool) (*Ring, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && create {
		text, err = makeFile(path)
	}
	if err != nil {
		return nil, &problem.Error{
			Kind: problem.Unavailable, Message: "master key file", Err: err,
			Hint: "restore it from a backup: what was sealed with it cannot be read without it",
		}
	}
	r, err := Parse(text)
	if err != nil {
		return nil, &problem.Error{Kind: problem.Invalid, Message: "master key file " + path, Err: err}
	}
	return r, nil
}

// makeFile writes a new key file, unless another process does so first. The file
// appears whole and durable or not at all.
func makeFile(path string) ([]byte, error) {
	text := generate()
	f, err := os.CreateTemp(filepath.Dir(path), ".master-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name()) // the link has taken its place
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("write master key: %w", err)
	}
	if err := os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return os.ReadFile(path)
	} else if err != nil {
		return nil, fmt.Errorf("write master key: %w", err)
	}
	return text, atomicfile.SyncDir(filepath.Dir(path))
}
