//go:build e2e

package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	addons "github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// The package "probe" of these tests, which is small: v1 has one definition, v2 has another
// besides, and an object of it. "neighbour" is installed in the same namespace.
const (
	probeAddon = `name: %s
type: observability
publisher: me
owner: me
defaultNamespace: shared
defaults:
  architectures: [amd64]
  schema: schema.json
  compatibilities: [{clusterVersion: 1.25-1.40}]
  charts: [{chart: v1}]
versions:
  - {version: v1.0.0, compatibilities: [{clusterVersion: 1.25-1.40, default: true}]}
  - {version: v2.0.0, charts: [{chart: v1}, {chart: v2}]}
  - {version: v2.1.0, prerequisites: {certManager: required}}
  - {version: v3.0.0, charts: [{chart: broken}]}
  - {version: v4.0.0, compatibilities: [{clusterVersion: "1.19", default: true}]}
`
	probeSchema = `{"type": "object", "additionalProperties": false, "properties": {"text": {"type": "string"}, "mode": {"type": "string"}}}`

	probeDefinition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[1]ss.probe.test}
spec:
  group: probe.test
  scope: Namespaced
  names: {kind: %[2]s, plural: %[1]ss, singular: %[1]s, listKind: %[2]sList}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`
	probeObjects = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: {{ .Release.Name }}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}, annotations: {kept: "yes"}}
data: {text: {{ .Values.text | quote }}, mode: {{ .Values.mode | quote }}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: 1
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}, annotations: {text: {{ .Values.text | quote }}}}
    spec: {containers: [{name: main, image: example.test/probe:v1}]}
`
)

// newProbeRig starts the add-on manager with the packages.
func newProbeRig(t *testing.T) *addonRig {
	t.Helper()
	r := &addonRig{rig: newRig(t)}
	for _, name := range []string{"probe", "neighbour"} {
		files := map[string]string{
			"addon.yaml": fmt.Sprintf(probeAddon, name), "schema.json": probeSchema,
			"v1/Chart.yaml": "apiVersion: v2\nname: v1\nversion: 1.0.0\n", "v1/values.yaml": "text: none\nmode: none\n",
			"v1/templates/all.yaml": probeObjects,
			"v2/Chart.yaml":         "apiVersion: v2\nname: v2\nversion: 1.0.0\n",
			"v2/templates/all.yaml": fmt.Sprintf(probeDefinition, "gadget", "Gadget") + "---\napiVersion: probe.test/v1\nkind: Gadget\nmetadata: {name: probe}\nspec: {a: 1}\n",
			"broken/Chart.yaml":     "apiVersion: v2\nname: broken\nversion: 1.0.0\n", "broken/templates/a.yaml": "kind: {{ .Values.a.b.c }}\n",
		}
		if name == "probe" {
			files["v1/crds/widget.yaml"] = fmt.Sprintf(probeDefinition, "widget", "Widget")
		}
		for path, text := range files {
			path = filepath.Join("packages", name, path)
			if err := os.MkdirAll(filepath.Join(r.dir, filepath.Dir(path)), 0o700); err != nil {
				t.Fatal(err)
			}
			r.write(path, text)
		}
	}
	r.restart("admin", r.probeArgs()...)
	return r
}

// probeArgs make managers that follow each other soon, and are soon out of patience.
func (r *addonRig) probeArgs() []string {
	return []string{
		"--addon-packages=" + filepath.Join(r.dir, "packages"), "--addon-ready-timeout=6s", "--enable-leader-election",
		"--leader-election-lease-duration=5s", "--leader-election-renew-deadline=3s", "--leader-election-retry-period=1s",
	}
}

// kubectl runs kubectl as an administrator; ok says that it did not fail.
func (r *addonRig) kubectl(input string, args ...string) (printed string, ok bool) {
	r.t.Helper()
	base := []string{"--server=" + r.host, "--token=admin", "--insecure-skip-tls-verify", "--cache-dir=" + filepath.Join(r.dir, "kubectl")}
	cmd := exec.CommandContext(r.t.Context(), filepath.Join(filepath.Dir(r.program), "kubectl"), append(base, args...)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+filepath.Join(r.dir, "none"))
	cmd.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
		r.t.Fatal(err)
	}
	return out.String(), err == nil
}

