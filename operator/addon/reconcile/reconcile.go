package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	crreconcile "sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/radiograph/radiograph/operator/addon/catalog"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// errWait says that something has to happen in the cluster first.
var errWait = errors.New("not yet")

// Pauses between two looks at an add-on that is on its way, and at one that failed.
const (
	pauseWaiting = 2 * time.Second
	pauseFailed  = 15 * time.Second
)

// installation is one pass over an add-on.
type installation struct {
	addon *v1alpha1.Addon
	// changing says that the spec has not been carried out yet; creating that it never was.
	changing, creating bool

	cluster   served
	version   *catalog.Version
	namespace string
	objects   []*unstructured.Unstructured

	// issues are what is wrong. They are failures if failed, which end the change; waiting
	// says what the installation waits for, and unready whether that is only the pods.
	issues          []v1alpha1.AddonIssue
	failed, unready bool
	waiting         *wait
	// repaired are what had been changed or deleted and was set right.
	repaired []v1alpha1.AddonIssue
}

// wait is something that has to happen before an installation goes on. If it lasts too long its
// issue is reported: as a failure if that is what it then is.
type wait struct {
	issue   v1alpha1.AddonIssue
	failure bool
}

// fail ends the pass with issues.
func (in *installation) fail(issues ...v1alpha1.AddonIssue) {
	in.failed = true
	in.issues = append(in.issues, issues...)
}

// stop ends the pass because of an error about an object: it fails, unless the error is one that
// passes by itself.
func (in *installation) stop(err error, object *unstructured.Unstructured) {
	if transient(err) {
		in.waiting = &wait{issue: issueOf(err, object), failure: true}
		return
	}
	in.fail(issueOf(err, object))
}

// waitFor ends the pass until something is there.
func (in *installation) waitFor(text string) {
	in.waiting = &wait{issue: v1alpha1.AddonIssue{Code: v1alpha1.IssueInsufficientNumberOfReplicas, Message: text}}
}

// Reconcile makes the cluster hold an add-on.
func (r *reconciler) Reconcile(ctx context.Context, request crreconcile.Request) (crreconcile.Result, error) {
	addon := &v1alpha1.Addon{}
	if err := r.client.Get(ctx, request.NamespacedName, addon); err != nil {
		return crreconcile.Result{}, client.IgnoreNotFound(err)
	}
	if addon.DeletionTimestamp != nil {
		return r.remove(ctx, addon)
	}
	if controllerutil.AddFinalizer(addon, v1alpha1.AddonFinalizer) {
		if err := r.client.Update(ctx, addon); err != nil {
			return crreconcile.Result{}, ignoreRace(err)
		}
	}
	in := newInstallation(addon)
	if in.changing {
		if err := r.begin(ctx, in); err != nil {
			return crreconcile.Result{}, ignoreRace(err)
		}
	}
	r.install(ctx, in)
	if err := r.report(ctx, in); err != nil {
		return crreconcile.Result{RequeueAfter: pauseWaiting}, ignoreRace(err)
	}
	switch {
	case in.failed:
		return crreconcile.Result{RequeueAfter: pauseFailed}, nil
	case in.waiting != nil || in.unready:
		return crreconcile.Result{RequeueAfter: pauseWaiting}, nil
	}
	return crreconcile.Result{RequeueAfter: r.Resync}, nil
}

