package cluster

import (
	"context"
	_ "embed"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/radiograph/radiograph/test/cluster/image"
)

//go:embed dns.yaml
var dnsManifests string

//go:embed proxy.yaml
var proxyRole string

// startDNS runs CoreDNS behind the address that the kubelet gives to pods.
func (c *Cluster) startDNS(ctx context.Context, p parts) error {
	version, err := CoreDNS.Version(ctx)
	if err != nil {
		return err
	}
	name := "radiograph/coredns:" + version
	dns, err := image.Static(filepath.Join(p.coredns, "coredns"), image.Spec{})
	if err != nil {
		return err
	}
	if err := c.LoadImage(ctx, name, dns); err != nil {
		return err
	}
	manifests := strings.NewReplacer("$(IMAGE)", name, "$(SERVICE_IP)", dnsServiceIP, "$(DOMAIN)", clusterDomain).Replace(dnsManifests)
	if err := c.Apply(ctx, manifests); err != nil {
		return err
	}
	return c.wait(ctx, "DNS answers", func(ctx context.Context) error {
		// Before the rules for its address are there, a question gets lost.
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		// A name with a dot at its end is not looked up in other domains.
		addresses, err := c.Resolver().LookupHost(ctx, "kubernetes.default.svc."+clusterDomain+".")
		if err != nil {
			return err
		}
		if !slices.Contains(addresses, apiServiceIP) {
			return fmt.Errorf("kubernetes.default is at %v, not at %s", addresses, apiServiceIP)
		}
		return nil
	})
}
