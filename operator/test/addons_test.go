//go:build e2e

package test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	addons "github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// addonRig is a rig with an add-on manager and without the definitions of the operator, which
// come with the add-on.
type addonRig struct {
	*rig

	manager *process
}

const webhookService = "opentelemetry-operator-webhook-service"

var operatorKey = client.ObjectKey{Namespace: operatorNamespace, Name: "opentelemetry-operator-controller-manager"}

// newAddonRig starts the add-on manager with a token: "admin", or "operator", which may little.
func newAddonRig(t *testing.T, token string, args ...string) *addonRig {
	t.Helper()
	r := &addonRig{rig: newRig(t)}
	for _, name := range []string{"opentelemetrycollectors", "instrumentations", "opampbridges", "targetallocators"} {
		crd := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: name + ".opentelemetry.io"}}
		if err := r.Delete(t.Context(), crd); err != nil {
			t.Fatal(err)
		}
		r.eventually("definition "+name+" is gone", func() error { return gone(r.Get(t.Context(), client.ObjectKeyFromObject(crd), crd)) })
	}
	// The rig's permissions would be in conflict with the add-on's.
	r.uninstall()
	r.restart(token, args...)
	return r
}

// restart starts the add-on manager, again.
func (r *addonRig) restart(token string, args ...string) {
	r.t.Helper()
	if r.manager != nil {
		r.manager.stop(r.t)
	}
	r.write("addons.kubeconfig", fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: rig, cluster: {server: %q, insecure-skip-tls-verify: true}}]
