package podwebhook

import (
	"encoding/json"
	"strings"
	"testing"

	evanphx "github.com/evanphx/json-patch/v5"
	jsonpatch "gomodules.xyz/jsonpatch/v2"
	admissionv1 "k8s.io/api/admission/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/autoinstrumentation"
	"github.com/radiograph/radiograph/operator/manifest"
)

// rig is a handler over some objects.
type rig struct {
	*Handler
	events *events.FakeRecorder
}

// newRig returns a handler for a cluster with these objects.
func newRig(t *testing.T, native bool, objects ...client.Object) *rig {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme, v1beta1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	recorder := events.NewFakeRecorder(10)
	reader := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
	return &rig{events: recorder, Handler: &Handler{
		Client:  reader,
		Live:    reader,
		Events:  recorder,
		Decoder: admission.NewDecoder(scheme),
		Options: Options{
			Images:               map[autoinstrumentation.Language]string{autoinstrumentation.NodeJS: "radiograph/autoinstrumentation-nodejs:1"},
			Enabled:              map[autoinstrumentation.Language]bool{autoinstrumentation.NodeJS: true, autoinstrumentation.Java: true},
			MultiInstrumentation: true,
			Manifest:             manifest.Options{CollectorImage: "radiograph/radiograph-collector:1", NativeSidecars: native},
		},
	}}
}

// admit sends a pod through the webhook and returns what is created, and the answer.
func (r *rig) admit(t *testing.T, pod *corev1.Pod) (*corev1.Pod, admission.Response) {
	t.Helper()
	raw, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	response := r.Handle(t.Context(), admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		Namespace: "apps", Operation: admissionv1.Create, Object: runtime.RawExtension{Raw: raw},
	}})
	return apply(t, raw, response.Patches), response
}

// apply applies the patches of an answer, which add and replace alone.
func apply(t *testing.T, raw []byte, patches []jsonpatch.Operation) *corev1.Pod {
	t.Helper()
	encoded, err := json.Marshal(patches)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := decodePatch(encoded)
	if err != nil {
		t.Fatal(err)
	}
	changed, err := decoded.Apply(raw)
	if err != nil {
		t.Fatal(err)
	}
	pod := new(corev1.Pod)
	if err := json.Unmarshal(changed, pod); err != nil {
		t.Fatal(err)
	}
	return pod
}

func namespace(annotations map[string]string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "apps", Annotations: annotations}}
}

func replicaSet() *appsv1.ReplicaSet {
	return &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
		Namespace: "apps", Name: "shop-5d",
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "shop", UID: "d"}},
	}}
}

func pod(annotations map[string]string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: "shop-5d-", Annotations: annotations,
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "shop-5d", UID: "r"}},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "app:1"}}},
	}
}

func sidecar(name string) *v1beta1.OpenTelemetryCollector {
	var config v1beta1.Config
	text := `{"receivers":{"awsxray":{}},"exporters":{"awsxray":{"region":"us-east-1"}},"service":{"pipelines":{"traces":{"receivers":["awsxray"],"exporters":["awsxray"]}}}}`
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		panic(err)
	}
	return &v1beta1.OpenTelemetryCollector{
		ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: name},
		Spec:       v1beta1.OpenTelemetryCollectorSpec{Mode: v1beta1.ModeSidecar, Config: config},
	}
}

func TestSidecar(t *testing.T) {
	for _, native := range []bool{false, true} {
		r := newRig(t, native, namespace(nil), replicaSet(), sidecar("side"))
		got, response := r.admit(t, pod(map[string]string{SidecarKey: "true"}))
		if !response.Allowed {
			t.Fatal(response.Result)
		}
		all := got.Spec.Containers
		if native {
			all = got.Spec.InitContainers
		}
		collector := all[len(all)-1]
		if collector.Name != "otc-container" || collector.Args[len(collector.Args)-1] != "--config=env:OTEL_CONFIG" {
			t.Errorf("native %v: collector %+v", native, collector)
		}
		if got.Labels[manifest.InjectedLabel] != "apps.side" {
			t.Errorf("labels %v", got.Labels)
		}
		found := false
		for _, v := range collector.Env {
			found = found || v.Name == "OTEL_RESOURCE_ATTRIBUTES" && strings.Contains(v.Value, "k8s.deployment.name=shop")
		}
		if !found {
			t.Error("the collector does not know the deployment")
		}
	}
}

