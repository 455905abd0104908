package controller

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/apply"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// upgrade brings a collector that was written for an older release to this one, and reports
// whether it was written: then its event brings it back. A step that cannot be done leaves the
// object as it is and says why, once.
func (r *CollectorReconciler) upgrade(ctx context.Context, cr *v1beta1.OpenTelemetryCollector) (bool, error) {
	from := cr.Status.Version
	if from == "" || from == r.Version || cr.Spec.UpgradeStrategy == v1beta1.UpgradeStrategyNone {
		return false, nil
	}
	state, changes, err := otelconfig.Upgrade(otelconfig.State{Config: &cr.Spec.Config, Args: cr.Spec.Args}, from, r.Version)
	if err != nil {
		if r.upgrades.first(cr) {
			tell(r.Events, cr, corev1.EventTypeWarning, "Upgrade", "Upgrade", "not upgraded from %s to %s: %v", from, r.Version, err)
		}
		return false, nil
	}
	if len(changes) > 0 {
		changed := cr.DeepCopy()
		changed.Spec.Config, changed.Spec.Args = *state.Config, state.Args
		changed.ManagedFields = nil // the cache has not all of them; without any they stay as they are
		if err := r.Client.Update(ctx, changed, client.FieldOwner(apply.Manager)); err != nil {
			return false, fmt.Errorf("upgrade %s from %s to %s: %w", client.ObjectKeyFromObject(cr), from, r.Version, err)
		}
		*cr = *changed
	}
	written := cr.DeepCopy()
	written.Status.Version = r.Version
	if err := r.Client.Status().Patch(ctx, written, client.MergeFrom(cr), client.FieldOwner(apply.Manager)); err != nil {
		return false, fmt.Errorf("write the version of %s: %w", client.ObjectKeyFromObject(cr), err)
	}
	text := "nothing had to be changed"
	if len(changes) > 0 {
		text = strings.Join(changes, "; ")
	}
	r.written.note(written)
	tell(r.Events, cr, corev1.EventTypeNormal, "Upgrade", "Upgrade", "upgraded from %s to %s: %s", from, r.Version, text)
	return true, nil
}