users: [{name: manager, user: {token: %s}}]
contexts: [{name: rig, context: {cluster: rig, user: manager}}]
current-context: rig
`, r.host, token))
	probe := port(r.t)
	all := append([]string{"--addon-manager-only", "--metrics-addr=0", "--health-probe-addr=127.0.0.1:" + probe, "--operator-namespace=default"}, args...)
	r.manager = start(r.t, r.dir, binary(r.t, "RADIOGRAPH_OPERATOR_BIN", operatorBin), []string{"KUBECONFIG=" + filepath.Join(r.dir, "addons.kubeconfig")}, all...)
	manager := r.manager
	r.eventually("the add-on manager is ready", func() error {
		select {
		case <-manager.done:
			r.t.Fatalf("the add-on manager ended:\n%s", manager.tail())
		default:
		}
		answer, err := get(r.t.Context(), http.DefaultClient, "http://127.0.0.1:"+probe+"/readyz")
		if err != nil {
			return err
		}
		return answer.Body.Close()
	})
	r.t.Cleanup(func() {
		if r.t.Failed() {
			r.t.Logf("the add-on manager wrote:\n%s", manager.tail())
		}
	})
}

// gone is nil if an error says that there is no such object.
func gone(err error) error {
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case err == nil:
		return errors.New("it is still there")
	}
	return err
}

// adot creates the add-on.
func (r *addonRig) adot(spec addons.AddonSpec) {
	r.t.Helper()
	spec.AddonName = "adot"
	if err := r.Create(r.t.Context(), &addons.Addon{ObjectMeta: metav1.ObjectMeta{Name: "adot"}, Spec: spec}); err != nil {
		r.t.Fatal(err)
	}
}

// change changes the spec of the add-on.
func (r *addonRig) change(edit func(*addons.AddonSpec)) {
	r.t.Helper()
	r.eventually("change the add-on", func() error {
		addon := &addons.Addon{}
		if err := r.Get(r.t.Context(), client.ObjectKey{Name: "adot"}, addon); err != nil {
			return err
		}
		edit(&addon.Spec)
		return r.Update(r.t.Context(), addon)
	})
}

// phase waits until the add-on is in a phase and as its spec says.
func (r *addonRig) phase(want addons.AddonPhase) *addons.Addon {
	r.t.Helper()
	addon := &addons.Addon{}
	r.eventually("the add-on is "+string(want), func() error {
		r.run()
		if err := r.Get(r.t.Context(), client.ObjectKey{Name: "adot"}, addon); err != nil {
			return err
		}
		if addon.Status.Phase != want || addon.Status.ObservedGeneration != addon.Generation {
			return fmt.Errorf("it is %s: %+v %+v", addon.Status.Phase, addon.Status.Health.Issues, addon.Status.Conditions)
		}
		return nil
	})
	return addon
}

// run does what a cluster with nodes and the operator in it would do: pods become ready, and
// the webhooks get the authority of their certificate.
func (r *addonRig) run() {
	ctx := r.t.Context()
	w := &appsv1.Deployment{}
	if r.Get(ctx, operatorKey, w) != nil {
		return
	}
	n := ptr.Deref(w.Spec.Replicas, 1)
	if w.Status.ObservedGeneration != w.Generation || w.Status.AvailableReplicas != n {
		w.Status = appsv1.DeploymentStatus{ObservedGeneration: w.Generation, Replicas: n, UpdatedReplicas: n, AvailableReplicas: n, ReadyReplicas: n}
		_ = r.Status().Update(ctx, w)
	}
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Name: "webhooks", Namespace: operatorNamespace, Labels: map[string]string{discoveryv1.LabelServiceName: webhookService}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{"192.0.2.1"}, Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(true)}}},
	}
	_ = r.Create(ctx, slice)
	mutating, validating := &admissionv1.MutatingWebhookConfigurationList{}, &admissionv1.ValidatingWebhookConfigurationList{}
	if r.List(ctx, mutating) != nil || r.List(ctx, validating) != nil {
		return
	}
	for i := range mutating.Items {
		hooks := mutating.Items[i].Webhooks
		if hooks[0].ClientConfig.CABundle != nil {
			continue
		}
		for k := range hooks {
			hooks[k].ClientConfig.CABundle = r.authority()
		}
		_ = r.Update(ctx, &mutating.Items[i])
	}
	for i := range validating.Items {
		hooks := validating.Items[i].Webhooks
		if hooks[0].ClientConfig.CABundle != nil {
			continue
		}
		for k := range hooks {
			hooks[k].ClientConfig.CABundle = r.authority()
		}
		_ = r.Update(ctx, &validating.Items[i])
	}
}

// authority is some certificate: that of the API server.
func (r *addonRig) authority() []byte {
	data, err := os.ReadFile(filepath.Join(r.dir, "certs", "apiserver.crt"))
	if err != nil {
		r.t.Fatal(err)
	}
	return data
}

// replicas reads how many pods the operator has.
func (r *addonRig) replicas() int32 {
	r.t.Helper()
	w := &appsv1.Deployment{}
	if err := r.Get(r.t.Context(), operatorKey, w); err != nil {
		r.t.Fatal(err)
	}
	return ptr.Deref(w.Spec.Replicas, 1)
}

// scale sets the operator's replicas as kubectl edit does.
func (r *addonRig) scale(n int32) {
	r.t.Helper()
	r.eventually("scale the operator", func() error {
		w := &appsv1.Deployment{}
		if err := r.Get(r.t.Context(), operatorKey, w); err != nil {
			return err
		}
		w.Spec.Replicas = ptr.To(n)
		return r.Update(r.t.Context(), w, client.FieldOwner("kubectl-edit"))
	})
}

// has checks that an issue has a code and says something.
func (r *addonRig) has(addon *addons.Addon, code string, texts ...string) {
	r.t.Helper()
	for _, issue := range addon.Status.Health.Issues {
		if issue.Code == code && !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(issue.Message, text) }) {
			return
		}
	}
	r.t.Errorf("no issue %s with %q: %+v", code, texts, addon.Status.Health.Issues)
}

// last is the last update.
func (r *addonRig) last(addon *addons.Addon) addons.AddonUpdate {
	r.t.Helper()
	if len(addon.Status.Updates) == 0 {
		r.t.Fatal("there is no update")
	}
	return addon.Status.Updates[len(addon.Status.Updates)-1]
}

// versions are the resourceVersions of some objects of the add-on and of the Addon.
func (r *addonRig) versions() map[string]string {
	r.t.Helper()
	return map[string]string{
		"deployment": r.version(operatorKey, &appsv1.Deployment{}),
		"definition": r.version(client.ObjectKey{Name: "opentelemetrycollectors.opentelemetry.io"}, &apiextensionsv1.CustomResourceDefinition{}),
		"role":       r.version(client.ObjectKey{Name: "opentelemetry-operator-manager-role"}, &rbacv1.ClusterRole{}),
		"addon":      r.version(client.ObjectKey{Name: "adot"}, &addons.Addon{}),
	}
}

// addonWrites lists what the manager wrote that has a text in it, dry runs left out.
func (r *addonRig) addonWrites(text string) []string {
	r.t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, "audit.log"))
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, `"userAgent":"radiograph-operator`) && !strings.Contains(line, "dryRun=All") && strings.Contains(line, text) {
			out = append(out, line)
		}
	}
	return out
}