func TestSidecarIsRemoved(t *testing.T) {
	r := newRig(t, false, namespace(map[string]string{SidecarKey: "true"}), sidecar("side"))
	with, _ := r.admit(t, pod(nil))
	if !hasSidecar(with) {
		t.Fatal("no sidecar by the namespace's annotation")
	}
	with.Annotations = map[string]string{SidecarKey: "false"}
	without, _ := r.admit(t, with)
	if hasSidecar(without) || without.Labels[manifest.InjectedLabel] != "" {
		t.Errorf("the sidecar stays: %+v", without)
	}
}

func TestInstrumentation(t *testing.T) {
	instrumentation := &v1alpha1.Instrumentation{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "main"}}
	r := newRig(t, false, namespace(nil), replicaSet(), instrumentation)
	got, _ := r.admit(t, pod(map[string]string{"instrumentation.opentelemetry.io/inject-nodejs": "true"}))
	if len(got.Spec.InitContainers) != 1 || got.Spec.InitContainers[0].Image != "radiograph/autoinstrumentation-nodejs:1" {
		t.Fatalf("init containers %+v", got.Spec.InitContainers)
	}
	again, response := r.admit(t, got)
	if len(response.Patches) != 0 || len(again.Spec.InitContainers) != 1 {
		t.Errorf("a pod that has it is changed again: %v", response.Patches)
	}
}

// TestCacheIsBehind sends a pod that was written right after the namespace, the Instrumentation
// and the collector that it asks for.
func TestCacheIsBehind(t *testing.T) {
	instrumentation := &v1alpha1.Instrumentation{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "main"}}
	r := newRig(t, false, namespace(nil), replicaSet(), instrumentation, sidecar("side"))
	r.Client = newRig(t, false).Client
	got, response := r.admit(t, pod(map[string]string{"instrumentation.opentelemetry.io/inject-nodejs": "true", SidecarKey: "side"}))
	if !response.Allowed || len(got.Spec.InitContainers) != 1 || !hasSidecar(got) {
		t.Errorf("got %+v, %+v", got.Spec, response.Result)
	}
}

// TestLeftAsItIs checks that a pod starts although it cannot get what it asks for, and that its
// owner is told.
func TestLeftAsItIs(t *testing.T) {
	for name, annotations := range map[string]map[string]string{
		"no collector":       {SidecarKey: "true"},
		"no instrumentation": {"instrumentation.opentelemetry.io/inject-nodejs": "true"},
		"language is off":    {"instrumentation.opentelemetry.io/inject-go": "true"},
		"no image":           {"instrumentation.opentelemetry.io/inject-java": "main"},
		"malformed":          {SidecarKey: "a/b/c"},
	} {
		r := newRig(t, false, namespace(nil), replicaSet())
		got, response := r.admit(t, pod(annotations))
		if !response.Allowed || len(got.Spec.Containers) != 1 || len(got.Spec.InitContainers) != 0 {
			t.Errorf("%s: got %+v, allowed %v", name, got.Spec, response.Allowed)
		}
		select {
		case event := <-r.events.Events:
			if !strings.Contains(event, reason) {
				t.Errorf("%s: event %q", name, event)
			}
		default:
			t.Errorf("%s: no event", name)
		}
	}
}

func TestFailurePolicy(t *testing.T) {
	r := newRig(t, false, namespace(map[string]string{PolicyKey: "Fail"}))
	_, response := r.admit(t, pod(map[string]string{SidecarKey: "true"}))
	if response.Allowed || !strings.Contains(response.Result.Message, "has no OpenTelemetryCollector") {
		t.Errorf("got %+v", response)
	}
}

func TestNothingAsked(t *testing.T) {
	r := newRig(t, false, namespace(nil))
	if _, response := r.admit(t, pod(nil)); !response.Allowed || len(response.Patches) != 0 {
		t.Errorf("got %+v", response)
	}
}

func TestNotAPod(t *testing.T) {
	r := newRig(t, false, namespace(nil))
	response := r.Handle(t.Context(), admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		Namespace: "apps", Object: runtime.RawExtension{Raw: []byte("{")},
	}})
	if response.Allowed || response.Result.Code != 400 {
		t.Errorf("got %+v", response)
	}
}

// decodePatch decodes what the API server would apply.
func decodePatch(encoded []byte) (evanphx.Patch, error) { return evanphx.DecodePatch(encoded) }
