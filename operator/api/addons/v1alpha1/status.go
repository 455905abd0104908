package v1alpha1

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AddonPhase is where an add-on is in its life, named as the EKS API names it.
// +kubebuilder:validation:Enum=CREATING;ACTIVE;CREATE_FAILED;UPDATING;UPDATE_FAILED;DELETING;DELETE_FAILED;DEGRADED
type AddonPhase string

// The phases.
const (
	// PhaseCreating is from the first sight of an add-on until it is installed.
	PhaseCreating AddonPhase = "CREATING"
	// PhaseActive is installed and healthy.
	PhaseActive AddonPhase = "ACTIVE"
	// PhaseCreateFailed could not be installed; the issues say why.
	PhaseCreateFailed AddonPhase = "CREATE_FAILED"
	// PhaseUpdating is while a changed spec is carried out.
	PhaseUpdating AddonPhase = "UPDATING"
	// PhaseUpdateFailed could not be changed; the issues say why.
	PhaseUpdateFailed AddonPhase = "UPDATE_FAILED"
	// PhaseDeleting is until everything is gone.
	PhaseDeleting AddonPhase = "DELETING"
	// PhaseDeleteFailed could not be removed; the issues say why.
	PhaseDeleteFailed AddonPhase = "DELETE_FAILED"
	// PhaseDegraded is installed and not healthy.
	PhaseDegraded AddonPhase = "DEGRADED"
)

// AddonStatus is what was done about an add-on. The reconciler alone writes it.
type AddonStatus struct {
	// Phase is where the add-on is in its life.
	// +optional
	Phase AddonPhase `json:"phase,omitempty"`
	// ObservedGeneration is the generation of the spec that the status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// ObservedSpec is a digest of what has been or is being carried out of the spec: all but its
	// tags, its requests and preserveOnDelete, which change nothing that is installed.
	// +optional
	ObservedSpec string `json:"observedSpec,omitempty"`
	// Version is the version that is installed, or that was tried last.
	// +optional
	Version string `json:"version,omitempty"`
	// Namespace is where the add-on is installed.
	// +optional
	Namespace string `json:"namespace,omitempty"`
	// Conditions of the add-on: Ready, and what it depends on.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// Health is what is wrong with the add-on.
	// +optional
	Health AddonHealth `json:"health,omitzero"`
	// Updates are the last changes, the newest last.
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=50
	// +optional
	Updates []AddonUpdate `json:"updates,omitempty"`
	// ModifiedAt is when the phase, the version or the health last changed.
	// +optional
	ModifiedAt *metav1.MicroTime `json:"modifiedAt,omitempty"`
}

// AddonHealth is what is wrong with an add-on.
type AddonHealth struct {
	// Issues are what is wrong; none when the add-on is healthy.
	// +listType=atomic
	// +optional
	Issues []AddonIssue `json:"issues,omitempty"`
}

// The codes of issues, as the EKS API has them.
const (
	IssueAccessDenied                 = "AccessDenied"
	IssueInternalFailure              = "InternalFailure"
	IssueClusterUnreachable           = "ClusterUnreachable"
	IssueInsufficientNumberOfReplicas = "InsufficientNumberOfReplicas"
	IssueConfigurationConflict        = "ConfigurationConflict"
	IssueAdmissionRequestDenied       = "AdmissionRequestDenied"
	IssueUnsupportedAddonModification = "UnsupportedAddonModification"
	IssueK8sResourceNotFound          = "K8sResourceNotFound"
	IssueAddonPermissionFailure       = "AddonPermissionFailure"
)

// AddonIssue is one thing that is wrong.
type AddonIssue struct {
	// Code is its kind.
	// +required
	Code string `json:"code"`
	// Message says what is wrong and what can be done.
	// +required
	Message string `json:"message"`
	// ResourceIDs are the objects that it is about.
	// +listType=atomic
	// +optional
	ResourceIDs []string `json:"resourceIds,omitempty"`
}

// UpdateStatus is how far an update is, named as the EKS API names it.
// +kubebuilder:validation:Enum=InProgress;Failed;Cancelled;Successful
type UpdateStatus string

// The states of updates.
const (
	// UpdateInProgress is being carried out, or waits for it.
	UpdateInProgress UpdateStatus = "InProgress"
	// UpdateFailed could not be carried out.
	UpdateFailed UpdateStatus = "Failed"
	// UpdateCancelled was overtaken by the add-on's deletion or by a later change.
	UpdateCancelled UpdateStatus = "Cancelled"
	// UpdateSuccessful is carried out.
	UpdateSuccessful UpdateStatus = "Successful"
)

