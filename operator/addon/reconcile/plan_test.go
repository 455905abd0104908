package reconcile

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubefake "k8s.io/client-go/kubernetes/fake"
	kubetesting "k8s.io/client-go/testing"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/operator/addon/catalog"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	out := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &out.Object); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestArrange(t *testing.T) {
	var objects []*unstructured.Unstructured
	for _, line := range []string{
		"opentelemetry.io/v1beta1 OpenTelemetryCollector", "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration",
		"apps/v1 Deployment", "cert-manager.io/v1 Certificate", "v1 Service", "serving.knative.dev/v1 Service", "v1 ConfigMap", "v1 ServiceAccount",
		"rbac.authorization.k8s.io/v1 ClusterRole", "apiextensions.k8s.io/v1 CustomResourceDefinition", "v1 Namespace",
	} {
		version, kind, _ := strings.Cut(line, " ")
		o := &unstructured.Unstructured{}
		o.SetAPIVersion(version)
		o.SetKind(kind)
		objects = append(objects, o)
	}
	var got []string
	for _, o := range arrange(objects) {
		got = append(got, o.GetKind())
	}
	want := []string{
		"Namespace", "CustomResourceDefinition", "ClusterRole", "ServiceAccount", "ConfigMap", "Service", "Certificate", "Deployment",
		"MutatingWebhookConfiguration", "OpenTelemetryCollector", "Service",
	}
	if !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	slices.SortStableFunc(objects, func(a, b *unstructured.Unstructured) int {
		return removalRank(a.GroupVersionKind().GroupKind()) - removalRank(b.GroupVersionKind().GroupKind())
	})
	if first, last := objects[0].GetKind(), objects[len(objects)-1].GetKind(); first != "OpenTelemetryCollector" || last != "Namespace" {
		t.Errorf("removal from %s to %s", first, last)
	}
}

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: d
  annotations: {a.b: "1", a.b/c.d: "2"}
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: x
          image: i
          ports: [{containerPort: 80, protocol: TCP}, {containerPort: 81}]
          args: [a, b]
      tolerations: [{key: k}]
`

func TestWithout(t *testing.T) {
	for _, test := range []struct{ path, gone string }{
		{".spec.replicas", "replicas"},
		{".metadata.annotations.a.b/c.d", "a.b/c.d"},
		{`.spec.template.spec.containers[name="x"].image`, "image: i"},
		{`.spec.template.spec.containers[name="x"].ports[containerPort=80,protocol="TCP"]`, "containerPort: 80"},
		{`.spec.template.spec.containers[name="x"].ports[containerPort=81,protocol="TCP"]`, "containerPort: 81"},
		{`.spec.template.spec.containers[name="x"].args[="a"]`, "- a\n"},
		{".spec.template.spec.tolerations[0].key", "key: k"},
		{`.spec.template.spec.containers[name="x"]`, "name: x"},
	} {
		from := object(t, deployment)
		got, err := without(from, []conflict{{path: test.path}})
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		before, errBefore := yaml.Marshal(from.Object)
		after, errAfter := yaml.Marshal(got.Object)
		if errBefore != nil || errAfter != nil {
			t.Fatal(errBefore, errAfter)
		}
		if !strings.Contains(string(before), test.gone) || strings.Contains(string(after), test.gone) {
			t.Errorf("%s: %q is not what was removed:\n%s", test.path, test.gone, after)
		}
	}
	for _, path := range []string{"", ".spec.nothing", ".spec.replicas.more", `.spec.template.spec.containers[name="y"]`, ".spec.template.spec.containers[7]", ".spec[", `.spec.template.spec.containers[name="x`} {
		if got, err := without(object(t, deployment), []conflict{{path: path}}); err == nil {
			t.Errorf("%q: no error, but %v", path, got.Object)
		}
	}
}

