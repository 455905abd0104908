package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write makes files of a directory: contents by path. A content that begins with ->
// is a symbolic link.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for path, content := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(content, "->"); ok {
			err = os.Symlink(to, path)
		} else {
			err = os.WriteFile(path, []byte(content), 0o444)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// read is the reverse of write.
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if info.Mode()&os.ModeSymlink != 0 {
			to, err := os.Readlink(path)
			files[relative] = "->" + to
			return err
		}
		content, err := os.ReadFile(path)
		files[relative] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestCopy(t *testing.T) {
	tree := map[string]string{"a/javaagent.jar": "agent", "a/lib/x.js": "x", "a/lib/bin/y": "->../x.js"}
	for _, tc := range []struct {
		name, args string
		want       map[string]string // what is there besides tree
		err        string
	}{
		{name: "file to file", args: "a/javaagent.jar new.jar", want: map[string]string{"new.jar": "agent"}},
		{name: "file into directory", args: "a/javaagent.jar empty", want: map[string]string{"empty/javaagent.jar": "agent"}},
		{name: "two files into directory", args: "a/javaagent.jar a/lib/x.js empty", want: map[string]string{"empty/javaagent.jar": "agent", "empty/x.js": "x"}},
		{name: "contents into directory", args: "-r a/lib/. empty", want: map[string]string{"empty/x.js": "x", "empty/bin/y": "->../x.js"}},
		{name: "contents to a new directory", args: "-r a/lib/. new", want: map[string]string{"new/x.js": "x", "new/bin/y": "->../x.js"}},
		{name: "directory into directory", args: "-a a/lib empty", want: map[string]string{"empty/lib/x.js": "x", "empty/lib/bin/y": "->../x.js"}},
		{name: "link named on the command line", args: "a/lib/bin/y new", want: map[string]string{"new": "x"}},
		{name: "directory without option", args: "a empty", err: "-r not specified"},
		{name: "several files to a file", args: "a/lib/x.js a/javaagent.jar new", err: "not a directory"},
		{name: "directory into itself", args: "-r a a", err: "into itself"},
		{name: "file to itself", args: "a/javaagent.jar a/javaagent.jar", err: "into itself"},
		{name: "missing", args: "nothing empty", err: "nothing: no such file"},
		{name: "one path", args: "-r a", err: "usage"},
		{name: "unknown option", args: "-rv a empty", err: "-rv"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			write(t, dir, tree)
			if err := os.Mkdir("empty", 0o755); err != nil {
				t.Fatal(err)
			}
			want := maps.Clone(tree)
			maps.Copy(want, tc.want)
			for range 2 { // an init container may run twice
				err := run(strings.Fields(tc.args))
				if tc.err != "" {
					if err == nil || !strings.Contains(err.Error(), tc.err) {
						t.Fatalf("cp %s: error %v, want %q in it", tc.args, err, tc.err)
					}
				} else if err != nil {
					t.Fatalf("cp %s: %v", tc.args, err)
				}
			}
			if got := read(t, dir); !maps.Equal(got, want) {
				t.Errorf("cp %s left %v, want %v", tc.args, got, want)
			}
		})
	}
}

func TestCopyKeepsPermissions(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, dir, map[string]string{"bin/tool": "tool"})
	if err := os.Chmod("bin/tool", 0o555); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod("bin", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"-r", "bin", "copy"}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{"copy": 0o700, "copy/tool": 0o555} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has permissions %o, want %o", path, got, want)
		}
	}
}
