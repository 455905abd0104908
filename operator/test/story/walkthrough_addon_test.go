//go:build e2e

package story

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/deploy"
)

const createAddon = "aws eks create-addon --addon-name adot --addon-version v0.45.0-eksbuild.1 --cluster-name $CLUSTER_NAME"

// addon is an add-on as the command prints it.
type addon struct {
	AddonName, ClusterName, Status, AddonVersion, AddonArn string
	Health                                                 struct{ Issues []issue }
	Tags                                                   map[string]string
}

// issue is what is wrong with an add-on.
type issue struct{ Code, Message string }

// has says whether an add-on has an issue of a code with all of these words.
func (a addon) has(code string, words ...string) bool {
	return slices.ContainsFunc(a.Health.Issues, func(i issue) bool {
		return i.Code == code && !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(i.Message, word) })
	})
}

// adot describes the add-on.
func (w *walkthrough) adot(t *testing.T) addon {
	t.Helper()
	return decode[struct{ Addon addon }](t, w, "aws eks describe-addon --addon-name adot --cluster-name $CLUSTER_NAME").Addon
}

func (w *walkthrough) versions(t *testing.T) {
	type compatibility struct {
		ClusterVersion   string
		PlatformVersions []string
		DefaultVersion   bool
	}
	type listed struct {
		AddonName, Type, Publisher, Owner string
		AddonVersions                     []struct {
			AddonVersion    string
			Architecture    []string
			Compatibilities []compatibility
		}
	}
	all := decode[struct{ Addons []listed }](t, w, "aws eks describe-addon-versions")
	for _, name := range []string{"adot", "eks-pod-identity-agent"} {
		if !slices.ContainsFunc(all.Addons, func(a listed) bool { return a.AddonName == name }) {
			t.Errorf("%s is not among %+v", name, all.Addons)
		}
	}
	old := decode[struct{ Addons []listed }](t, w, "aws eks describe-addon-versions --addon-name adot --kubernetes-version 1.22")
	if len(old.Addons) != 1 || old.Addons[0].Type != "observability" {
		t.Fatalf("got %+v", old.Addons)
	}
	defaults := 0
	found := false
	for _, version := range old.Addons[0].AddonVersions {
		found = found || version.AddonVersion == "v0.45.0-eksbuild.1"
		for _, c := range version.Compatibilities {
			if c.ClusterVersion != "1.22" || !slices.Equal(c.PlatformVersions, []string{"*"}) || !slices.Contains(version.Architecture, "amd64") {
				t.Errorf("%+v is listed for %+v", version, c)
			}
			if c.DefaultVersion {
				defaults++
			}
		}
	}
	if !found || defaults != 1 {
		t.Errorf("v0.45.0-eksbuild.1 listed: %v, defaults: %d", found, defaults)
	}
}

func (w *walkthrough) none(t *testing.T) {
	if got := decode[struct{ Addons []string }](t, w, "aws eks list-addons --cluster-name demo"); len(got.Addons) != 0 {
		t.Errorf("installed: %v", got.Addons)
	}
}

func (w *walkthrough) wrongVersion(t *testing.T) {
	w.fails(t, "aws eks create-addon --addon-name adot --addon-version 0.45.0 --cluster-name $CLUSTER_NAME",
		"InvalidParameterException", "Addon version specified is not supported")
}

func (w *walkthrough) wrongCluster(t *testing.T) {
	w.fails(t, "aws eks describe-addon --cluster-name nope --addon-name adot", "ResourceNotFoundException")
}

// notPermitted creates the add-on where the manager may not install it and cert-manager is not
// there: it fails, says why, and has written nothing.
func (w *walkthrough) notPermitted(t *testing.T) {
	w.run(t, createAddon)
	w.fails(t, "aws eks wait addon-active --addon-name adot --cluster-name $CLUSTER_NAME", "Waiter AddonActive failed")
	got := w.adot(t)
	if got.Status != "CREATE_FAILED" || !got.has("AccessDenied", `customresourcedefinitions.apiextensions.k8s.io "opentelemetrycollectors.opentelemetry.io" is forbidden`,
		`User "system:serviceaccount:radiograph:radiograph-addon-manager" cannot get, create, patch, delete`) {
		t.Errorf("the add-on is %+v", got)
	}
	if written := kubectl(t, "get", "crds,clusterroles,deployments,services", "-A", "-l", "radiograph.dev/addon=adot", "-o", "name"); written != "" {
		t.Errorf("there is %s", written)
	}
}

