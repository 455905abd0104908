package webhook

import (
	"context"
	"errors"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
	"sigs.k8s.io/controller-runtime/pkg/webhook/conversion"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// The paths of the webhooks. Path of the pods' webhook, which is served elsewhere, included.
const (
	MutateCollectorPath         = "/mutate-opentelemetry-io-v1beta1-opentelemetrycollector"
	ValidateCollectorPath       = "/validate-opentelemetry-io-v1beta1-opentelemetrycollector"
	MutateInstrumentationPath   = "/mutate-opentelemetry-io-v1alpha1-instrumentation"
	ValidateInstrumentationPath = "/validate-opentelemetry-io-v1alpha1-instrumentation"
	MutateOpAMPBridgePath       = "/mutate-opentelemetry-io-v1alpha1-opampbridge"
	ValidateOpAMPBridgePath     = "/validate-opentelemetry-io-v1alpha1-opampbridge"
	MutateTargetAllocatorPath   = "/mutate-opentelemetry-io-v1beta1-targetallocator"
	ValidateTargetAllocatorPath = "/validate-opentelemetry-io-v1beta1-targetallocator"
	MutatePodPath               = "/mutate-v1-pod"
	ConvertPath                 = "/convert"
)

// Checker runs the collector's own validation of a configuration.
type Checker interface {
	// Check validates a configuration for the components of an image. An error says that a
	// collector with that image refuses the configuration; that it could not be asked is a
	// warning.
	Check(ctx context.Context, image string, configYAML []byte) (warnings []string, err error)
}

// Options says what admission must know beside the objects.
type Options struct {
	// Client asks the API server for access reviews. Register takes the manager's when it is nil.
	Client client.Client
	// Checker is asked about each new configuration; nil skips it.
	Checker Checker
	// CollectorImage is the image of collectors that name none.
	CollectorImage string
	// GrantsAccess is set when the operator may create cluster roles, and so gives a collector
	// the access that its configuration needs. Then whoever writes the collector must have that
	// access. Otherwise only a warning tells what the service account lacks.
	GrantsAccess bool
	// NetworkPolicies turns on the network policy of collectors that do not say.
	NetworkPolicies bool
	// IPv6Only is set when pods have no IPv4 address.
	IPv6Only bool
	// FIPSDisabled maps a section, such as "receivers", to the types of components that a FIPS
	// platform does not allow. It is empty on other platforms.
	FIPSDisabled map[string][]string
	// InstrumentationImages are the default images by language: java, nodejs, python, dotnet,
	// go, apache-httpd, nginx.
	InstrumentationImages map[string]string
	// UpgradeBlocked maps a language to images that must not be upgraded, and why.
	UpgradeBlocked map[string]map[string]string
}

// Register serves defaulting, validation and conversion at the manager's webhook server. The
// manager's scheme must know both versions of the API.
func Register(mgr manager.Manager, opts Options) error {
	if opts.Client == nil {
		opts.Client = mgr.GetClient()
	}
	scheme, server := mgr.GetScheme(), mgr.GetWebhookServer()
	for _, object := range []client.Object{&v1beta1.OpenTelemetryCollector{}, &v1alpha1.Instrumentation{}} {
		if _, _, err := scheme.ObjectKinds(object); err != nil {
			return errors.Join(errors.New("serve webhooks: the scheme lacks the API opentelemetry.io"), err)
		}
	}
	server.Register(MutateCollectorPath, admission.WithDefaulter(scheme, &CollectorDefaulter{NetworkPolicies: opts.NetworkPolicies}).WithRecoverPanic(true))
	server.Register(ValidateCollectorPath, admission.WithValidator(scheme, &CollectorValidator{Options: opts}).WithRecoverPanic(true))
	server.Register(MutateInstrumentationPath, admission.WithDefaulter(scheme, &InstrumentationDefaulter{Images: opts.InstrumentationImages}).WithRecoverPanic(true))
	server.Register(ValidateInstrumentationPath, admission.WithValidator(scheme, &InstrumentationValidator{UpgradeBlocked: opts.UpgradeBlocked}).WithRecoverPanic(true))
	server.Register(MutateOpAMPBridgePath, admission.WithDefaulter(scheme, OpAMPBridgeDefaulter{}).WithRecoverPanic(true))
	server.Register(ValidateOpAMPBridgePath, admission.WithValidator(scheme, OpAMPBridgeValidator{}).WithRecoverPanic(true))
	server.Register(MutateTargetAllocatorPath, admission.WithDefaulter(scheme, &TargetAllocatorDefaulter{NetworkPolicies: opts.NetworkPolicies}).WithRecoverPanic(true))
	server.Register(ValidateTargetAllocatorPath, admission.WithValidator(scheme, &TargetAllocatorValidator{Client: opts.Client}).WithRecoverPanic(true))
	server.Register(ConvertPath, conversion.NewWebhookHandler(scheme, mgr.GetConverterRegistry()))
	return nil
}

// findings are the rules that an object breaks, and what its author should know.
type findings struct {
	warnings admission.Warnings
	problems []error
}

func (f *findings) refuse(problem error) {
	if problem != nil {
		f.problems = append(f.problems, problem)
	}
}

func (f *findings) warn(warning string) { f.warnings = append(f.warnings, warning) }

func (f *findings) result() (admission.Warnings, error) {
	return f.warnings, errors.Join(f.problems...)
}