// ignoreRace drops errors that mean that the object was changed meanwhile: that change wakes
// the reconciler again.
func ignoreRace(err error) error {
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// newInstallation says how far the add-on is.
func newInstallation(addon *v1alpha1.Addon) *installation {
	in := &installation{addon: addon}
	switch addon.Status.Phase {
	case "", v1alpha1.PhaseCreating, v1alpha1.PhaseCreateFailed:
		in.creating, in.changing = true, true
	case v1alpha1.PhaseUpdating, v1alpha1.PhaseUpdateFailed:
		in.changing = true
	}
	in.changing = in.changing || !in.installed()
	return in
}

// installed reports whether all objects of the current spec have been applied.
func (in *installation) installed() bool {
	return meta.IsStatusConditionTrue(in.addon.Status.Conditions, ConditionInstalled) && !asksForMore(in.addon)
}

// install does what can be done now. What it could not do it leaves in the installation.
func (r *reconciler) install(ctx context.Context, in *installation) {
	for _, step := range []func(context.Context, *installation){
		r.choose, r.render, r.prerequisites, r.associate, r.foresee, r.apply, r.prune, r.health,
	} {
		if step(ctx, in); in.failed || in.waiting != nil {
			return
		}
	}
}

// choose finds the version to install.
func (r *reconciler) choose(_ context.Context, in *installation) {
	var err error
	if in.cluster, err = r.askCluster(); err != nil {
		in.waiting = &wait{issue: v1alpha1.AddonIssue{Code: v1alpha1.IssueClusterUnreachable, Message: err.Error()}, failure: true}
		return
	}
	spec := in.addon.Spec
	refuse := func(format string, args ...any) {
		in.fail(v1alpha1.AddonIssue{Code: v1alpha1.IssueConfigurationConflict, Message: fmt.Sprintf(format, args...)})
	}
	described, ok := r.Catalog.Addon(spec.AddonName)
	if !ok {
		refuse("Addon specified is not supported: there is no package of the name %s", spec.AddonName)
		return
	}
	wanted := spec.Version
	if wanted == "" {
		wanted = in.addon.Status.Version
	}
	if wanted == "" {
		if in.version, ok = described.Default(in.cluster.minor); !ok {
			refuse("Addon specified is not supported in Kubernetes version %s", in.cluster.minor)
			return
		}
	} else if in.version, ok = described.Version(wanted); !ok {
		refuse("Addon version specified is not supported: %s has no version %s", spec.AddonName, wanted)
		return
	}
	if !in.version.Supports(in.cluster.minor, "") {
		refuse("Addon version specified is not supported for the cluster platform version: %s %s does not support Kubernetes %s",
			spec.AddonName, in.version.Version, in.cluster.minor)
	}
	if least := in.version.Prerequisites.MinKubernetes; least != "" && older(in.cluster.minor, least) {
		refuse("%s %s needs Kubernetes %s or later, and this cluster has %s", spec.AddonName, in.version.Version, least, in.cluster.minor)
	}
	in.namespace = described.DefaultNamespace
	if spec.NamespaceConfig != nil {
		in.namespace = spec.NamespaceConfig.Namespace
	}
}

// older compares versions such as 1.34.
func older(a, b string) bool {
	var x, y [2]int
	_, _ = fmt.Sscanf(a, "%d.%d", &x[0], &x[1]) // both have been checked
	_, _ = fmt.Sscanf(b, "%d.%d", &y[0], &y[1])
	return slices.Compare(x[:], y[:]) < 0
}

// render makes the objects.
func (r *reconciler) render(_ context.Context, in *installation) {
	spec := in.addon.Spec
	if in.changing {
		for _, problem := range in.version.Validate(spec.ConfigurationValues) {
			in.fail(v1alpha1.AddonIssue{Code: v1alpha1.IssueConfigurationConflict, Message: "configurationValues: " + problem.String()})
		}
		if in.version.RequiresConfiguration && strings.TrimSpace(spec.ConfigurationValues) == "" {
			in.fail(v1alpha1.AddonIssue{Code: v1alpha1.IssueConfigurationConflict, Message: "configurationValues: must be given for this add-on"})
		}
		if in.failed {
			return
		}
	}
	objects, err := r.renders.get(in.version, catalog.Input{
		Namespace: in.namespace, Values: spec.ConfigurationValues, RoleARN: spec.ServiceAccountRoleARN,
		KubeVersion: in.cluster.version, APIVersions: in.cluster.kinds,
	})
	if err != nil {
		in.fail(v1alpha1.AddonIssue{Code: v1alpha1.IssueConfigurationConflict, Message: err.Error()})
		return
	}
	restartOn(objects, spec.PodIdentityAssociations)
	in.objects = arrange(objects)
}

// foresee collects all conflicts before anything is changed. An object whose webhooks do not
// answer is left to be applied later: they may be the add-on's own, which the change repairs.
func (r *reconciler) foresee(ctx context.Context, in *installation) {
	if in.installed() {
		return
	}
	how := resolve(in.addon.Spec.ResolveConflicts, in.creating)
	var all []inConflict
	for _, object := range in.objects {
		if err := r.place(object, in.namespace); err != nil {
			continue // its definition is part of the add-on, and so there is no such object yet
		}
		have, err := r.metadata(ctx, refOf(object, object.GroupVersionKind()))
		if err != nil {
			in.stop(err, object)
			return
		}
		if have == nil || othersNamespace(in.addon.Name, have) {
			continue
		}
		if other, err := r.othersHave(ctx, in.addon.Name, have); err != nil {
			in.stop(err, object)
			return
		} else if other != "" {
			in.fail(issueOf(&takenError{other}, object))
			continue
		}
		if how != fail {
			continue
		}
		conflicts, err := r.conflicts(ctx, object)
		if err != nil {
			if !apierrors.IsInternalError(err) {
				in.stop(err, object)
			}
			continue
		}
		if len(conflicts) > 0 {
			all = append(all, inConflict{object, conflicts})
		}
	}
	if len(all) > 0 {
		in.fail(conflictIssue(all))
	}
}

// apply applies the objects, stage after stage.
func (r *reconciler) apply(ctx context.Context, in *installation) {
	how := resolve(in.addon.Spec.ResolveConflicts, in.creating)
	last := stageNamespaces
	for _, object := range in.objects {
		if next := stageOfObject(object); next != last {
			if in.failed {
				return
			}
			if r.gate(ctx, in, next); in.waiting != nil {
				return
			}
			last = next
		}
		r.applyOne(ctx, in, object, how)
		if in.waiting != nil {
			return
		}
	}
	if !in.failed {
		r.gate(ctx, in, installed)
	}
}

// applyOne applies one object.
func (r *reconciler) applyOne(ctx context.Context, in *installation, object *unstructured.Unstructured, how resolution) {
	if err := r.place(object, in.namespace); err != nil {
		in.waitFor(err.Error())
		return
	}
	out, err := r.ensure(ctx, in, object, how)
	switch {
	case errors.Is(err, errWait):
		in.waitFor(name(object) + ": " + err.Error())
		return
	case err != nil:
		in.stop(err, object)
		return
	}
	if err := r.wakeBy(object.GroupVersionKind()); err != nil {
		in.stop(err, object)
	}
	if out.issue != nil && !in.changing {
		in.issues = append(in.issues, *out.issue)
	}
	if in.changing || !out.wrote {
		return
	}
	switch {
	case out.missing:
		in.repaired = append(in.repaired, v1alpha1.AddonIssue{
			Code: v1alpha1.IssueK8sResourceNotFound, Message: name(object) + " was deleted", ResourceIDs: []string{name(object)},
		})
	case len(out.conflicts) > 0 && how == force:
		in.repaired = append(in.repaired, modified(object, out.conflicts))
	case len(out.restored) > 0:
		in.repaired = append(in.repaired, v1alpha1.AddonIssue{
			Code:        v1alpha1.IssueUnsupportedAddonModification,
			Message:     name(object) + ": fields that the add-on manages were removed: " + list(out.restored),
			ResourceIDs: []string{name(object)},
		})
	}
}