// apply applies an Addon as people do.
func (r *addonRig) apply(name, spec string) {
	r.t.Helper()
	text := fmt.Sprintf("apiVersion: addons.radiograph.dev/v1alpha1\nkind: Addon\nmetadata: {name: %s}\nspec:\n  addonName: %[1]s\n%s", name, spec)
	if out, ok := r.kubectl(text, "apply", "-f", "-"); !ok {
		r.t.Fatalf("kubectl apply: %s", out)
	}
}

// addon waits until an Addon is as a condition says. Meanwhile pods are ready if ready says so.
func (r *addonRig) addon(name, what string, ready bool, condition func(*addons.Addon) error) *addons.Addon {
	r.t.Helper()
	out := &addons.Addon{}
	r.eventually("the add-on "+name+" is "+what, func() error {
		r.pods(name, ready)
		addon := &addons.Addon{}
		if err := r.Get(r.t.Context(), client.ObjectKey{Name: name}, addon); err != nil {
			return err
		}
		if err := condition(addon); err != nil {
			return fmt.Errorf("%w: %s %+v %+v", err, addon.Status.Phase, addon.Status.Health.Issues, addon.Status.Conditions)
		}
		*out = *addon
		return nil
	})
	return out
}

// is waits until an Addon is in a phase that is about its newest spec.
func (r *addonRig) is(name string, want addons.AddonPhase, ready bool) *addons.Addon {
	r.t.Helper()
	return r.addon(name, string(want), ready, func(a *addons.Addon) error {
		if a.Status.Phase != want || a.Status.ObservedGeneration != a.Generation {
			return errors.New("not yet")
		}
		return nil
	})
}

// pods makes the pods of an add-on be ready or not.
func (r *addonRig) pods(name string, ready bool) {
	w := &appsv1.Deployment{}
	if r.Get(r.t.Context(), client.ObjectKey{Namespace: "shared", Name: name}, w) != nil {
		return
	}
	var n int32
	if ready {
		n = 1
	}
	if w.Status.ObservedGeneration != w.Generation || w.Status.AvailableReplicas != n {
		w.Status = appsv1.DeploymentStatus{ObservedGeneration: w.Generation, Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: n, ReadyReplicas: n}
		_ = r.Status().Update(r.t.Context(), w)
	}
}

