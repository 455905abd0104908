package image

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// content returns the entries of an image's file system by path.
func content(t *testing.T, img v1.Image) map[string]*tar.Header {
	t.Helper()
	reader := mutate.Extract(img)
	defer func() { _ = reader.Close() }()
	entries := map[string]*tar.Header{}
	for archive := tar.NewReader(reader); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		entries["/"+strings.TrimSuffix(header.Name, "/")] = header
	}
}

func TestBuild(t *testing.T) {
	source := filepath.Join(t.TempDir(), "source")
	if err := os.WriteFile(source, []byte("from a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	spec := Spec{
		Arch: "arm64",
		Files: []File{
			{Path: "/etc/passwd", Mode: 0o640, Content: []byte("ours")},
			{Path: "/opt/app/data", Mode: fs.ModeDir | fs.ModeSticky | 0o777, UID: 7, GID: 8},
			{Path: "/opt/app/file", Mode: 0o755 | fs.ModeSetuid, Source: source},
			{Path: "/opt/link", Mode: fs.ModeSymlink | 0o777, Link: "app/file"},
		},
		Entrypoint: []string{"/opt/app/file"},
		Env:        []string{"A=b"},
		Labels:     map[string]string{"k": "v"},
		Ports:      []string{"2000/udp"},
	}
	img, err := Build(spec)
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Architecture != "arm64" || config.Config.Labels["k"] != "v" || !slices.Contains(config.Config.Env, "A=b") {
		t.Errorf("config is %+v", config)
	}
	if _, ok := config.Config.ExposedPorts["2000/udp"]; !ok {
		t.Errorf("ports are %v", config.Config.ExposedPorts)
	}
	entries := content(t, img)
	for path, want := range map[string]tar.Header{
		"/etc/passwd":   {Mode: 0o640, Size: 4, Typeflag: tar.TypeReg},
		"/opt":          {Mode: 0o755, Typeflag: tar.TypeDir},
		"/opt/app/data": {Mode: 0o1777, Typeflag: tar.TypeDir, Uid: 7, Gid: 8},
		"/opt/app/file": {Mode: 0o4755, Size: 11, Typeflag: tar.TypeReg},
		"/opt/link":     {Mode: 0o777, Typeflag: tar.TypeSymlink, Linkname: "app/file"},
		"/tmp":          {Mode: 0o1777, Typeflag: tar.TypeDir},
	} {
		got := entries[path]
		if got == nil {
			t.Errorf("%s is missing", path)
			continue
		}
		if got.Mode != want.Mode || got.Size != want.Size || got.Typeflag != want.Typeflag || got.Uid != want.Uid || got.Gid != want.Gid || got.Linkname != want.Linkname {
			t.Errorf("%s is %+v, want %+v", path, got, want)
		}
		if !got.ModTime.Equal(epoch) {
			t.Errorf("%s has time %s", path, got.ModTime)
		}
	}
}

func TestBuildIsReproducible(t *testing.T) {
	files := []File{{Path: "/b", Mode: 0o644}, {Path: "/a/c", Mode: 0o644, Content: []byte("x")}}
	first, err := Build(Spec{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(files)
	second, err := Build(Spec{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	a, errA := first.Digest()
	b, errB := second.Digest()
	if err := errors.Join(errA, errB); err != nil || a != b {
		t.Errorf("digests %s and %s, error %v", a, b, err)
	}
}

func TestBuildRefuses(t *testing.T) {
	for name, file := range map[string]File{
		"relative path":       {Path: "a", Mode: 0o644},
		"path that leads out": {Path: "/a/../../b", Mode: 0o644},
		"root":                {Path: "/", Mode: fs.ModeDir | 0o755},
		"device":              {Path: "/a", Mode: fs.ModeDevice | 0o644},
		"link to nothing":     {Path: "/a", Mode: fs.ModeSymlink},
		"file below a file":   {Path: "/etc/passwd/x", Mode: 0o644},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Build(Spec{Files: []File{file}}); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestFromHost(t *testing.T) {
	ls, err := exec.LookPath("ls")
	if err != nil {
		t.Fatal(err)
	}
	img, err := FromHost([]string{ls, "/etc/os-release"}, Spec{Entrypoint: []string{ls}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := readProgram(ls)
	if err != nil {
		t.Fatal(err)
	}
	entries := content(t, img)
	for _, name := range []string{ls, p.interpreter, "/etc/os-release"} {
		if !reachable(entries, name) {
			t.Errorf("%s is missing", name)
		}
	}
	if len(p.needed) == 0 {
		t.Fatal("ls needs no libraries, so this test shows nothing")
	}
	for _, library := range p.needed {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(entries)), func(path string) bool { return filepath.Base(path) == library }) {
			t.Errorf("library %s is missing", library)
		}
	}
}

// reachable says whether the path leads to a file when links are followed.
func reachable(entries map[string]*tar.Header, path string) bool {
	for range maxLinks {
		link := ""
		for dir := path; dir != "/" && link == ""; dir = filepath.Dir(dir) {
			if header := entries[dir]; header != nil && header.Typeflag == tar.TypeSymlink {
				link = dir
			}
		}
		if link == "" {
			return entries[path] != nil && entries[path].Typeflag == tar.TypeReg
		}
		target := entries[link].Linkname
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(link), target)
		}
		path = filepath.Join(target, strings.TrimPrefix(path, link))
	}
	return false
}

func TestStaticRefuses(t *testing.T) {
	ls, err := exec.LookPath("ls")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Static(ls, Spec{}); err == nil || !strings.Contains(err.Error(), "CGO_ENABLED=0") {
		t.Errorf("a program with libraries: %v", err)
	}
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Static(script, Spec{}); !errors.Is(err, errNotProgram) {
		t.Errorf("a script: %v", err)
	}
}

func TestWrite(t *testing.T) {
	img, err := Build(Spec{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "image.tar")
	if err := Write(path, "radiograph/empty:v1", img); err != nil {
		t.Fatal(err)
	}
	read, err := tarball.ImageFromPath(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, errWant := img.Digest()
	got, errGot := read.Digest()
	if err := errors.Join(errWant, errGot); err != nil {
		t.Fatal(err)
	}
	// The archive holds the layers as they are, so that the configuration is the same.
	if wantConfig, err := img.ConfigName(); err != nil {
		t.Fatal(err)
	} else if gotConfig, err := read.ConfigName(); err != nil || gotConfig != wantConfig {
		t.Errorf("read image %s (%s), wrote %s (%s), error %v", got, gotConfig, want, wantConfig, err)
	}
	if err := Write(path, "no such: name", img); err == nil {
		t.Error("a bad name is no error")
	}
}

func TestParseLoaderCache(t *testing.T) {
	got := parseLoaderCache("2 libs found in cache `/etc/ld.so.cache'\n" +
		"\tliba.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/liba.so.1\n" +
		"\tliba.so.1 (libc6) => /lib32/liba.so.1\n" +
		"\tbroken => \n")
	if len(got) != 1 || got["liba.so.1"] != "/lib/x86_64-linux-gnu/liba.so.1" {
		t.Errorf("got %v", got)
	}
}

func FuzzParseProgram(f *testing.F) {
	if ls, err := exec.LookPath("true"); err == nil {
		if text, err := os.ReadFile(ls); err == nil {
			f.Add(string(text))
		}
	}
	f.Add("\x7fELF")
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = parseProgram(strings.NewReader(text)) // anything but a panic
	})
}
