package webhook_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionreview "k8s.io/api/admission/v1"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/deploy"
	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/webhook"
)

// serve registers the webhooks at a manager and returns what its server would serve.
func serve(t *testing.T) http.Handler {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1beta1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	mgr, err := manager.New(&rest.Config{Host: "127.0.0.1:1"}, manager.Options{Scheme: scheme, Metrics: server.Options{BindAddress: "0"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := webhook.Register(mgr, webhook.Options{}); err != nil {
		t.Fatal(err)
	}
	return mgr.GetWebhookServer().WebhookMux()
}

func post[T any](t *testing.T, handler http.Handler, path string, body any) T {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(text))
	req.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, req)
	var out T
	if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil {
		t.Fatalf("POST %s: %d %s: %v", path, answer.Code, answer.Body, err)
	}
	return out
}

// configurations returns the objects of the chart that tell an API server to call the webhooks.
func configurations(t *testing.T) (admissionv1.MutatingWebhookConfiguration, admissionv1.ValidatingWebhookConfiguration) {
	t.Helper()
	files, err := deploy.Chart(deploy.Operator)
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := deploy.Render(files, deploy.Release{Name: "radiograph-operator", Namespace: "a"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var mutating admissionv1.MutatingWebhookConfiguration
	var validating admissionv1.ValidatingWebhookConfiguration
	into := map[string]any{"MutatingWebhookConfiguration": &mutating, "ValidatingWebhookConfiguration": &validating}
	for _, manifest := range manifests {
		object, ok := into[manifest.Kind]
		if !ok {
			continue
		}
		if err := yaml.UnmarshalStrict([]byte(manifest.YAML), object); err != nil {
			t.Fatalf("%s %s: %v", manifest.Kind, manifest.Name, err)
		}
	}
	return mutating, validating
}

// TestEveryConfiguredPathIsServed holds the two halves together: what the chart tells the API
// server, and what answers it. Pods have a webhook of their own.
func TestEveryConfiguredPathIsServed(t *testing.T) {
	handler := serve(t)
	mutating, validating := configurations(t)
	configured := map[string]bool{}
	for _, w := range mutating.Webhooks {
		configured[*w.ClientConfig.Service.Path] = true
	}
	for _, w := range validating.Webhooks {
		configured[*w.ClientConfig.Service.Path] = true
	}
	for _, path := range []string{
		webhook.MutateCollectorPath, webhook.ValidateCollectorPath, webhook.MutateInstrumentationPath, webhook.ValidateInstrumentationPath,
		webhook.MutateOpAMPBridgePath, webhook.ValidateOpAMPBridgePath, webhook.MutateTargetAllocatorPath, webhook.ValidateTargetAllocatorPath,
		webhook.MutatePodPath,
	} {
		if !configured[path] {
			t.Errorf("the chart has no webhook for %s", path)
		}
	}
	for path := range configured {
		if !strings.Contains(path, "-opentelemetry-io-") {
			continue
		}
		review := admissionreview.AdmissionReview{Request: &admissionreview.AdmissionRequest{UID: "1", Operation: admissionreview.Delete, OldObject: runtime.RawExtension{Raw: []byte(`{}`)}}}
		review.APIVersion, review.Kind = "admission.k8s.io/v1", "AdmissionReview"
		if answer := post[admissionreview.AdmissionReview](t, handler, path, review); answer.Response == nil || !answer.Response.Allowed {
			t.Errorf("POST %s answers %+v, want a deletion allowed", path, answer.Response)
		}
	}
}

// TestConfigurations: a webhook that fails refuses writes of this API's own kinds, but neither
// their deletion nor the creation of pods.
func TestConfigurations(t *testing.T) {
	mutating, validating := configurations(t)
	for _, w := range mutating.Webhooks {
		pods := slices.Contains(w.Rules[0].Resources, "pods")
		if ignores := *w.FailurePolicy == admissionv1.Ignore; ignores != pods {
			t.Errorf("%s: failure is ignored: %v, want it for pods alone", w.Name, ignores)
		}
	}
	for _, w := range validating.Webhooks {
		deletes := slices.Contains(w.Rules[0].Operations, admissionv1.Delete)
		if ignores := *w.FailurePolicy == admissionv1.Ignore; ignores != deletes {
			t.Errorf("%s: failure is ignored: %v, want it for deletions alone", w.Name, ignores)
		}
	}
}

// TestDefaultsLeaveTheConfigurationAlone: the patch for a collector as it comes from a user must
// not touch spec.config, or every GitOps tool would see a difference.
func TestDefaultsLeaveTheConfigurationAlone(t *testing.T) {
	object := map[string]any{}
	read(t, "testdata/acceptance.yaml", &object)
	object["spec"].(map[string]any)["config"].(map[string]any)["receivers"].(map[string]any)["awsxray"] = nil
	raw, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	req := request(raw).AdmissionRequest
	review := admissionreview.AdmissionReview{Request: &req}
	review.APIVersion, review.Kind = "admission.k8s.io/v1", "AdmissionReview"
	answer := post[admissionreview.AdmissionReview](t, serve(t), webhook.MutateCollectorPath, review)
	if answer.Response == nil || !answer.Response.Allowed {
		t.Fatalf("the answer is %+v", answer.Response)
	}
	var patches []struct{ Op, Path string }
	if err := json.Unmarshal(answer.Response.Patch, &patches); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, patch := range patches {
		got = append(got, patch.Op+" "+patch.Path)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"add /spec/managementState", "add /spec/replicas", "add /spec/upgradeStrategy"}, got); diff != "" {
		t.Errorf("the patch (-want +got):\n%s\n%s", diff, answer.Response.Patch)
	}
}

func TestConversionIsServed(t *testing.T) {
	alpha := map[string]any{}
	read(t, "../api/v1alpha1/testdata/seed-observability.yaml", &alpha)
	broken := map[string]any{"apiVersion": "opentelemetry.io/v1alpha1", "kind": "OpenTelemetryCollector", "metadata": map[string]any{"name": "broken"}, "spec": map[string]any{"config": "receivers: ["}}
	review := apiextensionsv1.ConversionReview{Request: &apiextensionsv1.ConversionRequest{UID: "1", DesiredAPIVersion: "opentelemetry.io/v1beta1"}}
	review.APIVersion, review.Kind = "apiextensions.k8s.io/v1", "ConversionReview"
	for _, object := range []any{alpha, broken} {
		raw, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		review.Request.Objects = append(review.Request.Objects, runtime.RawExtension{Raw: raw})
	}
	answer := post[apiextensionsv1.ConversionReview](t, serve(t), webhook.ConvertPath, review)
	if answer.Response == nil || answer.Response.Result.Status != "Success" || len(answer.Response.ConvertedObjects) != 2 {
		t.Fatalf("the answer is %+v", answer.Response)
	}
	for i, want := range []string{`"replacement":"$$1:$$2"`, `"radiograph.dev/unparsed-v1alpha1-config":"receivers: ["`} {
		if got := string(answer.Response.ConvertedObjects[i].Raw); !strings.Contains(got, want) || !strings.Contains(got, `"opentelemetry.io/v1beta1"`) {
			t.Errorf("object %d became %s, want %s in it", i, got, want)
		}
	}
}
