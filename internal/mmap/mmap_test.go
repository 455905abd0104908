package mmap_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/radiograph/radiograph/internal/mmap"
)

func TestOpen(t *testing.T) {
	for name, content := range map[string][]byte{"empty": {}, "small": []byte("abc"), "many pages": bytes.Repeat([]byte("x"), 100_000)} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := mmap.Open(path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(f.Bytes(), content) {
			t.Errorf("%s: got %d bytes, want %d", name, len(f.Bytes()), len(content))
		}
		if err := f.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
	}
}

func TestOpenMissing(t *testing.T) {
	if _, err := mmap.Open(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) {
		t.Errorf("got %v, want that the file does not exist", err)
	}
}
