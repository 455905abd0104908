package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/radiograph/radiograph/test/cluster/image"
)

// KubectlCommand returns a command that runs kubectl against the cluster with all
// rights, for its caller to start.
func (c *Cluster) KubectlCommand(ctx context.Context, args ...string) *exec.Cmd {
	//nolint:gosec // what kubectl is told is the caller's
	cmd := exec.CommandContext(ctx, c.program("kubectl"), args...)
	// A home of its own keeps its discovery cache, which a restarted cluster would not
	// match, out of the user's.
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig(), "HOME="+c.record.Dir, "KUBECACHEDIR="+c.path("kubectl-cache"))
	return cmd
}

// Kubectl runs kubectl and returns what it printed, without the last line end. The error
// carries what it wrote to standard error.
func (c *Cluster) Kubectl(ctx context.Context, args ...string) (string, error) {
	return output(c.KubectlCommand(ctx, args...))
}

// Apply applies the manifests (YAML or JSON) on the server's side. Fields that another
// manager owns are taken over.
func (c *Cluster) Apply(ctx context.Context, manifests string) error {
	cmd := c.KubectlCommand(ctx, "apply", "--server-side", "--force-conflicts", "--field-manager=radiograph-cluster", "-f", "-")
	cmd.Stdin = strings.NewReader(manifests)
	_, err := output(cmd)
	return err
}

// LoadImage gives the node an image under a name, such as radiograph/radiograph:v1, which
// means docker.io/radiograph/radiograph:v1 as everywhere. Pods must not ask to pull it:
// their imagePullPolicy is IfNotPresent or Never. An image that the node has under the name is
// not given again.
func (c *Cluster) LoadImage(ctx context.Context, name string, img v1.Image) error {
	config, err := img.ConfigName()
	if err != nil {
		return fmt.Errorf("load image %s: %w", name, err)
	}
	reference := containerdName(name)
	label := loadedLabel + "=" + config.String()
	have, err := c.ctr(ctx, "images", "list", "name=="+reference)
	if err != nil {
		return fmt.Errorf("load image %s: %w", name, err)
	}
	if strings.Contains(have, label) {
		return nil
	}
	if err := c.importImage(ctx, name, img); err != nil {
		return err
	}
	if _, err := c.ctr(ctx, "images", "label", reference, label); err != nil {
		return fmt.Errorf("load image %s: %w", name, err)
	}
	return nil
}

// loadedLabel is the label of images that LoadImage gave to the node; its value is the digest
// of the image's configuration, and with it of all that is in the image.
const loadedLabel = "radiograph-cluster.loaded"

// containerdName is the name that containerd gives to an image: that of a registry goes first.
func containerdName(name string) string {
	if host, _, _ := strings.Cut(name, "/"); strings.ContainsAny(host, ".:") {
		return name
	}
	return "docker.io/" + name
}

// importImage writes the image as an archive and imports that.
func (c *Cluster) importImage(ctx context.Context, name string, img v1.Image) error {
	dir, err := os.MkdirTemp(c.record.Dir, "image-")
	if err != nil {
		return fmt.Errorf("load image %s: %w", name, err)
	}
	path := filepath.Join(dir, "image.tar")
	err = image.Write(path, name, img)
	if err == nil {
		err = c.LoadArchive(ctx, path)
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// LoadArchive gives the node the images of an archive in the format of docker save.
func (c *Cluster) LoadArchive(ctx context.Context, path string) error {
	if _, err := c.ctr(ctx, "images", "import", path); err != nil {
		return fmt.Errorf("load images of %s: %w", path, err)
	}
	return nil
}

// ctr runs containerd's own client.
func (c *Cluster) ctr(ctx context.Context, args ...string) (string, error) {
	args = append([]string{"--address", containerdSocket(c.record.Dir), "--namespace", "k8s.io"}, args...)
	//nolint:gosec // the arguments are the harness's own
	return output(exec.CommandContext(ctx, "ctr", args...))
}
