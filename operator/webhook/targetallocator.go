package webhook

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// TargetAllocatorDefaulter fills in what a target allocator does not say.
type TargetAllocatorDefaulter struct {
	// NetworkPolicies is the default of spec.networkPolicy.enabled.
	NetworkPolicies bool
}

// Default changes the object.
func (d *TargetAllocatorDefaulter) Default(_ context.Context, ta *v1alpha1.TargetAllocator) error {
	setDefault(&ta.Spec.ManagementState, v1beta1.ManagementStateManaged)
	setDefault(&ta.Spec.Replicas, new(int32(1)))
	setDefault(&ta.Spec.AllocationStrategy, v1beta1.TargetAllocatorAllocationStrategyConsistentHashing)
	setDefault(&ta.Spec.FilterStrategy, v1beta1.TargetAllocatorFilterStrategyRelabelConfig)
	if d.NetworkPolicies {
		setDefault(&ta.Spec.NetworkPolicy.Enabled, new(true))
	}
	return nil
}

// TargetAllocatorValidator refuses target allocators that cannot work.
type TargetAllocatorValidator struct {
	// Client asks the API server for access reviews; nil asks for none.
	Client client.Client
}

// ValidateCreate checks a new target allocator.
func (v *TargetAllocatorValidator) ValidateCreate(ctx context.Context, ta *v1alpha1.TargetAllocator) (admission.Warnings, error) {
	f := &findings{}
	checkPorts(f, "TargetAllocator", ta.Spec.Ports)
	checkAllocatorReplicas(f, "spec", ta.Spec.Replicas, ta.Spec.AllocationStrategy)
	checkNamespaces(f, &ta.Spec.PrometheusCR)
	checkDisruptionBudget(f, "spec.podDisruptionBudget", ta.Spec.PodDisruptionBudget)
	if ta.Spec.PrometheusCR.Enabled {
		account := ta.Spec.ServiceAccount
		if account == "" {
			account = ta.Name + "-targetallocator"
		}
		warnAllocatorAccess(ctx, f, v.Client, ta.Namespace, account)
	}
	return f.result()
}

// ValidateUpdate checks a changed target allocator, unless it is being deleted.
func (v *TargetAllocatorValidator) ValidateUpdate(ctx context.Context, _, ta *v1alpha1.TargetAllocator) (admission.Warnings, error) {
	if ta.DeletionTimestamp != nil {
		return nil, nil
	}
	return v.ValidateCreate(ctx, ta)
}

// ValidateDelete lets every target allocator go.
func (*TargetAllocatorValidator) ValidateDelete(context.Context, *v1alpha1.TargetAllocator) (admission.Warnings, error) {
	return nil, nil
}