func FuzzWithout(f *testing.F) {
	f.Add(`.spec.template.spec.containers[name="x"].ports[containerPort=80,protocol="TCP"]`)
	f.Add(".metadata.annotations.a.b/c.d")
	f.Fuzz(func(t *testing.T, path string) {
		from := object(t, deployment)
		if _, err := without(from, []conflict{{path: path}}); err == nil && from.GetName() != "d" {
			t.Error("the object itself was changed")
		}
	})
}

func TestResolve(t *testing.T) {
	for _, test := range []struct {
		mode     v1alpha1.ResolveConflicts
		creating bool
		want     resolution
	}{
		{v1alpha1.ResolveNone, true, fail},
		{v1alpha1.ResolveNone, false, fail},
		{"", false, fail},
		{v1alpha1.ResolveOverwrite, true, force},
		{v1alpha1.ResolveOverwrite, false, force},
		{v1alpha1.ResolvePreserve, true, fail},
		{v1alpha1.ResolvePreserve, false, leave},
	} {
		if got := resolve(test.mode, test.creating); got != test.want {
			t.Errorf("resolve(%q, creating %t) = %d, want %d", test.mode, test.creating, got, test.want)
		}
	}
}

func TestConflictsOf(t *testing.T) {
	refused := apierrors.NewApplyConflict([]metav1.StatusCause{
		{Type: metav1.CauseTypeFieldManagerConflict, Field: ".spec.replicas", Message: `conflict with "kubectl-edit" using apps/v1`},
		{Type: metav1.CauseTypeFieldValueInvalid, Field: ".spec"},
	}, "conflict")
	conflicts, ok := conflictsOf(refused)
	if !ok || len(conflicts) != 1 || conflicts[0].path != ".spec.replicas" {
		t.Errorf("%v %v", conflicts, ok)
	}
	issue := conflictIssue([]inConflict{{object(t, deployment), conflicts}})
	for _, text := range []string{"Conflicts found when trying to apply", "deployment.apps d", ".spec.replicas", "kubectl-edit"} {
		if !strings.Contains(issue.Message, text) {
			t.Errorf("issue without %q: %s", text, issue.Message)
		}
	}
	if _, ok := conflictsOf(apierrors.NewConflict(schema.GroupResource{}, "d", errors.New("the object has been modified"))); ok {
		t.Error("a race is no conflict of fields")
	}
}

