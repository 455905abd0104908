package eksapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/addon/association"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// updateAddonInput is the body of UpdateAddon. What is not there stays as it is.
type updateAddonInput struct {
	AddonVersion            string        `json:"addonVersion"`
	ServiceAccountRoleArn   *string       `json:"serviceAccountRoleArn"`
	ResolveConflicts        *string       `json:"resolveConflicts"`
	ConfigurationValues     *string       `json:"configurationValues"`
	PodIdentityAssociations []podIdentity `json:"podIdentityAssociations"` // empty removes all
}

func (a *API) updateAddon(ctx context.Context, r *request) (any, error) {
	var in updateAddonInput
	var token tokenInput
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if err := r.decode(&token); err != nil {
		return nil, err
	}
	record, err := a.record(r, v1alpha1.OperationUpdate, token.ClientRequestToken, struct {
		updateAddonInput
		Removes bool
	}{in, in.PodIdentityAssociations != nil})
	if err != nil {
		return nil, err
	}
	id := record.ID
	var addon *v1alpha1.Addon
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() (err error) {
		addon, err = a.getAddon(ctx, r.addon)
		if err != nil {
			return err
		}
		before, err := replayed(addon.Spec.Requests, record)
		if err != nil {
			return err
		}
		if before != nil {
			id = before.ID
			return nil
		}
		return a.change(ctx, addon, &in, record)
	})
	if err != nil {
		return nil, err
	}
	return updateAnswer(addon, id)
}

// change writes an update into the spec of an add-on.
func (a *API) change(ctx context.Context, addon *v1alpha1.Addon, in *updateAddonInput, record v1alpha1.Request) error {
	switch phase := addon.Phase(); phase {
	case v1alpha1.PhaseCreating, v1alpha1.PhaseUpdating, v1alpha1.PhaseDeleting, v1alpha1.PhaseDeleteFailed:
		return fail(resourceInUse, "Addon %s cannot be updated as it is currently in %s state", addon.Name, phase)
	}
	if err := a.apply(ctx, addon, in, &record); err != nil {
		return err
	}
	if err := association.Check(ctx, a.Client, addon, a.namespace(addon)); err != nil {
		return err
	}
	addon.Spec.Requests = remember(addon.Spec.Requests, record)
	if err := a.Client.Update(ctx, addon); err != nil {
		return fmt.Errorf("update add-on %s: %w", addon.Name, err)
	}
	if in.PodIdentityAssociations != nil {
		a.associate(ctx, addon, a.namespace(addon))
	}
	return nil
}

// apply changes a spec as the input says, and notes in the record what that was.
func (a *API) apply(ctx context.Context, addon *v1alpha1.Addon, in *updateAddonInput, record *v1alpha1.Request) (err error) {
	spec := &addon.Spec
	note := func(kind, value string) {
		record.Params = append(record.Params, v1alpha1.UpdateParam{Type: kind, Value: value})
	}
	if in.AddonVersion != "" {
		spec.Version = in.AddonVersion
		note("AddonVersion", in.AddonVersion)
	}
	if role := in.ServiceAccountRoleArn; role != nil {
		if *role != "" {
			if err := a.checkRole("serviceAccountRoleArn", *role); err != nil {
				return err
			}
		}
		spec.ServiceAccountRoleARN = *role
		note("ServiceAccountRoleArn", *role)
	}
	if spec.ResolveConflicts, err = resolveConflicts(in.ResolveConflicts); err != nil {
		return err
	}
	if in.ResolveConflicts != nil {
		note("ResolveConflicts", string(spec.ResolveConflicts))
	}
	if values := in.ConfigurationValues; values != nil {
		spec.ConfigurationValues = *values
		note("ConfigurationValues", *values)
	}
	if in.PodIdentityAssociations != nil {
		if spec.PodIdentityAssociations, err = a.podIdentities(in.PodIdentityAssociations); err != nil {
			return err
		}
		text, err := json.Marshal(in.PodIdentityAssociations)
		if err != nil {
			return fmt.Errorf("note the associations: %w", err)
		}
		note("PodIdentityAssociations", string(text))
	}
	return a.checkTarget(ctx, addon, in)
}

// checkTarget checks that the version can be installed and takes the configuration values, if
// either of them is new. An add-on that is in no catalogue any more can still be changed
// otherwise.
func (a *API) checkTarget(ctx context.Context, addon *v1alpha1.Addon, in *updateAddonInput) error {
	if in.AddonVersion == "" && in.ConfigurationValues == nil {
		return nil
	}
	entry, ok := a.Catalog.Addon(addon.Name)
	if !ok {
		return fail(invalidParameter, "Addon specified is not supported: %s", addon.Name)
	}
	name := addon.Spec.Version
	if name == "" {
		name = addon.Status.Version
	}
	version, err := a.version(ctx, entry, name)
	if err != nil {
		return err
	}
	return checkConfiguration(version, addon.Spec.ConfigurationValues)
}

