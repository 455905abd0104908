package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// OpAMPBridgeDefaulter fills in what a bridge does not say.
type OpAMPBridgeDefaulter struct{}

// Default changes the object: one replica, upgraded by the operator, whose status is reported.
func (OpAMPBridgeDefaulter) Default(_ context.Context, b *v1alpha1.OpAMPBridge) error {
	setDefault(&b.Spec.UpgradeStrategy, v1beta1.UpgradeStrategyAutomatic)
	setDefault(&b.Spec.Replicas, new(int32(1)))
	if len(b.Spec.Capabilities) > 0 {
		// OpAMP: every agent must report its status.
		b.Spec.Capabilities[v1alpha1.OpAMPBridgeCapabilityReportsStatus] = true
	}
	return nil
}

// OpAMPBridgeValidator refuses bridges that cannot work.
type OpAMPBridgeValidator struct{}

// ValidateCreate checks a new bridge.
func (OpAMPBridgeValidator) ValidateCreate(_ context.Context, b *v1alpha1.OpAMPBridge) (admission.Warnings, error) {
	f := &findings{}
	switch address, err := url.Parse(b.Spec.Endpoint); {
	case b.Spec.Endpoint == "":
		f.refuse(errors.New("the OpAMP server endpoint is not specified"))
	case err != nil || address.Host == "" || !slices.Contains([]string{"ws", "wss", "http", "https"}, address.Scheme):
		f.refuse(fmt.Errorf("the OpAMP server endpoint %q must be a URL that begins with ws, wss, http or https", b.Spec.Endpoint))
	}
	if tls := b.Spec.TLS; tls != nil && tls.Insecure && tls.InsecureSkipVerify {
		f.refuse(errors.New("tls.insecure and tls.insecure_skip_verify cannot both be true"))
	}
	if len(b.Spec.Capabilities) == 0 {
		f.refuse(errors.New("the capabilities supported by OpAMP Bridge are not specified"))
	}
	for _, port := range b.Spec.Ports {
		f.refuse(portProblem("OpAMPBridge Spec Ports", port.Name, port.Port))
	}
	if b.Spec.Replicas != nil && *b.Spec.Replicas > 1 {
		f.refuse(errors.New("replica count must not be greater than 1"))
	}
	f.warn("this operator keeps OpAMPBridges but does not run them")
	return f.result()
}

// ValidateUpdate checks a changed bridge, unless it is being deleted.
func (v OpAMPBridgeValidator) ValidateUpdate(ctx context.Context, _, b *v1alpha1.OpAMPBridge) (admission.Warnings, error) {
	if b.DeletionTimestamp != nil {
		return nil, nil
	}
	return v.ValidateCreate(ctx, b)
}

// ValidateDelete lets every bridge go.
func (OpAMPBridgeValidator) ValidateDelete(context.Context, *v1alpha1.OpAMPBridge) (admission.Warnings, error) {
	return nil, nil
}
