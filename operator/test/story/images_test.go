//go:build e2e

package story

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/radiograph/radiograph/test/cluster"
	"github.com/radiograph/radiograph/test/cluster/image"
)

// version is the tag of the images under test.
const version = "story"

// built returns the path of a program or directory that make e2e has built.
func built(parts ...string) string {
	return filepath.Join(append([]string{os.Getenv("RADIOGRAPH_BIN_DIR")}, parts...)...)
}

// prepared returns the path of what the scripts named prepare have made.
func prepared(parts ...string) string {
	return filepath.Join(append([]string{os.Getenv("RADIOGRAPH_AUTOINSTRUMENTATION")}, parts...)...)
}

// images are made and given to the node, by name.
var images = map[string]func(context.Context) (v1.Image, error){
	"radiograph/radiograph:" + version:                    program("radiograph", image.Spec{Files: directories("/var/lib/radiograph")}),
	"radiograph/radiograph-collector:" + version:          program("radiograph-collector", image.Spec{}),
	"radiograph/radiograph-target-allocator:" + version:   program("radiograph-target-allocator", image.Spec{}),
	"radiograph/radiograph-operator:" + version:           operatorImage,
	"radiograph/radiograph-pod-identity-agent:" + version: program("radiograph-pod-identity-agent", image.Spec{}),
	"radiograph/aws-cli:latest":                           awsImage,
	"radiograph/sample-frontend:latest":                   sampleImage("frontend"),
	"radiograph/sample-datastore:latest":                  sampleImage("datastore"),
	"radiograph/versitygw:latest":                         versityImage,
	"docker.io/library/postgres:16":                       postgresImage,
	"radiograph/otlpapp-node:latest":                      nodeImage,
	"radiograph/otlpapp-java:latest":                      javaImage,
	"radiograph/autoinstrumentation-nodejs:" + version:    agentImage("nodejs"),
	"radiograph/autoinstrumentation-java:" + version:      agentImage("java"),
}

// loadImages makes all images and gives them to the node, two at a time.
func loadImages(ctx context.Context, c *cluster.Cluster) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for name, build := range images {
		group.Go(func() error {
			img, err := build(ctx)
			if err != nil {
				return fmt.Errorf("image %s: %w", name, err)
			}
			return c.LoadImage(ctx, name, img)
		})
	}
	return group.Wait()
}

// program is an image with one of our programs.
func program(name string, spec image.Spec) func(context.Context) (v1.Image, error) {
	return func(context.Context) (v1.Image, error) { return image.Static(built(name), spec) }
}

// operatorImage has the collector beside the operator, which checks configurations with it.
func operatorImage(context.Context) (v1.Image, error) {
	return image.Static(built("radiograph-operator"), image.Spec{
		Files: []image.File{{Path: "/radiograph-collector", Source: built("radiograph-collector"), Mode: 0o755}},
	})
}

// sampleImage is one of the two services of the sample application.
func sampleImage(name string) func(context.Context) (v1.Image, error) {
	return func(context.Context) (v1.Image, error) {
		return image.Build(image.Spec{Files: append(image.Base(),
			image.File{Path: "/await", Source: built("sample", "await"), Mode: 0o755},
			image.File{Path: "/" + name, Source: built("sample", name), Mode: 0o755},
		)})
	}
}

// versityImage is a server that speaks S3.
func versityImage(ctx context.Context) (v1.Image, error) {
	dir, err := cluster.VersityGW.Build(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	return image.Build(image.Spec{Files: append(image.Base(), image.File{Path: "/versitygw", Source: filepath.Join(dir, "versitygw"), Mode: 0o755})})
}

// postgresImage is the machine's PostgreSQL.
func postgresImage(context.Context) (v1.Image, error) {
	script, err := filepath.Abs("testdata/postgres.sh")
	if err != nil {
		return nil, err
	}
	return image.FromHost(
		[]string{"/bin/bash", "/bin/sh", "/bin/mkdir", "/usr/lib/postgresql", "/usr/share/postgresql", "/usr/share/zoneinfo"},
		image.Spec{
			Files: append(directories("/var/lib/postgresql/data", "/var/run/postgresql"),
				image.File{Path: "/postgres.sh", Source: script, Mode: 0o755},
				image.File{Path: "/etc/passwd", Content: []byte("root:x:0:0::/:/bin/bash\npostgres:x:999:999::/:/bin/bash\n"), Mode: 0o644}),
			Entrypoint: []string{"/postgres.sh"},
		})
}

// nodeImage is the Node.js application, which knows nothing of tracing.
func nodeImage(context.Context) (v1.Image, error) {
	files, err := tree(prepared("otlpapp", "node"), "/app")
	if err != nil {
		return nil, err
	}
	return image.FromHost([]string{"/usr/bin/node"}, image.Spec{Files: files, Entrypoint: []string{"/usr/bin/node", "/app/app.js"}})
}

// javaImage is the Java application with the machine's runtime.
func javaImage(context.Context) (v1.Image, error) {
	files, err := tree(prepared("otlpapp", "java"), "/app")
	if err != nil {
		return nil, err
	}
	home, err := javaHome()
	if err != nil {
		return nil, err
	}
	return image.FromHost([]string{home}, image.Spec{
		Files:      files,
		Entrypoint: []string{filepath.Join(home, "bin/java"), "-cp", "/app/otlpapp.jar:/app/lib/*", "radiograph.App"},
	})
}

// agentImage has the instrumentation of a language and a program that copies it.
func agentImage(language string) func(context.Context) (v1.Image, error) {
	return func(context.Context) (v1.Image, error) {
		files, err := tree(prepared(language), "/")
		if err != nil {
			return nil, err
		}
		files = append(files, image.File{Path: "/bin/cp", Source: built("copy"), Mode: 0o755})
		return image.Build(image.Spec{Files: append(image.Base(), files...)})
	}
}

// directories are empty ones that the images' user owns.
func directories(paths ...string) []image.File {
	var files []image.File
	for _, path := range paths {
		files = append(files, image.File{Path: path, Mode: fs.ModeDir | 0o777, UID: image.NonrootID, GID: image.NonrootID})
	}
	return files
}

// tree is all below a directory of this machine, at another place in the image.
func tree(dir, at string) ([]image.File, error) {
	var files []image.File
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir || entry.Name() == ".made" {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		file := image.File{Path: filepath.Join(at, relative), Mode: info.Mode()}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			if file.Link, err = os.Readlink(path); err != nil {
				return err
			}
		case info.Mode().IsRegular():
			file.Source = path
		}
		files = append(files, file)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	return files, nil
}

// javaHome is the directory of the machine's Java runtime.
func javaHome() (string, error) {
	for _, candidate := range []string{os.Getenv("JAVA_HOME"), "/usr/lib/jvm/default-java", "/usr/lib/jvm/default"} {
		if candidate == "" {
			continue
		}
		if home, err := filepath.EvalSymlinks(candidate); err == nil {
			return home, nil
		}
	}
	java, err := filepath.EvalSymlinks("/usr/bin/java")
	if err != nil {
		return "", fmt.Errorf("find a Java runtime: %w", err)
	}
	return filepath.Dir(filepath.Dir(java)), nil
}
