package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/google/uuid"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// Conditions of an Addon.
const (
	// ConditionReady is true while the add-on is ACTIVE.
	ConditionReady = "Ready"
	// ConditionInstalled is true when all objects of the current spec have been applied.
	ConditionInstalled = "Installed"
)

// begin writes down that a change is being carried out, before it is.
func (r *reconciler) begin(ctx context.Context, in *installation) error {
	addon := in.addon
	before := addon.Status.DeepCopy()
	if addon.Status.Phase == "" {
		addon.Status.Phase = v1alpha1.PhaseCreating
	}
	if asksForMore(addon) {
		if !in.creating {
			addon.Status.Phase = v1alpha1.PhaseUpdating
		}
		if in.creating && addon.Status.Phase == v1alpha1.PhaseCreateFailed {
			addon.Status.Phase = v1alpha1.PhaseCreating
		}
		r.ready(addon.Name) // the time to become ready begins anew
		r.record(in)
		addon.Status.ObservedSpec = specDigest(&addon.Spec)
		addon.Status.Health.Issues = nil
		setCondition(addon, ConditionInstalled, metav1.ConditionFalse, "Progressing", "the spec is being carried out")
		setCondition(addon, ConditionReady, metav1.ConditionFalse, "Progressing", "the spec is being carried out")
	}
	addon.Status.ObservedGeneration = addon.Generation
	return r.write(ctx, addon, before)
}

// asksForMore reports whether the spec asks for something that has not been begun.
func asksForMore(addon *v1alpha1.Addon) bool {
	return addon.Status.ObservedSpec != specDigest(&addon.Spec) || slices.ContainsFunc(addon.PendingUpdates(), func(u v1alpha1.AddonUpdate) bool {
		return !slices.ContainsFunc(addon.Status.Updates, func(known v1alpha1.AddonUpdate) bool { return known.ID == u.ID })
	})
}

