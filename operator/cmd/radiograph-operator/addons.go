package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/deploy"
	"github.com/radiograph/radiograph/operator/addon/arn"
	"github.com/radiograph/radiograph/operator/addon/catalog"
	"github.com/radiograph/radiograph/operator/addon/reconcile"
	addonsv1alpha1 "github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
	"github.com/radiograph/radiograph/operator/certs"
)

// addonOptions say whether and how this process installs add-ons.
type addonOptions struct {
	manage, manageOnly bool
	packages           []string
	valuesFile         string
	requireCertManager bool
	readyTimeout       time.Duration
}

func (a *addonOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&a.manage, "addon-manager", false, "install the add-ons that Addon resources describe")
	f.BoolVar(&a.manageOnly, "addon-manager-only", false, "do that and nothing else: no collectors and no webhooks")
	f.StringSliceVar(&a.packages, "addon-packages", nil, "folders with packages of add-ons besides the built-in ones")
	f.StringVar(&a.valuesFile, "addon-values", "", "YAML file with values for the charts of add-ons by the charts' names, below those of the user")
	f.BoolVar(&a.requireCertManager, "addon-require-cert-manager", false, "refuse add-ons that can use cert-manager where it is not installed, as EKS does")
	f.DurationVar(&a.readyTimeout, "addon-ready-timeout", 5*time.Minute, "how long the pods of an add-on may take to become ready before it is degraded")
}

// enabled reports whether this process installs add-ons.
func (a *addonOptions) enabled() bool { return a.manage || a.manageOnly }

// catalog reads the packages.
func (a *addonOptions) catalog(cluster arn.Cluster) (*catalog.Catalog, error) {
	loaded, err := catalog.Load(a.packages...)
	if err != nil {
		return nil, fmt.Errorf("addon-packages: %w", err)
	}
	site, err := a.site(cluster)
	if err != nil {
		return nil, err
	}
	loaded.Configure(site)
	return loaded, nil
}

// site reads the values of the charts. What the charts need to know of the cluster is there
// unless the file says otherwise.
func (a *addonOptions) site(cluster arn.Cluster) (map[string]map[string]any, error) {
	known := map[string]any{"clusterName": cluster.Name, "region": cluster.Region}
	site := map[string]map[string]any{
		deploy.Operator: {"radiograph": known},
		"my-collector":  {"radiograph": known},
		deploy.Agent:    {"clusterName": cluster.Name},
	}
	if a.valuesFile == "" {
		return site, nil
	}
	data, err := os.ReadFile(a.valuesFile) //nolint:gosec // the operator's own option
	if err != nil {
		return nil, fmt.Errorf("addon-values: %w", err)
	}
	var values map[string]map[string]any
	if err := yaml.UnmarshalStrict(data, &values); err != nil {
		return nil, fmt.Errorf("addon-values: %s: want a mapping of charts to their values: %w", a.valuesFile, err)
	}
	for chart, set := range values {
		site[chart] = catalog.Merge(site[chart], set)
	}
	return site, nil
}

// setup adds the reconciler of add-ons to a manager.
func (a *addonOptions) setup(mgr manager.Manager, packages *catalog.Catalog, log *slog.Logger) error {
	return reconcile.Setup(mgr, reconcile.Options{
		Catalog: packages, RequireCertManager: a.requireCertManager, Patience: a.readyTimeout, Log: log, Now: time.Now,
	})
}

// serveAddons runs the add-on manager alone until the context ends.
func serveAddons(ctx context.Context, config *rest.Config, o *options, profile *profileWatch, log *slog.Logger) error {
	packages, err := o.addons.catalog(o.addonAPIs.cluster)
	if err != nil {
		return err
	}
	mgr, err := newManager(config, o, nil)
	if err != nil {
		return err
	}
	if err := errors.Join(watchProfile(mgr, profile), o.addons.setup(mgr, packages, log)); err != nil {
		return err
	}
	if o.addonAPIs.addr != "" {
		if err := o.addonAPI(mgr, config, packages, nil, log); err != nil {
			return err
		}
	}
	if err := errors.Join(mgr.AddHealthzCheck("ping", healthz.Ping), mgr.AddReadyzCheck("ping", healthz.Ping)); err != nil {
		return err
	}
	log.InfoContext(ctx, "add-on manager starts", "namespace", o.namespace, "packages", len(packages.List()))
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("run the add-on manager: %w", err)
	}
	log.Info("add-on manager stopped")
	return nil
}

// addOns adds the reconciler of add-ons to the operator, and their API.
func (op *operator) addOns(serving *certs.Serving) error {
	if !op.addons.enabled() && op.addonAPIs.addr == "" {
		return nil
	}
	// They are missing after an upgrade with Helm, which adds no definitions.
	if _, err := op.manager.GetRESTMapper().RESTMapping(addonsv1alpha1.GroupVersion.WithKind("Addon").GroupKind()); meta.IsNoMatchError(err) {
		op.log.Warn("add-ons are off: the API server has no definitions of addons.radiograph.dev")
		return nil
	}
	packages, err := op.addons.catalog(op.addonAPIs.cluster)
	if err != nil {
		return err
	}
	if op.addons.enabled() {
		if err := op.addons.setup(op.manager, packages, op.log); err != nil {
			return err
		}
	}
	if op.addonAPIs.addr == "" {
		return nil
	}
	if !op.webhooks {
		serving = nil
	}
	return op.addonAPI(op.manager, op.manager.GetConfig(), packages, serving, op.log)
}
