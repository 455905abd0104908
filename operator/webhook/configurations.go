package webhook

import (
	"maps"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The names by which the API server finds the webhooks.
const (
	ServiceName    = "opentelemetry-operator-webhook-service"
	MutatingName   = "opentelemetry-operator-mutating-webhook-configuration"
	ValidatingName = "opentelemetry-operator-validating-webhook-configuration"
	// CertificateName is the Certificate of cert-manager that the webhook server has.
	CertificateName = "opentelemetry-operator-serving-cert"
)

// timeoutSeconds is how long the API server waits for an answer. The collector's own validation
// is the longest part of one.
const timeoutSeconds = 15

// Installation says where the webhooks are served.
type Installation struct {
	// Namespace of the operator and its Service.
	Namespace string
	// CABundle, PEM, is what the server's certificate is checked against. It is empty when
	// somebody else sets it.
	CABundle []byte
	// CertManager asks cert-manager to set the bundle, from the certificate CertificateName.
	CertManager bool
}

// Configurations returns the objects that tell an API server to call the webhooks, the one for
// pods included. Failure of a webhook refuses writes of this API's own kinds, but neither their
// deletion nor the creation of pods.
func Configurations(in Installation) (*admissionv1.MutatingWebhookConfiguration, *admissionv1.ValidatingWebhookConfiguration) {
	var annotations map[string]string
	if in.CertManager {
		annotations = map[string]string{"cert-manager.io/inject-ca-from": in.Namespace + "/" + CertificateName}
	}
	mutating := &admissionv1.MutatingWebhookConfiguration{
		TypeMeta:   metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "MutatingWebhookConfiguration"},
		ObjectMeta: metav1.ObjectMeta{Name: MutatingName, Annotations: annotations},
	}
	validating := &admissionv1.ValidatingWebhookConfiguration{
		TypeMeta:   metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "ValidatingWebhookConfiguration"},
		ObjectMeta: metav1.ObjectMeta{Name: ValidatingName, Annotations: maps.Clone(annotations)},
	}
	create, update, remove := admissionv1.Create, admissionv1.Update, admissionv1.Delete
	for _, k := range kinds {
		written, deleted := k.rule(create, update), k.rule(remove)
		mutating.Webhooks = append(mutating.Webhooks, in.mutating("m"+k.name, k.mutate, admissionv1.Fail, written))
		validating.Webhooks = append(validating.Webhooks,
			in.validating("v"+k.createUpdate, k.validate, admissionv1.Fail, written),
			in.validating("v"+k.delete, k.validate, admissionv1.Ignore, deleted))
	}
	pods := admissionv1.RuleWithOperations{
		Operations: []admissionv1.OperationType{create},
		Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
	}
	mutating.Webhooks = append(mutating.Webhooks, in.mutating("mpod.kb.io", MutatePodPath, admissionv1.Ignore, pods))
	return mutating, validating
}

// kind is one kind of the API and its webhooks, whose names are those of the OpenTelemetry
// operator.
type kind struct {
	version, resource          string
	name, createUpdate, delete string
	mutate, validate           string
}

var kinds = []kind{
	{
		"v1beta1", "opentelemetrycollectors",
		"opentelemetrycollectorbeta.kb.io", "opentelemetrycollectorcreateupdatebeta.kb.io", "opentelemetrycollectordeletebeta.kb.io",
		MutateCollectorPath, ValidateCollectorPath,
	},
	{
		"v1alpha1", "instrumentations",
		"instrumentation.kb.io", "instrumentationcreateupdate.kb.io", "instrumentationdelete.kb.io",
		MutateInstrumentationPath, ValidateInstrumentationPath,
	},
	{
		"v1alpha1", "opampbridges",
		"opampbridge.kb.io", "opampbridgecreateupdate.kb.io", "opampbridgedelete.kb.io",
		MutateOpAMPBridgePath, ValidateOpAMPBridgePath,
	},
	{
		"v1alpha1", "targetallocators",
		"targetallocatorbeta.kb.io", "targetallocatorcreateupdatebeta.kb.io", "targetallocatordeletebeta.kb.io",
		MutateTargetAllocatorPath, ValidateTargetAllocatorPath,
	},
}

func (k kind) rule(operations ...admissionv1.OperationType) admissionv1.RuleWithOperations {
	return admissionv1.RuleWithOperations{
		Operations: operations,
		Rule:       admissionv1.Rule{APIGroups: []string{"opentelemetry.io"}, APIVersions: []string{k.version}, Resources: []string{k.resource}},
	}
}

func (in Installation) mutating(name, path string, policy admissionv1.FailurePolicyType, rule admissionv1.RuleWithOperations) admissionv1.MutatingWebhook {
	return admissionv1.MutatingWebhook{
		Name: name, ClientConfig: in.client(path), Rules: []admissionv1.RuleWithOperations{rule}, FailurePolicy: &policy,
		// v1alpha1 writes are converted before they are shown, so that they are checked too.
		MatchPolicy: new(admissionv1.Equivalent),
		SideEffects: new(admissionv1.SideEffectClassNone), TimeoutSeconds: new(int32(timeoutSeconds)), AdmissionReviewVersions: []string{"v1"},
	}
}

func (in Installation) validating(name, path string, policy admissionv1.FailurePolicyType, rule admissionv1.RuleWithOperations) admissionv1.ValidatingWebhook {
	return admissionv1.ValidatingWebhook{
		Name: name, ClientConfig: in.client(path), Rules: []admissionv1.RuleWithOperations{rule}, FailurePolicy: &policy,
		MatchPolicy: new(admissionv1.Equivalent),
		SideEffects: new(admissionv1.SideEffectClassNone), TimeoutSeconds: new(int32(timeoutSeconds)), AdmissionReviewVersions: []string{"v1"},
	}
}

func (in Installation) client(path string) admissionv1.WebhookClientConfig {
	return admissionv1.WebhookClientConfig{
		Service:  &admissionv1.ServiceReference{Namespace: in.Namespace, Name: ServiceName, Path: &path, Port: new(int32(443))},
		CABundle: in.CABundle,
	}
}
