package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// parts makes what images are made of: one program under the names of all, and a directory
// for each language.
func parts(t *testing.T) (bin, prepared string) {
	t.Helper()
	dir := t.TempDir()
	bin, prepared = filepath.Join(dir, "bin"), filepath.Join(dir, "prepared")
	source := filepath.Join(dir, "main.go")
	write(t, source, "package main\n\nfunc main() {}\n")
	program := filepath.Join(dir, "program")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", program, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build a program: %v\n%s", err, out)
	}
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"radiograph", "radiograph-collector", "radiograph-operator", "radiograph-target-allocator", "radiograph-pod-identity-agent", "copy",
		"sample/await", "sample/frontend", "sample/datastore",
	} {
		write(t, filepath.Join(bin, name), string(text))
		if err := os.Chmod(filepath.Join(bin, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, language := range []string{"java", "nodejs", "python"} {
		write(t, filepath.Join(prepared, language, "autoinstrumentation", "file"), language)
		write(t, filepath.Join(prepared, language, ".made"), "")
		if err := os.Symlink("file", filepath.Join(prepared, language, "autoinstrumentation", "link")); err != nil {
			t.Fatal(err)
		}
	}
	return bin, prepared
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// content lists the entries of an archive's image and returns its entry point.
func content(t *testing.T, path string) (entries, entrypoint []string) {
	t.Helper()
	img, err := tarball.ImageFromPath(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	files := mutate.Extract(img)
	defer files.Close()
	for reader := tar.NewReader(files); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return entries, config.Config.Entrypoint
		}
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, "/"+strings.Trim(header.Name, "/"))
	}
}

func TestImages(t *testing.T) {
	bin, prepared := parts(t)
	out := t.TempDir()
	var said bytes.Buffer
	if err := run([]string{"-bin", bin, "-prepared", prepared, "-out", out, "-version", "v1"}, &said); err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
	for name, want := range map[string]struct{ files, entrypoint []string }{
		"radiograph":                    {[]string{"/usr/bin/radiograph", "/var/lib/radiograph"}, []string{"/usr/bin/radiograph"}},
		"radiograph-collector":          {[]string{"/usr/bin/radiograph-collector"}, []string{"/usr/bin/radiograph-collector"}},
		"radiograph-operator":           {[]string{"/usr/bin/radiograph-operator", "/radiograph-collector"}, []string{"/usr/bin/radiograph-operator"}},
		"radiograph-target-allocator":   {[]string{"/usr/bin/radiograph-target-allocator"}, []string{"/usr/bin/radiograph-target-allocator"}},
		"radiograph-pod-identity-agent": {[]string{"/usr/bin/radiograph-pod-identity-agent"}, []string{"/usr/bin/radiograph-pod-identity-agent"}},
		"autoinstrumentation-java":      {[]string{"/bin/cp", "/autoinstrumentation/file", "/autoinstrumentation/link"}, nil},
		"autoinstrumentation-nodejs":    {[]string{"/bin/cp", "/autoinstrumentation/file"}, nil},
		"autoinstrumentation-python":    {[]string{"/bin/cp", "/autoinstrumentation/file"}, nil},
		"sample-frontend":               {[]string{"/await", "/frontend"}, []string{"/await", "/frontend"}},
		"sample-datastore":              {[]string{"/await", "/datastore"}, []string{"/await", "/datastore"}},
	} {
		got, entrypoint := content(t, filepath.Join(out, name+"_"+runtime.GOARCH+".tar"))
		for _, file := range want.files {
			if !slices.Contains(got, file) {
				t.Errorf("%s has no %s, but %v", name, file, got)
			}
		}
		if slices.Contains(got, "/.made") {
			t.Errorf("%s has the mark of its preparation", name)
		}
		if !slices.Equal(entrypoint, want.entrypoint) {
			t.Errorf("%s starts %v, want %v", name, entrypoint, want.entrypoint)
		}
	}
}

func TestMissingParts(t *testing.T) {
	bin, prepared := parts(t)
	for _, missing := range []string{filepath.Join(bin, "radiograph-collector"), filepath.Join(prepared, "java")} {
		if err := os.RemoveAll(missing); err != nil {
			t.Fatal(err)
		}
	}
	out := t.TempDir()
	args := []string{"-bin", bin, "-prepared", prepared, "-out", out}
	if err := run(args, io.Discard); err == nil {
		t.Error("missing programs are no error")
	}
	var said bytes.Buffer
	if err := run(append(args, "-skip-missing"), &said); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"radiograph-collector", "radiograph-operator", "autoinstrumentation-java"} {
		if !strings.Contains(said.String(), "left out radiograph/"+name+":") {
			t.Errorf("%s is not said to be left out:\n%s", name, &said)
		}
	}
}

// TestNames: the images of the charts and the sample application's manifests are those that are
// written here, but for those of others and those that only tests make.
func TestNames(t *testing.T) {
	all, err := entries(table, nil)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{"versitygw": true}
	for _, e := range all {
		have[e.Name] = true
		if e.Description == "" {
			t.Errorf("%s has no description", e.Name)
		}
	}
	image := regexp.MustCompile(`\bradiograph/((?:radiograph|autoinstrumentation|sample|versitygw)[a-z-]*)\b`)
	for _, pattern := range []string{"deploy/helm/*/values.yaml", "examples/sampleapp/kubernetes/*.yaml"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "..", "..", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range image.FindAllSubmatch(text, -1) {
				if !have[string(name[1])] {
					t.Errorf("%s names the image radiograph/%s, which is not in images.json", file, name[1])
				}
			}
		}
	}
}