// permitted grants the manager what the add-on needs. It sees that by itself.
func (w *walkthrough) permitted(t *testing.T) {
	w.run(t, "kubectl apply -f examples/addons/addons-otel-permissions.yaml")
	kubectl(t, "get", "namespace/"+operatorNamespace, "clusterrole/eks:addon-manager-otel", "clusterrolebinding/eks:addon-manager-otel")
	kubectl(t, "get", "role/eks:addon-manager", "rolebinding/eks:addon-manager", "-n", operatorNamespace)
	eventually(t, "cert-manager alone is missing", func() error {
		if got := w.adot(t); got.Status != "CREATE_FAILED" || got.has("AccessDenied") || !got.has("ConfigurationConflict", "cert-manager is not installed on this cluster") {
			return fmt.Errorf("it is %+v", got)
		}
		return nil
	})
}

// certManager installs cert-manager, which is all that the add-on waits for.
func (w *walkthrough) certManager(t *testing.T) {
	if err := kube.InstallCertManager(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kube.RemoveCertManager(testContext(t)); err != nil {
			t.Error(err)
		}
	})
	for _, deployment := range []string{"cert-manager", "cert-manager-cainjector", "cert-manager-webhook"} {
		wait(t, `{.status.conditions[?(@.type=="Available")].status}`, "True", "deployment", deployment, "-n", "cert-manager")
	}
	eventually(t, "the add-on is ACTIVE", func() error {
		if got := w.adot(t); got.Status != "ACTIVE" || len(got.Health.Issues) > 0 {
			return fmt.Errorf("it is %+v", got)
		}
		return nil
	})
	rollout(t, operatorNamespace, "deployment/"+manager)
	trusted(t, "cert-manager's", true)
	w.run(t, "aws eks delete-addon --addon-name adot --cluster-name demo")
	w.run(t, "aws eks wait addon-deleted --addon-name adot --cluster-name demo")
}

// withoutCertManager installs the manager as its chart has it: cert-manager is not asked for.
func (w *walkthrough) withoutCertManager(t *testing.T) {
	if err := install(t.Context(), deploy.Addons, "radiograph", managerValues); err != nil {
		t.Fatal(err)
	}
	rollout(t, "radiograph", "deployment/radiograph-addon-manager")
	if kinds := kubectl(t, "api-resources", "--api-group=cert-manager.io", "-o", "name"); kinds != "" {
		t.Errorf("there are still %s", kinds)
	}
	w.none(t)
}

func (w *walkthrough) install(t *testing.T) {
	got := decode[struct{ Addon addon }](t, w, createAddon).Addon
	if got.Status != "CREATING" || got.AddonVersion != "v0.45.0-eksbuild.1" || !strings.HasPrefix(got.AddonArn, "arn:aws:eks:us-east-1:"+account+":addon/demo/adot/") ||
		got.Tags == nil || got.Health.Issues == nil || len(got.Health.Issues) > 0 {
		t.Errorf("create-addon prints %+v", got)
	}
	w.fails(t, createAddon, "ResourceInUseException")
	w.run(t, "aws eks wait addon-active --addon-name adot --cluster-name $CLUSTER_NAME")
	if status := w.run(t, "aws eks describe-addon --addon-name adot --cluster-name $CLUSTER_NAME --query addon.status --output text"); status != "ACTIVE" {
		t.Errorf("the add-on is %s", status)
	}
}

func (w *walkthrough) operator(t *testing.T) {
	rollout(t, operatorNamespace, "deployment/"+manager)
	for _, crd := range []string{"opentelemetrycollectors.opentelemetry.io", "instrumentations.opentelemetry.io"} {
		wait(t, `{.status.conditions[?(@.type=="Established")].status}`, "True", "crd", crd)
	}
	for _, configuration := range []string{"mutating", "validating"} {
		name := "opentelemetry-operator-" + configuration + "-webhook-configuration"
		if bundle := get(t, "{.webhooks[*].clientConfig.caBundle}", configuration+"webhookconfiguration", name); bundle == "" {
			t.Errorf("%s has no caBundle", name)
		}
	}
}

