package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/radiograph/radiograph/test/cluster/image"
)

const certManagerNamespace = "cert-manager"

// certManagerTimeout is how long the installation may take once the programs are built.
const certManagerTimeout = 3 * time.Minute

// certManagerProbe is what a client of cert-manager makes first. Its dry run passes when
// the webhook serves and its authority has been injected.
const certManagerProbe = `
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: radiograph-cluster-probe
  namespace: default
spec:
  secretName: radiograph-cluster-probe
  dnsNames: [probe.default.svc]
  issuerRef: {name: probe, kind: Issuer}
`

// InstallCertManager installs cert-manager with its own Helm chart and CRDs into the
// namespace cert-manager, and returns when it accepts certificates. It issues with
// self-signed and CA issuers, of namespaces and of the cluster; others are left out. The
// programs are built when they are not in the cache, which takes some minutes.
func (c *Cluster) InstallCertManager(ctx context.Context) error {
	if err := c.installCertManager(ctx); err != nil {
		return fmt.Errorf("install cert-manager: %w", err)
	}
	return nil
}

func (c *Cluster) installCertManager(ctx context.Context) error {
	version, err := CertManager.Version(ctx)
	if err != nil {
		return err
	}
	programs, err := CertManager.Build(ctx, c.progress)
	if err != nil {
		return err
	}
	manifests, err := c.renderCertManager(ctx, version)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, certManagerTimeout)
	defer cancel()
	for _, name := range []string{"controller", "webhook", "cainjector"} {
		img, err := image.Static(filepath.Join(programs, name), image.Spec{})
		if err != nil {
			return err
		}
		if err := c.LoadImage(ctx, certManagerImage(name)+":"+version, img); err != nil {
			return err
		}
	}
	if err := c.applyCertManager(ctx, manifests); err != nil {
		return err
	}
	err = c.wait(ctx, "cert-manager accepts certificates", func(ctx context.Context) error {
		cmd := c.KubectlCommand(ctx, "apply", "--server-side", "--dry-run=server", "-f", "-")
		cmd.Stdin = strings.NewReader(certManagerProbe)
		_, err := output(cmd)
		return err
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, c.Diagnosis(context.WithoutCancel(ctx)))
	}
	return nil
}

// RemoveCertManager takes away what InstallCertManager made, with all certificates and issuers.
// The Secrets of certificates stay.
func (c *Cluster) RemoveCertManager(ctx context.Context) error {
	if err := c.removeCertManager(ctx); err != nil {
		return fmt.Errorf("remove cert-manager: %w", err)
	}
	return nil
}

func (c *Cluster) removeCertManager(ctx context.Context) error {
	version, err := CertManager.Version(ctx)
	if err != nil {
		return err
	}
	manifests, err := c.renderCertManager(ctx, version)
	if err != nil {
		return err
	}
	module, err := CertManager.ModuleDir(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, certManagerTimeout)
	defer cancel()
	cmd := c.KubectlCommand(ctx, "delete", "--ignore-not-found", "-f", "-")
	cmd.Stdin = strings.NewReader(manifests)
	if _, err := output(cmd); err != nil {
		return err
	}
	if _, err := c.Kubectl(ctx, "delete", "--ignore-not-found", "-f", filepath.Join(module, "deploy/crds")); err != nil {
		return err
	}
	_, err = c.Kubectl(ctx, "delete", "--ignore-not-found", "namespace", certManagerNamespace)
	return err
}

func certManagerImage(name string) string { return "radiograph/cert-manager-" + name }

// applyCertManager applies the CRDs and the rest of it.
func (c *Cluster) applyCertManager(ctx context.Context, manifests string) error {
	module, err := CertManager.ModuleDir(ctx)
	if err != nil {
		return err
	}
	if _, err := c.Kubectl(ctx, "apply", "--server-side", "-f", filepath.Join(module, "deploy/crds")); err != nil {
		return err
	}
	namespace := fmt.Sprintf("apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n", certManagerNamespace)
	if err := c.Apply(ctx, namespace); err != nil {
		return err
	}
	return c.Apply(ctx, manifests)
}

// renderCertManager renders cert-manager's chart with our images. The chart in the
// module lacks the file that its release makes.
func (c *Cluster) renderCertManager(ctx context.Context, version string) (string, error) {
	helm, err := Helm.Build(ctx, c.progress)
	if err != nil {
		return "", err
	}
	module, err := CertManager.ModuleDir(ctx)
	if err != nil {
		return "", err
	}
	chart, err := os.MkdirTemp(c.record.Dir, "chart-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(chart) }() // it goes with the cluster at the latest
	if err := os.CopyFS(chart, os.DirFS(filepath.Join(module, "deploy/charts/cert-manager"))); err != nil {
		return "", err
	}
	about := fmt.Sprintf("apiVersion: v2\nname: cert-manager\nversion: %[1]s\nappVersion: %[1]s\n", version)
	if err := os.WriteFile(filepath.Join(chart, "Chart.yaml"), []byte(about), 0o600); err != nil {
		return "", err
	}
	//nolint:gosec // the arguments are the harness's own
	cmd := exec.CommandContext(ctx, filepath.Join(helm, "helm"), "template", "cert-manager", chart,
		"--namespace", certManagerNamespace,
		"--set", "fullnameOverride=cert-manager",
		"--set", "image.repository="+certManagerImage("controller"),
		"--set", "webhook.image.repository="+certManagerImage("webhook"),
		"--set", "cainjector.image.repository="+certManagerImage("cainjector"),
		// Its job asks what InstallCertManager asks, with another image.
		"--set", "startupapicheck.enabled=false",
		"--set", "prometheus.enabled=false",
	)
	cmd.Env = append(os.Environ(), "HOME="+c.record.Dir)
	return output(cmd)
}