func TestAddonLife(t *testing.T) {
	r := newAddonRig(t, "admin")
	r.adot(addons.AddonSpec{Version: "v0.45.0-eksbuild.1"})
	addon := r.phase(addons.PhaseActive)
	if addon.Status.Version != "v0.45.0-eksbuild.1" || addon.Status.Namespace != operatorNamespace || len(addon.Status.Updates) != 0 {
		t.Errorf("status %+v", addon.Status)
	}

	t.Run("a new process stores nothing", func(t *testing.T) {
		// It knows nothing of what was applied, and so applies all of it once.
		const last = "opentelemetry-operator-validating-webhook-configuration"
		sent, before := len(r.addonWrites(last)), r.versions()
		r.restart("admin")
		r.eventually("everything was applied", func() error {
			if len(r.addonWrites(last)) == sent {
				return errors.New("the webhooks were not")
			}
			return nil
		})
		if now := r.versions(); !maps.Equal(before, now) {
			t.Errorf("objects were written at rest: %v, then %v", before, now)
		}
	})

	t.Run("update with values", func(t *testing.T) {
		r.change(func(s *addons.AddonSpec) {
			s.Version, s.ConfigurationValues = "v0.151.0-eksbuild.2", "replicaCount: 2\n"
		})
		addon := r.phase(addons.PhaseActive)
		if r.replicas() != 2 || addon.Status.Version != "v0.151.0-eksbuild.2" || r.last(addon).Status != addons.UpdateSuccessful {
			t.Errorf("%d replicas, %+v", r.replicas(), addon.Status)
		}
	})

	t.Run("preconfigured collector comes and goes", func(t *testing.T) {
		r.change(func(s *addons.AddonSpec) {
			s.ServiceAccountRoleARN = "arn:aws:iam::111122223333:role/collector"
			s.ConfigurationValues = `{"collector":{"otlpIngest":{"pipelines":{"traces":{"xray":{"enabled":true}}}}}}`
		})
		cr, account := &v1beta1.OpenTelemetryCollector{}, &corev1.ServiceAccount{}
		at := client.ObjectKey{Namespace: operatorNamespace, Name: "adot-col-otlp-ingest"}
		r.unguarded()
		r.phase(addons.PhaseActive)
		if err := errors.Join(r.Get(t.Context(), at, cr), r.Get(t.Context(), at, account)); err != nil {
			t.Fatal(err)
		}
		if account.Annotations["eks.amazonaws.com/role-arn"] != "arn:aws:iam::111122223333:role/collector" {
			t.Errorf("annotations of the service account: %v", account.Annotations)
		}
		r.change(func(s *addons.AddonSpec) { s.ConfigurationValues = "{}" })
		r.phase(addons.PhaseActive)
		if err := errors.Join(gone(r.Get(t.Context(), at, cr)), gone(r.Get(t.Context(), at, account))); err != nil {
			t.Errorf("what is no longer wanted: %v", err)
		}
	})

	t.Run("what is deleted comes back", func(t *testing.T) {
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: webhookService}}
		sent := len(r.addonWrites(""))
		if err := r.Delete(t.Context(), service); err != nil {
			t.Fatal(err)
		}
		r.eventually("the service is back", func() error { return r.Get(t.Context(), client.ObjectKeyFromObject(service), service) })
		r.phase(addons.PhaseActive)
		r.eventually("an event tells of it", func() error { return r.event("K8sResourceNotFound") })
		for _, line := range r.addonWrites("")[sent:] {
			if !strings.Contains(line, `"resource":"services"`) && !strings.Contains(line, `"resource":"addons"`) && !strings.Contains(line, `"resource":"events"`) {
				t.Errorf("what was as it should be was written: %s", line)
			}
		}
	})

	t.Run("values in an old shape are refused", func(t *testing.T) {
		r.change(func(s *addons.AddonSpec) { s.ConfigurationValues = `{"collector":{"xray":{"enabled":true}}}` })
		addon := r.phase(addons.PhaseUpdateFailed)
		r.has(addon, addons.IssueConfigurationConflict, "$.collector.xray")
		if u := r.last(addon); u.Status != addons.UpdateFailed || len(u.Errors) == 0 {
			t.Errorf("update %+v", u)
		}
		r.change(func(s *addons.AddonSpec) { s.ConfigurationValues = "" })
		r.phase(addons.PhaseActive)
	})

	t.Run("delete", func(t *testing.T) {
		if err := r.Delete(t.Context(), &addons.Addon{ObjectMeta: metav1.ObjectMeta{Name: "adot"}}); err != nil {
			t.Fatal(err)
		}
		r.eventually("everything is gone", func() error {
			return errors.Join(
				gone(r.Get(t.Context(), operatorKey, &appsv1.Deployment{})),
				gone(r.Get(t.Context(), client.ObjectKey{Name: "opentelemetrycollectors.opentelemetry.io"}, &apiextensionsv1.CustomResourceDefinition{})),
				gone(r.Get(t.Context(), client.ObjectKey{Name: "opentelemetry-operator-manager-role"}, &rbacv1.ClusterRole{})),
				gone(r.Get(t.Context(), client.ObjectKey{Name: "adot"}, &addons.Addon{})),
			)
		})
		ns := &corev1.Namespace{}
		if err := r.Get(t.Context(), client.ObjectKey{Name: operatorNamespace}, ns); err != nil || ns.DeletionTimestamp != nil {
			t.Errorf("the namespace was there before the add-on, and must stay: %v %v", err, ns.DeletionTimestamp)
		}
	})
}