func (w *walkthrough) update(t *testing.T) {
	w.fails(t, `aws eks update-addon --cluster-name demo --addon-name adot --addon-version v0.151.0-eksbuild.1 --configuration-values '{"replicas":2}'`,
		"InvalidParameterException", "replicas")
	id := w.run(t, `aws eks update-addon --cluster-name demo --addon-name adot --addon-version v0.151.0-eksbuild.1 --configuration-values '{"replicaCount":2}' --query update.id --output text`)
	eventually(t, "the update is Successful", func() error {
		status, err := w.try(t, "aws eks describe-update --name demo --addon-name adot --update-id "+id+" --query update.status --output text")
		if err == nil && status != "Successful" {
			err = errors.New(status)
		}
		return err
	})
	wait(t, "{.status.readyReplicas}", "2", "deployment", manager, "-n", operatorNamespace)
}

// preserve takes the add-on away and leaves the operator, and then makes it an add-on again.
func (w *walkthrough) preserve(t *testing.T) {
	running := func() string {
		return get(t, "{.items[*].metadata.uid}", "pods", "-n", operatorNamespace) + " " + get(t, "{.metadata.uid}", "deployment", "observability-collector", "-n", collectors)
	}
	before := running()
	if status := w.run(t, "aws eks delete-addon --addon-name adot --cluster-name demo --preserve --query addon.status --output text"); status != "DELETING" {
		t.Errorf("delete-addon prints %s", status)
	}
	w.run(t, "aws eks wait addon-deleted --addon-name adot --cluster-name demo")
	w.fails(t, "aws eks describe-addon --addon-name adot --cluster-name demo", "ResourceNotFoundException")
	if after := running(); after != before {
		t.Errorf("pods of the operator, and the collector: they were %s and are %s", before, after)
	}
	eventually(t, "a segment arrives", func() error { return w.arrives(t) })
	w.run(t, `kubectl patch opentelemetrycollector observability -n aws-otel-eks --type=merge -p '{"spec":{"replicas":2}}'`)
	wait(t, "{.status.readyReplicas}", "2", "deployment", "observability-collector", "-n", collectors)

	w.run(t, "aws eks create-addon --addon-name adot --addon-version v0.151.0-eksbuild.1 --cluster-name demo --resolve-conflicts OVERWRITE")
	w.run(t, "aws eks wait addon-active --addon-name adot --cluster-name demo")
	eventually(t, "a segment arrives", func() error { return w.arrives(t) })
}

func (w *walkthrough) remove(t *testing.T) {
	w.run(t, "kubectl delete opentelemetrycollector observability -n aws-otel-eks --timeout=60s")
	gone(t, "all,configmaps,poddisruptionbudgets", "-n", collectors, "-l", "app.kubernetes.io/managed-by=opentelemetry-operator")
	status := w.run(t, "aws eks delete-addon --addon-name adot --cluster-name demo --query addon.status --output text")
	if status != "DELETING" {
		t.Errorf("delete-addon prints %s", status)
	}
	w.run(t, "aws eks wait addon-deleted --addon-name adot --cluster-name demo")
	gone(t, "deployment", manager, "-n", operatorNamespace)
}

// removeOperator takes the operator away that the other tests have installed.
func removeOperator(t *testing.T) {
	t.Helper()
	if out, err := kube.Kubectl(t.Context(), "get", "crd", "opentelemetrycollectors.opentelemetry.io", "--ignore-not-found", "-o", "name"); err != nil || out == "" {
		return
	}
	kubectl(t, "delete", "opentelemetrycollectors.opentelemetry.io", "--all", "-A", "--timeout=60s")
	manifests, err := renderChart(deploy.Operator, operatorNamespace, operatorValues)
	if err != nil {
		t.Fatal(err)
	}
	var objects strings.Builder
	for _, manifest := range slices.Backward(manifests) {
		objects.WriteString("---\n" + manifest.YAML + "\n")
	}
	kubectlAll(t, objects.String(), "delete", "--ignore-not-found", "--timeout=60s", "-f", "-")
	gone(t, "deployment", manager, "-n", operatorNamespace)
}