// order lists what the managers applied after a place in the audit log, each resource once.
func (r *addonRig) order(after int) []string {
	r.t.Helper()
	var out []string
	for _, line := range r.addonWrites(`"verb":"patch"`)[after:] {
		var e struct {
			ObjectRef struct{ Resource, Name, Subresource, APIGroup string }
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			r.t.Fatal(err)
		}
		if at := e.ObjectRef.Resource + " " + e.ObjectRef.Name; e.ObjectRef.APIGroup != addons.GroupVersion.Group && !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return out
}

// successor starts another manager, and ends the leader as a lost node does once it waits.
func (r *addonRig) successor() {
	r.t.Helper()
	leader := r.manager
	r.manager = nil
	r.restart("admin", r.probeArgs()...)
	leader.kill()
}

func TestAddonByHand(t *testing.T) {
	r := newProbeRig(t)
	config, widgets := &corev1.ConfigMap{}, &apiextensionsv1.CustomResourceDefinition{}
	configKey, widgetsKey := client.ObjectKey{Namespace: "shared", Name: "probe"}, client.ObjectKey{Name: "widgets.probe.test"}

	t.Run("kubectl alone", func(t *testing.T) {
		for spec, want := range map[string]string{
			"  version: 1.0.0\n":                                 "spec.version",
			"  resolveConflicts: FORCE\n":                        "Unsupported value",
			"  tags: {\"\": x}\n":                                "a tag has a key",
			"  serviceAccountRoleArn: role/x\n":                  "serviceAccountRoleArn",
			"  namespaceConfig: {namespace: ../a}\n":             "namespace",
			"  podIdentityAssociations: [{serviceAccount: a}]\n": "roleArn",
			"  versions: [v1.0.0]\n":                             "unknown field",
			"  configurationValues: [a, list]\n":                 "configurationValues",
		} {
			text := "apiVersion: addons.radiograph.dev/v1alpha1\nkind: Addon\nmetadata: {name: probe}\nspec:\n  addonName: probe\n" + spec
			if out, ok := r.kubectl(text, "apply", "--validate=strict", "-f", "-"); ok || !strings.Contains(out, want) {
				t.Errorf("%q is answered by %s, want %q", spec, out, want)
			}
		}
		r.apply("probe", "  version: v1.0.0\n  configurationValues: |\n    # a remark\n    text: größer\n")
		addon := r.is("probe", addons.PhaseActive, true)
		for _, kind := range []string{"Ready", "Installed"} {
			i := slices.IndexFunc(addon.Status.Conditions, func(c metav1.Condition) bool { return c.Type == kind })
			if i < 0 || addon.Status.Conditions[i].Status != metav1.ConditionTrue || addon.Status.Conditions[i].ObservedGeneration != addon.Generation || addon.Status.Conditions[i].Reason == "" {
				t.Errorf("condition %s: %+v", kind, addon.Status.Conditions)
			}
		}
		if out, ok := r.kubectl("", "wait", "--for=condition=Ready", "addon/probe", "--timeout=10s"); !ok {
			t.Error(out)
		}
		out, _ := r.kubectl("", "get", "addons.addons.radiograph.dev", "probe")
		if !strings.Contains(out, "VERSION") || !strings.Contains(out, "v1.0.0") || !strings.Contains(out, "ACTIVE") {
			t.Errorf("kubectl get: %s", out)
		}
		for _, field := range []string{"spec.version", "spec.configurationValues", "spec.resolveConflicts", "spec.preserveOnDelete", "status.phase", "status.observedSpec"} {
			if out, ok := r.kubectl("", "explain", "addon."+field); !ok || strings.Contains(out, "<empty>") {
				t.Errorf("kubectl explain %s: %s", field, out)
			}
		}
	})

	t.Run("tags are no update", func(t *testing.T) {
		r.edit("probe", func(s *addons.AddonSpec) { s.Tags = map[string]string{"team": "a"} })
		addon := r.addon("probe", "seen", true, func(a *addons.Addon) error {
			if a.Status.ObservedGeneration != a.Generation {
				return errors.New("not yet")
			}
			return nil
		})
		if len(addon.Status.Updates) != 0 || addon.Status.Phase != addons.PhaseActive {
			t.Errorf("%+v", addon.Status)
		}
	})

	t.Run("what is set back by hand is well again", func(t *testing.T) {
		set := func(text string) {
			r.eventually("change the configuration", func() error {
				if err := r.Get(t.Context(), configKey, config); err != nil {
					return err
				}
				config.Data["text"] = text
				return r.Update(t.Context(), config, client.FieldOwner("kubectl-edit"))
			})
		}
		set("another")
		r.has(r.is("probe", addons.PhaseDegraded, true), addons.IssueUnsupportedAddonModification, ".data.text")
		set("größer")
		r.is("probe", addons.PhaseActive, true)
	})

	t.Run("what is removed is set right", func(t *testing.T) {
		r.eventually("remove an annotation", func() error {
			if err := r.Get(t.Context(), configKey, config); err != nil {
				return err
			}
			config.Annotations = nil
			return r.Update(t.Context(), config, client.FieldOwner("kubectl-edit"))
		})
		r.eventually("the annotation is back", func() error {
			if err := r.Get(t.Context(), configKey, config); err != nil || config.Annotations["kept"] == "yes" {
				return err
			}
			return errors.New("it is not")
		})
		r.eventually("an event tells of it", func() error { return r.eventOf("probe", "UnsupportedAddonModification", "metadata.annotations.kept") })
		r.is("probe", addons.PhaseActive, true)
	})

	t.Run("pods that are not ready", func(t *testing.T) {
		addon := r.is("probe", addons.PhaseDegraded, false)
		r.has(addon, addons.IssueInsufficientNumberOfReplicas, "deployment.apps shared/probe: 0 of 1 pods are available")
		r.restart("admin", r.probeArgs()...)
		r.eventually("the next process has looked", func() error {
			if len(r.addonWrites("/deployments/probe")) == 0 {
				return errors.New("it has not")
			}
			return nil
		})
		if addon := r.is("probe", addons.PhaseDegraded, false); len(addon.Status.Updates) != 0 {
			t.Errorf("updates %+v", addon.Status.Updates)
		}
		r.is("probe", addons.PhaseActive, true)
	})

	t.Run("upgrade and downgrade in order", func(t *testing.T) {
		for _, step := range []struct {
			version string
			want    []string
		}{
			{"v2.0.0", []string{"namespaces shared", "customresourcedefinitions widgets.probe.test", "customresourcedefinitions gadgets.probe.test", "clusterroles probe", "configmaps probe", "deployments probe", "gadgets probe"}},
			{"v1.0.0", []string{"customresourcedefinitions widgets.probe.test", "clusterroles probe", "configmaps probe", "deployments probe"}},
		} {
			// Without the manager the definition is missing when the update begins.
			r.manager.stop(t)
			if err := r.Delete(t.Context(), &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: widgetsKey.Name}}); err != nil {
				t.Fatal(err)
			}
			r.eventually("the definition is gone", func() error { return gone(r.Get(t.Context(), widgetsKey, widgets)) })
			r.edit("probe", func(s *addons.AddonSpec) { s.Version = step.version })
			before := len(r.addonWrites(`"verb":"patch"`))
			r.restart("admin", r.probeArgs()...)
			addon := r.is("probe", addons.PhaseActive, true)
			if addon.Status.Version != step.version || r.last(addon).Status != addons.UpdateSuccessful {
				t.Errorf("%+v", addon.Status)
			}
			got := slices.DeleteFunc(r.order(before), func(at string) bool { return !slices.Contains(step.want, at) })
			if want := slices.DeleteFunc(slices.Clone(step.want), func(at string) bool { return at == "namespaces shared" && !slices.Contains(got, at) }); !slices.Equal(got, want) {
				t.Errorf("order %v, want %v", got, want)
			}
		}
		r.eventually("the second definition is gone", func() error {
			return gone(r.Get(t.Context(), client.ObjectKey{Name: "gadgets.probe.test"}, &apiextensionsv1.CustomResourceDefinition{}))
		})
	})

	t.Run("versions that cannot be", func(t *testing.T) {
		for version, want := range map[string]string{
			"v3.0.0": "nil pointer evaluating", "v4.0.0": "does not support Kubernetes", "v5.0.0": "has no version v5.0.0",
		} {
			r.edit("probe", func(s *addons.AddonSpec) { s.Version = version })
			r.has(r.is("probe", addons.PhaseUpdateFailed, true), addons.IssueConfigurationConflict, want)
		}
		// Very much may be wrong.
		var values strings.Builder
		for i := range 12000 {
			fmt.Fprintf(&values, "key%d: 1\n", i)
		}
		r.edit("probe", func(s *addons.AddonSpec) { s.Version, s.ConfigurationValues = "v1.0.0", values.String() })
		addon := r.is("probe", addons.PhaseUpdateFailed, true)
		r.has(addon, addons.IssueConfigurationConflict, "$.key0", "is not defined in the schema")
		r.has(addon, addons.IssueConfigurationConflict, "more")
		r.edit("probe", func(s *addons.AddonSpec) { s.ConfigurationValues, s.ResolveConflicts = "", addons.ResolveOverwrite })
		r.is("probe", addons.PhaseActive, true)
	})

	t.Run("cert-manager on its way", func(t *testing.T) {
		r.edit("probe", func(s *addons.AddonSpec) { s.Version = "v2.1.0" })
		r.has(r.is("probe", addons.PhaseUpdateFailed, true), addons.IssueConfigurationConflict, "the cluster has no kind Certificate of cert-manager.io/v1")
		r.edit("probe", func(s *addons.AddonSpec) { s.Version = "v1.0.0" })
		r.is("probe", addons.PhaseActive, true)
		for _, names := range [][]string{{"certificate", "Certificate"}, {"issuer", "Issuer"}} {
			r.create([]byte(strings.ReplaceAll(fmt.Sprintf(probeDefinition, names[0], names[1]), "probe.test", "cert-manager.io")))
		}
		webhook := r.create([]byte(`apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: cert-manager-webhook}
webhooks:
  - name: webhook.cert-manager.io
    rules: [{apiGroups: [cert-manager.io], apiVersions: [v1], operations: [CREATE], resources: [certificates]}]
    clientConfig: {url: "https://127.0.0.1:1/"}
    admissionReviewVersions: [v1]
    sideEffects: None
`))
		r.eventually("cert-manager's kinds are served", func() error {
			_, ok := r.kubectl("", "get", "certificates.cert-manager.io,issuers.cert-manager.io")
			if !ok {
				return errors.New("not yet")
			}
			return nil
		})
		r.edit("probe", func(s *addons.AddonSpec) { s.Version = "v2.1.0" })
		r.addon("probe", "waiting for the webhook", true, func(a *addons.Addon) error {
			c := meta.FindStatusCondition(a.Status.Conditions, "Ready")
			if a.Status.Phase != addons.PhaseUpdating || c == nil || !strings.Contains(c.Message, "a certificate cannot be created: Internal error occurred: failed calling webhook") {
				return errors.New("not yet")
			}
			return nil
		})
		r.has(r.is("probe", addons.PhaseUpdateFailed, true), addons.IssueConfigurationConflict, "cert-manager is not installed on this cluster", "failed calling webhook")
		if err := r.Delete(t.Context(), webhook); err != nil {
			t.Fatal(err)
		}
		r.is("probe", addons.PhaseActive, true)
		r.edit("probe", func(s *addons.AddonSpec) { s.Version = "v1.0.0" })
		r.is("probe", addons.PhaseActive, true)
	})

	t.Run("leader dies while updating", func(t *testing.T) {
		before := len(r.is("probe", addons.PhaseActive, true).Status.Updates)
		r.edit("probe", func(s *addons.AddonSpec) { s.ConfigurationValues = "text: second" })
		r.is("probe", addons.PhaseUpdating, false)
		r.successor()
		addon := r.is("probe", addons.PhaseActive, true)
		if n := len(addon.Status.Updates); n != before+1 || r.last(addon).Status != addons.UpdateSuccessful {
			t.Errorf("%d updates after %d: %+v", n, before, r.last(addon))
		}
	})

	t.Run("neighbour in the namespace", func(t *testing.T) {
		r.apply("neighbour", "  version: v1.0.0\n")
		r.is("neighbour", addons.PhaseCreating, false)
		r.successor() // dies while creating
		r.is("neighbour", addons.PhaseActive, true)
		r.edit("neighbour", func(s *addons.AddonSpec) { s.Version, s.ResolveConflicts = "v2.0.0", addons.ResolveOverwrite })
		r.is("neighbour", addons.PhaseActive, true)
		r.edit("probe", func(s *addons.AddonSpec) { s.Version, s.ResolveConflicts = "v2.0.0", addons.ResolveOverwrite })
		r.has(r.is("probe", addons.PhaseUpdateFailed, true), addons.IssueConfigurationConflict, "belongs to the add-on neighbour")
		r.edit("probe", func(s *addons.AddonSpec) { s.Version = "v1.0.0" })
		r.is("probe", addons.PhaseActive, true)
	})

	t.Run("deletion that is held up", func(t *testing.T) {
		r.eventually("hold the configuration", func() error {
			if err := r.Get(t.Context(), configKey, config); err != nil {
				return err
			}
			config.Finalizers = []string{"probe.test/held"}
			return r.Update(t.Context(), config, client.FieldOwner("someone"))
		})
		r.is("probe", addons.PhaseDegraded, false) // so that it has been out of patience before
		if out, ok := r.kubectl("", "delete", "addon", "probe", "--wait=false"); !ok {
			t.Fatal(out)
		}
		deleting := func(want addons.AddonPhase) *addons.Addon {
			return r.addon("probe", string(want), false, func(a *addons.Addon) error {
				if a.Phase() != want || a.Status.Phase != want {
					return errors.New("not yet")
				}
				return nil
			})
		}
		deleting(addons.PhaseDeleting)
		r.successor()
		r.has(deleting(addons.PhaseDeleteFailed), addons.IssueInternalFailure, "ConfigMap probe is not gone yet", "preserve")
		if out, ok := r.kubectl("", "patch", "addon", "probe", "--type=merge", "-p", `{"spec":{"preserveOnDelete":true}}`); !ok {
			t.Fatal(out)
		}
		r.eventually("the add-on is gone", func() error { return gone(r.Get(t.Context(), client.ObjectKey{Name: "probe"}, &addons.Addon{})) })
		if err := r.Get(t.Context(), configKey, config); err != nil {
			t.Errorf("what is preserved: %v", err)
		}
		config.Finalizers = nil
		if err := r.Update(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		r.is("neighbour", addons.PhaseActive, true)
		namespace := &corev1.Namespace{}
		if err := r.Get(t.Context(), client.ObjectKey{Name: "shared"}, namespace); err != nil || namespace.DeletionTimestamp != nil {
			t.Errorf("the namespace of the neighbour: %v %v", err, namespace.DeletionTimestamp)
		}
	})

	t.Run("namespace goes with its last add-on", func(t *testing.T) {
		r.apply("probe", "  version: v1.0.0\n")
		r.is("probe", addons.PhaseActive, true)
		// Nor does a kind of someone else that nobody can list keep it.
		definition := fmt.Sprintf(probeDefinition, "gizmo", "Gizmo")
		definition = strings.Replace(definition, "  versions:\n", `  conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {url: "https://127.0.0.1:1/"}}}
  versions:
    - name: v2
      served: true
      storage: false
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`, 1)
		r.create([]byte(definition))
		gizmo := "apiVersion: probe.test/v1\nkind: Gizmo\nmetadata: {name: a, namespace: default}\n"
		r.eventually("someone else's object is there", func() error {
			if out, ok := r.kubectl(gizmo, "apply", "-f", "-"); !ok {
				return errors.New(out)
			}
			return nil
		})
		for _, name := range []string{"probe", "neighbour"} {
			namespace := &corev1.Namespace{}
			if err := r.Get(t.Context(), client.ObjectKey{Name: "shared"}, namespace); err != nil || namespace.DeletionTimestamp != nil {
				t.Errorf("before %s is deleted the namespace is %v, %v", name, namespace.DeletionTimestamp, err)
			}
			if out, ok := r.kubectl("", "delete", "addon", name, "--wait=false"); !ok {
				t.Fatal(out)
			}
			if name == "neighbour" {
				r.eventually("the namespace goes", func() error {
					if err := r.Get(t.Context(), client.ObjectKey{Name: "shared"}, namespace); err != nil || namespace.DeletionTimestamp != nil {
						return client.IgnoreNotFound(err)
					}
					return errors.New("it stays")
				})
				namespace.Spec.Finalizers = nil // as the namespace controller does
				if err := r.SubResource("finalize").Update(t.Context(), namespace); err != nil {
					t.Fatal(err)
				}
			}
			r.eventually(name+" is gone", func() error { return gone(r.Get(t.Context(), client.ObjectKey{Name: name}, &addons.Addon{})) })
		}
	})
}

// edit changes the spec of an Addon.
func (r *addonRig) edit(name string, change func(*addons.AddonSpec)) {
	r.t.Helper()
	r.eventually("change the add-on "+name, func() error {
		addon := &addons.Addon{}
		if err := r.Get(r.t.Context(), client.ObjectKey{Name: name}, addon); err != nil {
			return err
		}
		change(&addon.Spec)
		return r.Update(r.t.Context(), addon)
	})
}

// eventOf looks for an event about an add-on that says something.
func (r *addonRig) eventOf(name, reason, text string) error {
	list := &corev1.EventList{}
	if err := r.List(r.t.Context(), list); err != nil {
		return err
	}
	if !slices.ContainsFunc(list.Items, func(e corev1.Event) bool {
		return e.Reason == reason && e.InvolvedObject.Name == name && strings.Contains(e.Message, text)
	}) {
		return fmt.Errorf("there is no event %s with %q", reason, text)
	}
	return nil
}