// permit applies a file with roles and lets the manager's user have them.
func (r *addonRig) permit(path string) {
	r.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	for text := range strings.SplitSeq(string(data), "\n---\n") {
		obj := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(text), &obj.Object); err != nil {
			r.t.Fatal(err)
		}
		if subjects, ok, _ := unstructured.NestedSlice(obj.Object, "subjects"); ok {
			subjects = append(subjects, map[string]any{"kind": "User", "name": operatorUser, "apiGroup": rbacv1.GroupName})
			if err := unstructured.SetNestedSlice(obj.Object, subjects, "subjects"); err != nil {
				r.t.Fatal(err)
			}
		}
		if err := client.IgnoreAlreadyExists(r.Create(r.t.Context(), obj)); err != nil {
			r.t.Fatalf("create %s %s: %v", obj.GetKind(), obj.GetName(), err)
		}
	}
}

// version is an object's resourceVersion.
func (r *addonRig) version(at client.ObjectKey, object client.Object) string {
	r.t.Helper()
	if err := r.Get(r.t.Context(), at, object); err != nil {
		r.t.Fatal(err)
	}
	return object.GetResourceVersion()
}

// event looks for an event about the add-on.
func (r *addonRig) event(reason string) error {
	list := &corev1.EventList{}
	if err := r.List(r.t.Context(), list); err != nil {
		return err
	}
	if !slices.ContainsFunc(list.Items, func(e corev1.Event) bool { return e.Reason == reason && e.InvolvedObject.Name == "adot" }) {
		return fmt.Errorf("there is no event %s", reason)
	}
	return nil
}

