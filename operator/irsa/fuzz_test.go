package irsa_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/radiograph/radiograph/operator/irsa"
)

// every is a reader for which every service account has the same annotations.
type every struct {
	client.Reader
	annotations map[string]string
}

func (e every) Get(_ context.Context, key client.ObjectKey, obj client.Object, _ ...client.GetOption) error {
	obj.SetName(key.Name)
	obj.SetNamespace(key.Namespace)
	obj.SetAnnotations(e.annotations)
	return nil
}

// FuzzHandle admits objects that are no pods, or strange ones, of service accounts with
// strange annotations. There is always an answer, and a patch is JSON.
func FuzzHandle(f *testing.F) {
	pod, err := json.Marshal(&corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pod, "arn:aws:iam::111122223333:role/r", "sts.amazonaws.com", "600")
	f.Add([]byte(`{"spec":{"containers":[{"name":"a","env":[{"name":"AWS_ROLE_ARN"}],"volumeMounts":null}],"volumes":[{"name":"aws-iam-token"}],"nodeSelector":{"kubernetes.io/os":"windows"}}}`), "r", "", "-1")
	f.Add([]byte(`{"spec":{"containers":7}}`), "", "", "")
	f.Add([]byte(`null`), "x", "", "99999999999999999999")
	h := &irsa.Handler{Settings: irsa.Settings{AccountID: "111122223333", Region: "eu-west-1", Endpoint: "https://a.test"}, Decoder: admission.NewDecoder(clientgoscheme.Scheme), Log: slog.New(slog.DiscardHandler)}
	f.Fuzz(func(t *testing.T, raw []byte, role, audience, expiration string) {
		accounts := every{annotations: map[string]string{"eks.amazonaws.com/role-arn": role, "eks.amazonaws.com/audience": audience, "eks.amazonaws.com/token-expiration": expiration}}
		handler := &irsa.Handler{Settings: h.Settings, Decoder: h.Decoder, Log: h.Log, Accounts: accounts, Live: accounts}
		response := handler.Handle(t.Context(), admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{Namespace: "shop", Object: runtime.RawExtension{Raw: raw}}})
		if _, err := json.Marshal(response.Patches); err != nil {
			t.Error(err)
		}
		if !response.Allowed && response.Result == nil {
			t.Error("refused without a reason")
		}
	})
}
