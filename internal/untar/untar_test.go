package untar

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// archive returns a tar archive of the given entries.
func archive(tb testing.TB, entries ...tar.Header) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		content := bytes.Repeat([]byte("x"), int(h.Size))
		if err := w.WriteHeader(&h); err != nil {
			tb.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func file(name string, size int64) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600}
}

// sizes counts the regular files below dir and their bytes, and fails the test for
// anything that is neither a file nor a directory.
func sizes(tb testing.TB, dir string) (files int, bytes int64) {
	tb.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			tb.Errorf("%s is %v", path, info.Mode())
		}
		files, bytes = files+1, bytes+info.Size()
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return files, bytes
}

func TestUnpackStaysInside(t *testing.T) {
	for _, tc := range []struct {
		name    string
		entries []tar.Header
		fails   bool
	}{
		{"files and directories", []tar.Header{{Typeflag: tar.TypeDir, Name: "a/", Mode: 0o700}, file("a/b/c", 3), file("d", 0)}, false},
		{"out of the directory", []tar.Header{file("../evil", 3)}, true},
		{"out of the directory and back", []tar.Header{file("a/../../dir/evil", 3)}, true},
		{"absolute", []tar.Header{file("/evil", 3)}, true},
		{"the same twice", []tar.Header{file("a", 3), file("a", 3)}, true},
		{"through a link", []tar.Header{{Typeflag: tar.TypeSymlink, Name: "a", Linkname: ".."}, file("a/b", 3)}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			above := t.TempDir()
			dir := filepath.Join(above, "dir")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			_, _, err := Unpack(bytes.NewReader(archive(t, tc.entries...)), dir)
			if (err != nil) != tc.fails {
				t.Errorf("Unpack: %v, want an error: %v", err, tc.fails)
			}
			inside, _ := sizes(t, dir)
			if all, _ := sizes(t, above); all != inside {
				t.Errorf("%d files were written, %d of them inside", all, inside)
			}
		})
	}
}

// FuzzUnpack feeds archives of a service that cannot be trusted: whatever they hold,
// what is written is counted and lies inside of the directory.
func FuzzUnpack(f *testing.F) {
	f.Add(archive(f, file("000000000000/us-east-1/wal/1", 700), file("000000000000/us-east-1/state", 3)))
	f.Add(archive(f, file("../evil", 3)))
	f.Add(archive(f, tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "/"}, file("a/b", 3)))
	f.Add(archive(f, file("a", 10), file("a/b", 10)))
	f.Add([]byte("no archive"))
	f.Fuzz(func(t *testing.T, b []byte) {
		above := t.TempDir()
		dir := filepath.Join(above, "dir")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		files, size, err := Unpack(bytes.NewReader(b), dir)
		allFiles, allSize := sizes(t, above)
		inFiles, inSize := sizes(t, dir)
		if allFiles != inFiles || allSize != inSize {
			t.Errorf("%d files were written, %d of them inside", allFiles, inFiles)
		}
		if err == nil && (files != inFiles || size != inSize) {
			t.Errorf("Unpack reports %d files of %d bytes, but there are %d of %d", files, size, inFiles, inSize)
		}
		if inSize > int64(len(b)) {
			t.Errorf("%d bytes were written from an archive of %d", inSize, len(b))
		}
	})
}