func TestCodes(t *testing.T) {
	resource := schema.GroupResource{Group: "rbac.authorization.k8s.io", Resource: "roles"}
	for want, err := range map[string]error{
		v1alpha1.IssueAccessDenied:           apierrors.NewForbidden(resource, "r", errors.New(`User "eks:addon-manager" cannot patch`)),
		v1alpha1.IssueAdmissionRequestDenied: apierrors.NewForbidden(resource, "r", errors.New(`admission webhook "x" denied the request`)),
		v1alpha1.IssueConfigurationConflict:  apierrors.NewBadRequest("no"),
		v1alpha1.IssueClusterUnreachable:     apierrors.NewServiceUnavailable("no"),
		v1alpha1.IssueInternalFailure:        errors.New("something"),
	} {
		if got := codeOf(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

func TestGrantedBy(t *testing.T) {
	patch := need{verb: "patch", group: "apps", resource: "deployments", name: "d"}
	create := need{verb: "create", group: "apps", resource: "deployments", name: "d"}
	all := authorizationv1.ResourceRule{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}
	named := authorizationv1.ResourceRule{Verbs: []string{"patch", "create"}, APIGroups: []string{"apps"}, Resources: []string{"deployments"}, ResourceNames: []string{"d"}}
	other := authorizationv1.ResourceRule{Verbs: []string{"patch"}, APIGroups: []string{"apps"}, Resources: []string{"deployments"}, ResourceNames: []string{"e"}}
	for _, test := range []struct {
		need need
		rule authorizationv1.ResourceRule
		want bool
	}{
		{patch, all, true},
		{create, all, true},
		{patch, named, true},
		{create, named, false},
		{patch, other, false},
		{need{verb: "patch", group: "batch", resource: "jobs"}, named, false},
	} {
		if got := test.need.grantedBy(test.rule); got != test.want {
			t.Errorf("%+v by %+v: %t", test.need, test.rule, got)
		}
	}
}

func TestPods(t *testing.T) {
	for _, test := range []struct {
		want, updated, available int32
		observed                 bool
		text                     string
	}{
		{1, 1, 1, true, ""},
		{0, 0, 0, true, ""},
		{2, 2, 1, true, "1 of 2 pods are available"},
		{2, 1, 2, true, "1 of 2 pods are up to date"},
		{1, 1, 1, false, "the change has not been seen by its controller"},
	} {
		if got := pods(test.want, test.updated, test.available, test.observed); got != test.text {
			t.Errorf("%+v: %q", test, got)
		}
	}
	ready := object(t, "status: {conditions: [{type: Ready, status: \"True\"}, {type: Degraded, status: \"False\"}]}")
	if text := resourceHealth(ready); text != "" {
		t.Error(text)
	}
	if text := resourceHealth(object(t, "status: {conditions: [{type: Available, status: \"False\", message: no pods}]}")); text != "is not Available: no pods" {
		t.Error(text)
	}
}

func TestRestartOn(t *testing.T) {
	d := object(t, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {serviceAccountName: a}}}")
	cr := object(t, "apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\nmetadata: {name: c}\nspec: {serviceAccount: b}")
	role := func(name string) string {
		restartOn([]*unstructured.Unstructured{d, cr}, []v1alpha1.AddonPodIdentity{{ServiceAccount: "a", RoleARN: name}})
		text, _, _ := unstructured.NestedString(d.Object, "spec", "template", "metadata", "annotations", associationAnnotation)
		return text
	}
	if first, second := role("x"), role("y"); first == "" || first == second {
		t.Errorf("digests %q and %q", first, second)
	}
	if _, there, _ := unstructured.NestedMap(cr.Object, "spec", "podAnnotations"); there {
		t.Error("a service account without an association has one")
	}
}

func TestTransient(t *testing.T) {
	resource := schema.GroupResource{Group: "apps", Resource: "deployments"}
	for _, test := range []struct {
		err  error
		want bool
	}{
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, true},
		{apierrors.NewConflict(resource, "d", errors.New("the object has been modified")), true},
		{apierrors.NewInternalError(errors.New("failed calling webhook")), true},
		{fmt.Errorf("read it: %w", apierrors.NewTooManyRequests("slow down", 1)), true},
		{apierrors.NewApplyConflict([]metav1.StatusCause{{Type: metav1.CauseTypeFieldManagerConflict, Field: ".a"}}, "conflict"), false},
		{apierrors.NewForbidden(resource, "d", errors.New("no")), false},
		{apierrors.NewBadRequest("no"), false},
		{&takenError{"other"}, false},
	} {
		if got := transient(test.err); got != test.want {
			t.Errorf("%v: %t", test.err, got)
		}
	}
}

// TestFew keeps a status to what the API server stores.
func TestFew(t *testing.T) {
	var issues []v1alpha1.AddonIssue
	for i := range 1000 {
		issues = append(issues, v1alpha1.AddonIssue{Code: "A", Message: strings.Repeat("ä", 10000), ResourceIDs: make([]string, i)})
	}
	got := few(issues)
	if len(got) != maxIssues || got[maxIssues-1].Message != "and 981 more" {
		t.Fatalf("%d issues, the last %+v", len(got), got[len(got)-1])
	}
	if text := got[0].Message; len(text) > maxMessage || !utf8.ValidString(text) || !strings.HasSuffix(text, "ä…") {
		t.Errorf("a message of %d bytes, which ends in %q", len(text), text[len(text)-8:])
	}
	if n := len(got[maxIssues-2].ResourceIDs); n > maxListed {
		t.Errorf("%d names of objects", n)
	}
	if got := few(issues[:2]); len(got) != 2 {
		t.Errorf("%d issues of two", len(got))
	}
}

// TestPermissions asks about each permission where the API server cannot list them, as in clusters
// with more authorizers than RBAC.
func TestPermissions(t *testing.T) {
	for _, test := range []struct {
		incomplete bool
		want       []string // what is missing
	}{
		{false, []string{"get, create, patch, delete"}},
		{true, []string{"create, delete"}},
	} {
		clients := kubefake.NewClientset()
		clients.PrependReactor("create", "selfsubjectrulesreviews", func(kubetesting.Action) (bool, runtime.Object, error) {
			return true, &authorizationv1.SelfSubjectRulesReview{Status: authorizationv1.SubjectRulesReviewStatus{Incomplete: test.incomplete, EvaluationError: "cannot"}}, nil
		})
		clients.PrependReactor("create", "selfsubjectaccessreviews", func(action kubetesting.Action) (bool, runtime.Object, error) {
			review := action.(kubetesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview)
			review.Status.Allowed = slices.Contains([]string{"get", "patch"}, review.Spec.ResourceAttributes.Verb)
			return true, review, nil
		})
		r := &reconciler{client: fake.NewClientBuilder().Build(), clients: clients}
		in := &installation{
			namespace: "n", version: &catalog.Version{},
			objects: []*unstructured.Unstructured{object(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: n}")},
		}
		r.permissions(t.Context(), in)
		if len(in.issues) != len(test.want) || in.waiting != nil || !strings.Contains(in.issues[0].Message, "cannot "+test.want[0]+" resource") {
			t.Errorf("incomplete %t: %+v, want %v", test.incomplete, in.issues, test.want)
		}
	}
}

// TestBecause says what keeps the pods of a workload from running.
func TestBecause(t *testing.T) {
	pod := func(name string, status corev1.PodStatus) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name, Labels: map[string]string{"app": name}}, Status: status}
	}
	waiting := func(reason, message string) []corev1.ContainerStatus {
		return []corev1.ContainerStatus{{Name: "main", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}}}
	}
	r := &reconciler{client: fake.NewClientBuilder().WithObjects(
		pod("image", corev1.PodStatus{ContainerStatuses: waiting("ImagePullBackOff", "Back-off pulling\nimage")}),
		pod("init", corev1.PodStatus{InitContainerStatuses: waiting("CrashLoopBackOff", ""), ContainerStatuses: waiting("PodInitializing", "")}),
		pod("node", corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/1 nodes are available"}}}),
		pod("soon", corev1.PodStatus{ContainerStatuses: waiting("ContainerCreating", "")}),
	).Build()}
	for app, want := range map[string]string{
		"image": ": pod image: container main: ImagePullBackOff: Back-off pulling image", "init": ": pod init: container main: CrashLoopBackOff",
		"node": ": pod node: 0/1 nodes are available", "soon": "", "none": "",
	} {
		if got := r.because(t.Context(), "n", &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}); got != want {
			t.Errorf("%s: %q, want %q", app, got, want)
		}
	}
}

func TestPreferredFirst(t *testing.T) {
	group := &metav1.APIGroup{Name: "g"}
	for _, version := range []string{"v1", "v1beta1", "v1alpha1"} {
		group.Versions = append(group.Versions, metav1.GroupVersionForDiscovery{GroupVersion: "g/" + version})
	}
	lists := []*metav1.APIResourceList{{GroupVersion: "g/v1alpha1"}, {GroupVersion: "g/v1"}, {GroupVersion: "g/v1beta1"}}
	preferredFirst([]*metav1.APIGroup{group}, lists)
	if lists[0].GroupVersion != "g/v1" || lists[2].GroupVersion != "g/v1alpha1" {
		t.Errorf("%s comes first, %s last", lists[0].GroupVersion, lists[2].GroupVersion)
	}
}