// UpdateTypeAddon is the type of every update of an add-on.
const UpdateTypeAddon = "AddonUpdate"

// AddonUpdate is one change of an add-on.
type AddonUpdate struct {
	// ID of the update: of the request of the EKS API, or made up for a change by hand.
	// +required
	ID string `json:"id"`
	// Type is AddonUpdate.
	// +optional
	Type string `json:"type,omitempty"`
	// Status is how far it is.
	// +required
	Status UpdateStatus `json:"status"`
	// Params are what it changed.
	// +listType=atomic
	// +optional
	Params []UpdateParam `json:"params,omitempty"`
	// Errors are why it failed.
	// +listType=atomic
	// +optional
	Errors []AddonIssue `json:"errors,omitempty"`
	// CreatedAt is when it was asked for.
	// +required
	CreatedAt metav1.MicroTime `json:"createdAt"`
	// FinishedAt is when it ended.
	// +optional
	FinishedAt *metav1.MicroTime `json:"finishedAt,omitempty"`
}

// Done reports whether nothing more will be done about the update.
func (u *AddonUpdate) Done() bool { return u.Status != UpdateInProgress }

// Phase is where the add-on is: as the status says, unless the reconciler has yet to see what
// was asked for since. It is never empty.
func (a *Addon) Phase() AddonPhase {
	switch {
	case a.DeletionTimestamp != nil && a.Status.Phase == PhaseDeleteFailed:
		return PhaseDeleteFailed
	case a.DeletionTimestamp != nil:
		return PhaseDeleting
	case a.Status.Phase == "":
		return PhaseCreating
	case a.Status.Phase != PhaseCreating && len(a.PendingUpdates()) > 0:
		return PhaseUpdating
	}
	return a.Status.Phase
}

// PendingUpdates are the updates that were asked for and are not done, the oldest first, whether
// or not the status has them. The reconciler ends each of them in its status.
func (a *Addon) PendingUpdates() []AddonUpdate {
	return slices.DeleteFunc(a.Updates(), func(u AddonUpdate) bool { return u.Done() })
}

// Updates are all changes that are known, the oldest first: those of the status, and those asked
// for that the status does not have yet. A request that is older than all that a full status
// still has is one it has forgotten.
func (a *Addon) Updates() []AddonUpdate {
	updates := slices.Clone(a.Status.Updates)
	for _, r := range a.Spec.Requests {
		if r.Operation != OperationUpdate || slices.ContainsFunc(updates, func(u AddonUpdate) bool { return u.ID == r.ID }) {
			continue
		}
		if len(a.Status.Updates) >= MaxHistory && r.At.Time.Before(a.Status.Updates[0].CreatedAt.Time) {
			continue
		}
		updates = append(updates, AddonUpdate{
			ID: r.ID, Type: UpdateTypeAddon, Status: UpdateInProgress, Params: slices.Clone(r.Params), CreatedAt: r.At,
		})
	}
	return updates
}

// maxParams is how many bytes the values in a history may have: an object may have 1.5 MB in the
// API server, and has two histories besides the configuration values themselves.
const maxParams = 128 << 10

// ShortenParams keeps a history to a size that the API server takes. It is given the params of
// the changes, those of the newest first: once their values are too long together, what is left
// of a value is how long it was.
func ShortenParams(newestFirst [][]UpdateParam) {
	left := maxParams
	for _, params := range newestFirst {
		for i := range params {
			if len(params[i].Value) > max(left, 0) && len(params[i].Value) > 64 {
				params[i].Value = fmt.Sprintf("(%d bytes)", len(params[i].Value))
			}
			left -= len(params[i].Value)
		}
	}
}

// CreatedAt is when the add-on was asked for: by the EKS API to the microsecond, by others to
// the second.
func (a *Addon) CreatedAt() time.Time {
	return createdAt(&a.ObjectMeta, a.Spec.Requests)
}

// ModifiedAt is when anything about the add-on last changed.
func (a *Addon) ModifiedAt() time.Time {
	at := modifiedAt(&a.ObjectMeta, a.Spec.Requests)
	if m := a.Status.ModifiedAt; m != nil && m.After(at) {
		at = m.Time
	}
	return at
}

func createdAt(meta *metav1.ObjectMeta, requests []Request) time.Time {
	for _, r := range requests {
		if r.Operation == OperationCreate {
			return r.At.Time
		}
	}
	return meta.CreationTimestamp.Time
}

func modifiedAt(meta *metav1.ObjectMeta, requests []Request) time.Time {
	if len(requests) > 0 {
		return requests[len(requests)-1].At.Time
	}
	return meta.CreationTimestamp.Time
}
