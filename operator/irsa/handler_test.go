package irsa_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	evanphx "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	addons "github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
	"github.com/radiograph/radiograph/operator/irsa"
)

func reader(t *testing.T, objects ...client.Object) client.Reader {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, addons.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
}

func newHandler(t *testing.T, objects ...client.Object) *irsa.Handler {
	t.Helper()
	r := reader(t, objects...)
	metrics, err := irsa.NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	mapping := &irsa.MappingReader{Reader: r, Name: types.NamespacedName{Namespace: "ops", Name: irsa.MappingName}, Log: slog.New(slog.DiscardHandler)}
	return &irsa.Handler{
		Accounts: r, Live: r, Associations: &irsa.AssociationReader{Reader: r}, Mapping: mapping.Mapping,
		Grace: 200 * time.Millisecond, Decoder: admission.NewDecoder(clientgoscheme.Scheme), Metrics: metrics, Log: slog.New(slog.DiscardHandler),
	}
}

// admit sends a pod through the webhook and returns what is created.
func admit(t *testing.T, h *irsa.Handler, pod *corev1.Pod) (*corev1.Pod, admission.Response) {
	t.Helper()
	raw, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	response := h.Handle(t.Context(), admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		Namespace: "apps", Operation: admissionv1.Create, Object: runtime.RawExtension{Raw: raw},
	}})
	if !response.Allowed {
		t.Fatalf("refused: %v", response.Result)
	}
	encoded, err := json.Marshal(response.Patches)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := evanphx.DecodePatch(encoded)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = patch.Apply(raw); err != nil {
		t.Fatal(err)
	}
	out := new(corev1.Pod)
	if err := json.Unmarshal(raw, out); err != nil {
		t.Fatal(err)
	}
	return out, response
}

func account(annotations ...string) *corev1.ServiceAccount {
	a := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "aws-otel-collector", Annotations: map[string]string{}}}
	for i := 0; i < len(annotations); i += 2 {
		a.Annotations["eks.amazonaws.com/"+annotations[i]] = annotations[i+1]
	}
	return a
}

func mapped(text string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ops", Name: irsa.MappingName}, Data: map[string]string{irsa.MappingKey: text}}
}

func associated() *addons.PodIdentityAssociation {
	return &addons.PodIdentityAssociation{
		ObjectMeta: metav1.ObjectMeta{Name: "apps.aws-otel-collector"},
		Spec:       addons.PodIdentityAssociationSpec{Namespace: "apps", ServiceAccount: "aws-otel-collector", RoleARN: roleARN},
	}
}

func TestHandle(t *testing.T) {
	other := "arn:aws:iam::111122223333:role/other"
	for _, tc := range []struct {
		name    string
		objects []client.Object
		pod     *corev1.Pod
		want    []string
	}{
		{name: "annotated", objects: []client.Object{account("role-arn", roleARN)}, pod: newPod(), want: webIdentity},
		{name: "not annotated", objects: []client.Object{account()}, pod: newPod()},
		{
			name: "skip label", objects: []client.Object{account("role-arn", roleARN)},
			pod: newPod(func(p *corev1.Pod) { p.Labels = map[string]string{irsa.SkipLabel: ""} }),
		},
		{name: "annotation goes before the mapping", objects: []client.Object{account("role-arn", roleARN), mapped(`{"*/*":{"RoleARN":"` + other + `"}}`)}, pod: newPod(), want: webIdentity},
		{name: "mapping", objects: []client.Object{account(), mapped(`{"apps/aws-otel-collector":{"RoleARN":"` + roleARN + `"}}`)}, pod: newPod(), want: webIdentity},
		{name: "association", objects: []client.Object{account("role-arn", roleARN), associated()}, pod: newPod(), want: association},
		{
			name: "default account", objects: []client.Object{
				&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "default", Annotations: map[string]string{"eks.amazonaws.com/role-arn": roleARN}}},
			},
			pod: newPod(func(p *corev1.Pod) { p.Spec.ServiceAccountName = "" }), want: webIdentity,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, _ := admit(t, newHandler(t, tc.objects...), tc.pod)
			if diff := cmp.Diff(tc.want, env(&got.Spec.Containers[0])); diff != "" {
				t.Errorf("variables (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnnotations(t *testing.T) {
	h := newHandler(t, account("role-arn", roleARN, "audience", "vault", "sts-regional-endpoints", "true", "token-expiration", "1200"))
	got, _ := admit(t, h, newPod())
	_, audience, _, seconds := token(got)
	if audience != "vault" || seconds != 1200 || got.Spec.Containers[0].Env[0].Name != "AWS_STS_REGIONAL_ENDPOINTS" {
		t.Errorf("%q %d %v", audience, seconds, env(&got.Spec.Containers[0]))
	}
	h.Settings.Prefix = "example.com"
	if got, _ := admit(t, h, newPod()); len(got.Spec.Containers[0].Env) != 0 {
		t.Errorf("annotations of another prefix were read: %v", env(&got.Spec.Containers[0]))
	}
}

// TestAuthorities checks that the ConfigMap is mounted only where it is.
func TestAuthorities(t *testing.T) {
	ca := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "radiograph-ca"}}
	for _, objects := range [][]client.Object{{account("role-arn", roleARN)}, {account("role-arn", roleARN), ca}} {
		h := newHandler(t, objects...)
		h.Settings.Endpoint, h.Settings.Services, h.Settings.CAConfigMap = "https://r", []string{"sts"}, "radiograph-ca"
		got, _ := admit(t, h, newPod())
		if has := strings.Contains(strings.Join(env(&got.Spec.Containers[0]), " "), "AWS_CA_BUNDLE"); has != (len(objects) == 2) {
			t.Errorf("%d objects: bundle %v", len(objects), has)
		}
	}
}