func (a *API) deleteAddon(ctx context.Context, r *request) (any, error) {
	preserve, err := r.boolean("preserve")
	if err != nil {
		return nil, err
	}
	var addon *v1alpha1.Addon
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() (err error) {
		if addon, err = a.getAddon(ctx, r.addon); err != nil {
			return err
		}
		if addon.Phase() == v1alpha1.PhaseUpdating {
			return fail(invalidRequest, "Addon %s cannot be deleted as it is currently in %s state", addon.Name, v1alpha1.PhaseUpdating)
		}
		return a.remove(ctx, addon, preserve)
	})
	if err != nil {
		return nil, err
	}
	return a.addonAnswer(ctx, addon)
}

// remove deletes an Addon. What is to be preserved is written first, since the reconciler acts
// on the deletion at once. Of one that is being deleted only that is written.
func (a *API) remove(ctx context.Context, addon *v1alpha1.Addon, preserve bool) error {
	deleting := addon.DeletionTimestamp != nil
	if preserve != addon.Spec.PreserveOnDelete && (preserve || !deleting) {
		addon.Spec.PreserveOnDelete = preserve
		if err := a.Client.Update(ctx, addon); err != nil {
			return fmt.Errorf("update add-on %s: %w", addon.Name, err)
		}
	}
	if !deleting {
		err := a.Client.Delete(ctx, addon, client.Preconditions{UID: &addon.UID, ResourceVersion: &addon.ResourceVersion})
		if err != nil {
			return fmt.Errorf("delete add-on %s: %w", addon.Name, err)
		}
	}
	if addon.DeletionTimestamp == nil { // as the API server now has it
		now := metav1.NewTime(a.Now())
		addon.DeletionTimestamp = &now
	}
	addon.Status.Phase = v1alpha1.PhaseDeleting
	return nil
}

func (a *API) describeUpdate(ctx context.Context, r *request) (any, error) {
	id := r.labels[labelUpdate]
	addon, err := a.updatedAddon(ctx, r)
	if err != nil {
		return nil, err
	}
	if addon == nil {
		return nil, fail(resourceNotFound, "No update found for ID: %s", short(id))
	}
	return updateAnswer(addon, id)
}

func (a *API) listUpdates(ctx context.Context, r *request) (any, error) {
	addon, err := a.updatedAddon(ctx, r)
	if err != nil {
		return nil, err
	}
	var keys []string
	if addon != nil {
		for _, update := range addon.Updates() {
			keys = append(keys, updateKey(&update))
		}
	}
	slices.SortFunc(keys, newestFirst)
	keys, next, err := page(r, keys, newestFirst, itself)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(keys))
	for _, key := range keys {
		_, id, _ := strings.Cut(key, " ")
		ids = append(ids, id)
	}
	return struct {
		UpdateIDs []string `json:"updateIds"`
		NextToken string   `json:"nextToken,omitempty"`
	}{ids, next}, nil
}

// updateKey orders updates by their time, and by their ids where that is the same.
func updateKey(u *v1alpha1.AddonUpdate) string {
	return fmt.Sprintf("%020d %s", u.CreatedAt.UnixMicro(), u.ID)
}

func newestFirst(a, b string) int { return strings.Compare(b, a) }

// updatedAddon returns the add-on that the request asks the updates of, or nil if it is about
// something else that a cluster of EKS has, which has no updates here.
func (a *API) updatedAddon(ctx context.Context, r *request) (*v1alpha1.Addon, error) {
	name, err := r.one("addonName")
	if err != nil || name == "" {
		return nil, err
	}
	r.addon = short(name)
	return a.getAddon(ctx, name)
}

// updateAnswer is the answer of the operations on one update.
func updateAnswer(addon *v1alpha1.Addon, id string) (any, error) {
	updates := addon.Updates()
	i := slices.IndexFunc(updates, func(u v1alpha1.AddonUpdate) bool { return u.ID == id })
	if i < 0 {
		return nil, fail(resourceNotFound, "No update found for ID: %s", short(id))
	}
	update := updates[i]
	shape := updateShape{
		ID: update.ID, Status: string(update.Status), Type: v1alpha1.UpdateTypeAddon,
		Params: []updateParamShape{}, CreatedAt: epoch(update.CreatedAt.Time), Errors: []errorDetailShape{},
	}
	for _, p := range update.Params {
		shape.Params = append(shape.Params, updateParamShape{Type: p.Type, Value: p.Value})
	}
	for _, e := range update.Errors {
		shape.Errors = append(shape.Errors, errorDetailShape{ErrorCode: e.Code, ErrorMessage: e.Message, ResourceIds: orEmpty(e.ResourceIDs)})
	}
	return struct {
		Update updateShape `json:"update"`
	}{shape}, nil
}