// specDigest is of what a spec says about what is installed.
func specDigest(spec *v1alpha1.AddonSpec) string {
	part := *spec
	part.Tags, part.Requests, part.PreserveOnDelete = nil, nil, false
	data, err := json.Marshal(part)
	if err != nil {
		panic(err) // texts, lists and a flag
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// record adds the updates that were asked for to the status. A change that no request asked
// for, by kubectl, gets a record too.
func (r *reconciler) record(in *installation) {
	addon := in.addon
	asked := 0
	for _, update := range addon.PendingUpdates() {
		asked++
		if !slices.ContainsFunc(addon.Status.Updates, func(u v1alpha1.AddonUpdate) bool { return u.ID == update.ID }) {
			addon.Status.Updates = append(addon.Status.Updates, update)
		}
	}
	if asked == 0 && !in.creating {
		id := uuid.NewSHA1(uuid.NameSpaceOID, []byte(string(addon.UID)+"/"+strconv.FormatInt(addon.Generation, 10)))
		addon.Status.Updates = append(addon.Status.Updates, v1alpha1.AddonUpdate{
			ID: id.String(), Type: v1alpha1.UpdateTypeAddon, Status: v1alpha1.UpdateInProgress, CreatedAt: metav1.NewMicroTime(r.Now()),
		})
	}
	if over := len(addon.Status.Updates) - v1alpha1.MaxHistory; over > 0 {
		addon.Status.Updates = slices.Delete(addon.Status.Updates, 0, over)
	}
	var params [][]v1alpha1.UpdateParam
	for _, update := range slices.Backward(addon.Status.Updates) {
		params = append(params, update.Params)
	}
	v1alpha1.ShortenParams(params)
}

// finish ends the updates that are in progress: the last as it went, those before it were
// overtaken.
func (r *reconciler) finish(addon *v1alpha1.Addon, status v1alpha1.UpdateStatus, issues []v1alpha1.AddonIssue) {
	now := metav1.NewMicroTime(r.Now())
	last := true
	for i := range slices.Backward(addon.Status.Updates) {
		update := &addon.Status.Updates[i]
		if update.Done() {
			continue
		}
		update.FinishedAt = &now
		if last {
			update.Status, update.Errors = status, issues
		} else {
			update.Status = v1alpha1.UpdateCancelled
		}
		last = false
	}
}

// report writes how far the add-on is, if that has changed.
func (r *reconciler) report(ctx context.Context, in *installation) error {
	addon := in.addon
	in.issues = few(in.issues)
	if err := r.reportRepairs(ctx, in); err != nil {
		return err
	}
	before := addon.Status.DeepCopy()
	addon.Status.ObservedGeneration = addon.Generation
	if in.version != nil {
		addon.Status.Version = in.version.Version
	}
	if in.namespace != "" {
		addon.Status.Namespace = in.namespace
	}
	late := (in.unready || in.waiting != nil) && r.late(addon.Name)
	if !in.unready && in.waiting == nil {
		r.ready(addon.Name)
	}
	switch {
	case in.failed:
		r.reportFailure(in)
	case in.waiting != nil && !late:
		r.reportWaiting(in)
	case in.waiting != nil:
		in.issues = append(in.issues, in.waiting.issue)
		if in.waiting.failure {
			r.reportFailure(in)
		} else {
			r.reportLate(in)
		}
	case in.unready && !late:
		r.reportUnready(in)
	case in.unready:
		r.reportLate(in)
	default:
		r.reportInstalled(in)
	}
	return r.write(ctx, addon, before)
}

// reportFailure says that the spec could not be carried out. It is tried again.
func (r *reconciler) reportFailure(in *installation) {
	addon := in.addon
	switch {
	case in.creating:
		addon.Status.Phase = v1alpha1.PhaseCreateFailed
	case in.changing:
		addon.Status.Phase = v1alpha1.PhaseUpdateFailed
	default:
		addon.Status.Phase = v1alpha1.PhaseDegraded
	}
	r.setIssues(addon, in.issues)
	r.finish(addon, v1alpha1.UpdateFailed, in.issues)
	setCondition(addon, ConditionReady, metav1.ConditionFalse, in.issues[0].Code, in.issues[0].Message)
	if in.changing {
		setCondition(addon, ConditionInstalled, metav1.ConditionFalse, in.issues[0].Code, in.issues[0].Message)
	}
}

// reportWaiting says that the spec is being carried out. An add-on that had failed goes on; one
// that was late stays so, even if the process that knew since when has ended.
func (r *reconciler) reportWaiting(in *installation) {
	addon := in.addon
	switch {
	case addon.Status.Phase == v1alpha1.PhaseDegraded:
		return
	case in.creating:
		addon.Status.Phase = v1alpha1.PhaseCreating
	case in.changing:
		addon.Status.Phase = v1alpha1.PhaseUpdating
	default:
		return
	}
	r.setIssues(addon, nil)
	setCondition(addon, ConditionInstalled, metav1.ConditionFalse, "Waiting", in.waiting.issue.Message)
	setCondition(addon, ConditionReady, metav1.ConditionFalse, "Waiting", in.waiting.issue.Message)
}

// reportUnready says that all is applied and the pods are on their way.
func (r *reconciler) reportUnready(in *installation) {
	addon := in.addon
	if !in.changing {
		return // it is as it was until that has lasted
	}
	setCondition(addon, ConditionInstalled, metav1.ConditionTrue, "Applied", "all objects are applied")
	if addon.Status.Phase == v1alpha1.PhaseDegraded {
		return
	}
	phase := v1alpha1.PhaseUpdating
	if in.creating {
		phase = v1alpha1.PhaseCreating
	}
	addon.Status.Phase = phase
	r.setIssues(addon, nil)
	setCondition(addon, ConditionReady, metav1.ConditionFalse, "NotReady", in.issues[0].Message)
}

// reportLate says that the pods have not become ready.
func (r *reconciler) reportLate(in *installation) {
	addon := in.addon
	addon.Status.Phase = v1alpha1.PhaseDegraded
	r.setIssues(addon, in.issues)
	r.finish(addon, v1alpha1.UpdateFailed, in.issues)
	setCondition(addon, ConditionReady, metav1.ConditionFalse, in.issues[0].Code, in.issues[0].Message)
}

// reportInstalled says that the add-on is as it is wanted, or what was changed about it.
func (r *reconciler) reportInstalled(in *installation) {
	addon := in.addon
	r.setIssues(addon, in.issues)
	r.finish(addon, v1alpha1.UpdateSuccessful, nil)
	setCondition(addon, ConditionInstalled, metav1.ConditionTrue, "Applied", "all objects are applied")
	if len(in.issues) > 0 {
		addon.Status.Phase = v1alpha1.PhaseDegraded
		setCondition(addon, ConditionReady, metav1.ConditionFalse, in.issues[0].Code, in.issues[0].Message)
		return
	}
	addon.Status.Phase = v1alpha1.PhaseActive
	setCondition(addon, ConditionReady, metav1.ConditionTrue, "Active", "all objects are applied and healthy")
}

// reportRepairs writes what was found changed before it says that all is well again, so that
// whoever watches sees it, and tells it by an event.
func (r *reconciler) reportRepairs(ctx context.Context, in *installation) error {
	if len(in.repaired) == 0 {
		return nil
	}
	addon := in.addon
	before := addon.Status.DeepCopy()
	addon.Status.Phase = v1alpha1.PhaseDegraded
	r.setIssues(addon, in.repaired)
	setCondition(addon, ConditionReady, metav1.ConditionFalse, in.repaired[0].Code, in.repaired[0].Message)
	for _, issue := range in.repaired {
		r.events.Eventf(addon, nil, corev1.EventTypeWarning, issue.Code, "Repair", "%s; it was set right", short(issue.Message))
	}
	return r.write(ctx, addon, before)
}

// short keeps to the length of an event's note.
func short(text string) string { return clip(text, 900) }

// late notes that an add-on is not ready, and reports whether that has lasted too long.
func (r *reconciler) late(addon string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	since, ok := r.failing[addon]
	if !ok {
		since = r.Now()
		r.failing[addon] = since
	}
	return r.Now().Sub(since) >= r.Patience
}

// ready notes that an add-on is ready.
func (r *reconciler) ready(addon string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.failing, addon)
}

// setIssues sets the issues, unless they say the same.
func (r *reconciler) setIssues(addon *v1alpha1.Addon, issues []v1alpha1.AddonIssue) {
	if !same(addon.Status.Health.Issues, issues) {
		addon.Status.Health.Issues = issues
	}
}

func setCondition(addon *v1alpha1.Addon, kind string, status metav1.ConditionStatus, reason, message string) {
	meta.SetStatusCondition(&addon.Status.Conditions, metav1.Condition{
		Type: kind, Status: status, Reason: reason, Message: clip(message, maxMessage), ObservedGeneration: addon.Generation,
	})
}

// write writes the status if it is not as it was.
func (r *reconciler) write(ctx context.Context, addon *v1alpha1.Addon, before *v1alpha1.AddonStatus) error {
	if equality.Semantic.DeepEqual(before, &addon.Status) {
		return nil
	}
	if before.Phase != addon.Status.Phase || before.Version != addon.Status.Version || !same(before.Health.Issues, addon.Status.Health.Issues) {
		now := metav1.NewMicroTime(r.Now())
		addon.Status.ModifiedAt = &now
	}
	if err := r.client.Status().Update(ctx, addon); err != nil {
		return fmt.Errorf("write the status of add-on %s: %w", addon.Name, err)
	}
	if before.Phase != addon.Status.Phase {
		r.tell(ctx, addon, before.Phase)
	}
	return nil
}

// tell logs a change of the phase and makes an event of it.
func (r *reconciler) tell(ctx context.Context, addon *v1alpha1.Addon, before v1alpha1.AddonPhase) {
	kind, note := corev1.EventTypeNormal, "add-on is "+string(addon.Status.Phase)
	if issues := addon.Status.Health.Issues; len(issues) > 0 {
		kind, note = corev1.EventTypeWarning, note+": "+short(issues[0].Message)
	}
	r.Log.InfoContext(ctx, "add-on changed", "addon", addon.Name, "version", addon.Status.Version, "from", before, "to", addon.Status.Phase,
		"issues", len(addon.Status.Health.Issues))
	r.events.Eventf(addon, nil, kind, string(addon.Status.Phase), "Reconcile", "%s", note)
}