// unguarded lets writes pass without the webhooks, whose server does not run here.
func (r *addonRig) unguarded() {
	r.t.Helper()
	mutating, validating := &admissionv1.MutatingWebhookConfiguration{}, &admissionv1.ValidatingWebhookConfiguration{}
	r.eventually("open the webhooks", func() error {
		if err := errors.Join(
			r.Get(r.t.Context(), client.ObjectKey{Name: "opentelemetry-operator-mutating-webhook-configuration"}, mutating),
			r.Get(r.t.Context(), client.ObjectKey{Name: "opentelemetry-operator-validating-webhook-configuration"}, validating),
		); err != nil {
			return err
		}
		none := &metav1.LabelSelector{MatchLabels: map[string]string{"no": "object"}}
		for i := range mutating.Webhooks {
			mutating.Webhooks[i].ObjectSelector = none
		}
		for i := range validating.Webhooks {
			validating.Webhooks[i].ObjectSelector = none
		}
		return errors.Join(r.Update(r.t.Context(), mutating), r.Update(r.t.Context(), validating))
	})
}

func TestAddonConflicts(t *testing.T) {
	r := newAddonRig(t, "admin")
	r.adot(addons.AddonSpec{Version: "v0.151.0-eksbuild.2"})
	r.phase(addons.PhaseActive)

	t.Run("a change is reported", func(t *testing.T) {
		r.scale(3)
		addon := r.phase(addons.PhaseDegraded)
		r.has(addon, addons.IssueUnsupportedAddonModification, ".spec.replicas", "kubectl-edit")
		if r.replicas() != 3 {
			t.Error("NONE has set the replicas back")
		}
	})
	t.Run("update with NONE fails", func(t *testing.T) {
		r.change(func(s *addons.AddonSpec) { s.ConfigurationValues = `{"nodeSelector":{"a":"b"}}` })
		addon := r.phase(addons.PhaseUpdateFailed)
		r.has(addon, addons.IssueConfigurationConflict, ".spec.replicas", "deployment.apps "+operatorKey.String())
		if u := r.last(addon); u.Status != addons.UpdateFailed || u.Errors[0].Code != addons.IssueConfigurationConflict {
			t.Errorf("update %+v", u)
		}
	})
	t.Run("update with PRESERVE keeps it", func(t *testing.T) {
		r.change(func(s *addons.AddonSpec) { s.ResolveConflicts = addons.ResolvePreserve })
		addon := r.phase(addons.PhaseActive)
		w := &appsv1.Deployment{}
		if err := r.Get(t.Context(), operatorKey, w); err != nil {
			t.Fatal(err)
		}
		if ptr.Deref(w.Spec.Replicas, 0) != 3 || w.Spec.Template.Spec.NodeSelector["a"] != "b" || r.last(addon).Status != addons.UpdateSuccessful {
			t.Errorf("replicas %d, selector %v", *w.Spec.Replicas, w.Spec.Template.Spec.NodeSelector)
		}
	})
	t.Run("update with OVERWRITE sets it back", func(t *testing.T) {
		r.change(func(s *addons.AddonSpec) { s.ResolveConflicts = addons.ResolveOverwrite })
		r.phase(addons.PhaseActive)
		if r.replicas() != 1 {
			t.Errorf("%d replicas", r.replicas())
		}
		r.scale(4)
		r.eventually("the change is repaired", func() error {
			r.run()
			if n := r.replicas(); n != 1 {
				return fmt.Errorf("%d replicas", n)
			}
			return r.event("UnsupportedAddonModification")
		})
	})
	t.Run("delete with preserve", func(t *testing.T) {
		r.change(func(s *addons.AddonSpec) { s.PreserveOnDelete = true })
		r.phase(addons.PhaseActive)
		if err := r.Delete(t.Context(), &addons.Addon{ObjectMeta: metav1.ObjectMeta{Name: "adot"}}); err != nil {
			t.Fatal(err)
		}
		r.eventually("the add-on is gone", func() error { return gone(r.Get(t.Context(), client.ObjectKey{Name: "adot"}, &addons.Addon{})) })
		if r.replicas() != 1 {
			t.Error("the operator is not as it was")
		}
	})
	t.Run("create over what is there", func(t *testing.T) {
		r.scale(5)
		r.adot(addons.AddonSpec{Version: "v0.151.0-eksbuild.2", ResolveConflicts: addons.ResolvePreserve})
		addon := r.phase(addons.PhaseCreateFailed)
		r.has(addon, addons.IssueConfigurationConflict, ".spec.replicas")
		r.scale(1)
		r.phase(addons.PhaseActive)
	})
}