// late is a reader that has a service account only at the nth look.
type late struct {
	client.Reader
	looks  atomic.Int32
	absent int32
}

func (l *late) Get(ctx context.Context, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
	if l.looks.Add(1) <= l.absent {
		return l.Reader.Get(ctx, client.ObjectKey{Namespace: "nowhere", Name: key.Name}, obj, opts...)
	}
	return l.Reader.Get(ctx, key, obj, opts...)
}

// TestGrace checks that an account that was made with its pod is waited for, and not forever.
func TestGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		metrics, err := irsa.NewMetrics(registry)
		if err != nil {
			t.Fatal(err)
		}
		h := newHandler(t)
		h.Metrics = metrics
		h.Live = &late{Reader: reader(t, account("role-arn", roleARN)), absent: 3}
		start := time.Now()
		got, _ := admit(t, h, newPod())
		if took := time.Since(start); len(got.Spec.Containers[0].Env) != 2 || took != 150*time.Millisecond {
			t.Errorf("after %s: %v", took, env(&got.Spec.Containers[0]))
		}
		h.Live, start = reader(t), time.Now()
		got, _ = admit(t, h, newPod())
		if took := time.Since(start); len(got.Spec.Containers[0].Env) != 0 || took != h.Grace {
			t.Errorf("without an account after %s: %v", took, env(&got.Spec.Containers[0]))
		}
		if n := testutil.CollectAndCount(registry, "radiograph_pod_identity_missing_service_accounts_total"); n != 1 {
			t.Errorf("%d metrics", n)
		}
		want := "# HELP radiograph_pod_identity_missing_service_accounts_total Pods whose service account was not found in time; they may lack an identity.\n" +
			"# TYPE radiograph_pod_identity_missing_service_accounts_total counter\nradiograph_pod_identity_missing_service_accounts_total 1\n"
		if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "radiograph_pod_identity_missing_service_accounts_total"); err != nil {
			t.Error(err)
		}
	})
}

// broken fails to say anything about associations.
type broken struct{}

func (broken) Associated(context.Context, string, string) (bool, error) {
	return false, errors.New("cache is not started")
}

// TestOwnFailure checks that a pod starts although the webhook cannot work, and that the user
// is told.
func TestOwnFailure(t *testing.T) {
	h := newHandler(t, account("role-arn", roleARN))
	h.Associations = broken{}
	got, response := admit(t, h, newPod())
	if len(got.Spec.Containers[0].Env) != 0 || len(response.Warnings) != 1 {
		t.Errorf("%+v, warnings %v", got.Spec.Containers[0], response.Warnings)
	}
}

func TestNotAPod(t *testing.T) {
	response := newHandler(t).Handle(t.Context(), admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{Object: runtime.RawExtension{Raw: []byte("{")}}})
	if response.Allowed || response.Result.Code != 400 {
		t.Errorf("got %+v", response)
	}
}