func TestAddonPrerequisites(t *testing.T) {
	r := newAddonRig(t, "operator", "--addon-require-cert-manager")
	grant := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: "addons"},
		Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{"addons.radiograph.dev"}, Resources: []string{"*"}, Verbs: []string{"*"}},
			{APIGroups: []string{"events.k8s.io", ""}, Resources: []string{"events"}, Verbs: []string{"*"}},
		},
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "addons"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "addons"},
		Subjects:   []rbacv1.Subject{{Kind: "User", Name: operatorUser}},
	}
	if err := errors.Join(r.Create(t.Context(), grant), r.Create(t.Context(), binding)); err != nil {
		t.Fatal(err)
	}
	r.adot(addons.AddonSpec{Version: "v0.151.0-eksbuild.2"})
	addon := r.phase(addons.PhaseCreateFailed)
	r.has(addon, addons.IssueConfigurationConflict, "cert-manager is not installed on this cluster")
	r.has(addon, addons.IssueAccessDenied, "is forbidden: User", `resource "customresourcedefinitions" in API group "apiextensions.k8s.io"`)
	if err := gone(r.Get(t.Context(), operatorKey, &appsv1.Deployment{})); err != nil {
		t.Errorf("something was installed: %v", err)
	}

	// Who may write roles may still not grant what he does not hold.
	r.eventually("the manager may write everything", func() error {
		grant.Rules = append(grant.Rules[:2:2], rbacv1.PolicyRule{
			APIGroups: []string{"", "apiextensions.k8s.io", rbacv1.GroupName, "apps", "admissionregistration.k8s.io"}, Verbs: []string{"get", "list", "watch", "create", "update", "patch", "delete"},
			Resources: []string{
				"customresourcedefinitions", "namespaces", "clusterroles", "clusterrolebindings", "roles", "rolebindings", "serviceaccounts", "services",
				"configmaps", "deployments", "mutatingwebhookconfigurations", "validatingwebhookconfigurations",
			},
		})
		return r.Update(t.Context(), grant)
	})
	r.restart("operator", "--addon-require-cert-manager")
	r.eventually("the refusal of the roles is reported", func() error {
		addon := r.phase(addons.PhaseCreateFailed)
		for _, issue := range addon.Status.Health.Issues {
			if issue.Code == addons.IssueAccessDenied && strings.Contains(issue.Message, "attempting to grant RBAC permissions not currently held") {
				return nil
			}
		}
		return fmt.Errorf("%+v", addon.Status.Health.Issues)
	})

	// A failed add-on is installed when its cause is gone, without a new request: with the
	// permissions of the example and no more.
	r.permit("../../examples/addons/addons-otel-permissions.yaml")
	r.restart("operator")
	r.phase(addons.PhaseActive)

	r.change(func(s *addons.AddonSpec) {
		s.ConfigurationValues = `{"radiograph":{"certificate":{"source":"cert-manager"}}}`
	})
	addon = r.phase(addons.PhaseUpdateFailed)
	r.has(addon, addons.IssueConfigurationConflict, "cert-manager is not installed on this cluster")

	r.change(func(s *addons.AddonSpec) { s.ConfigurationValues, s.Version = "", "v9.9.9-eksbuild.1" })
	addon = r.phase(addons.PhaseUpdateFailed)
	r.has(addon, addons.IssueConfigurationConflict, "Addon version specified is not supported")
}
