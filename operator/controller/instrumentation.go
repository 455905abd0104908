package controller

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/apply"
)

// InstrumentationReconciler moves the images of Instrumentations to the operator's defaults
// when they were its earlier defaults. An image that the user chose stays.
type InstrumentationReconciler struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Images are the default images by language: "java", "nodejs" and so on.
	Images map[string]string
	// Events receives what a user should know.
	Events events.EventRecorder
}

// stampPrefix and stampSuffix surround the language in the annotations in which the webhook
// writes down the default image of the time.
const (
	stampPrefix = "instrumentation.opentelemetry.io/default-auto-instrumentation-"
	stampSuffix = "-image"
)

// imagesOf returns where an Instrumentation has its image for each language.
func imagesOf(spec *v1alpha1.InstrumentationSpec) map[string]*string {
	return map[string]*string{
		"java":         &spec.Java.Image,
		"nodejs":       &spec.NodeJS.Image,
		"python":       &spec.Python.Image,
		"dotnet":       &spec.DotNet.Image,
		"go":           &spec.Go.Image,
		"apache-httpd": &spec.ApacheHttpd.Image,
		"nginx":        &spec.Nginx.Image,
	}
}

// moveImages changes the images that are the stamped defaults into the defaults of now, and
// returns what it changed.
func moveImages(in *v1alpha1.Instrumentation, defaults map[string]string) []string {
	var changes []string
	images := imagesOf(&in.Spec)
	for _, language := range slices.Sorted(maps.Keys(images)) {
		image, stamp := images[language], stampPrefix+language+stampSuffix
		old, stamped := in.Annotations[stamp]
		now := defaults[language]
		if !stamped || now == "" || old == now || *image != old {
			continue
		}
		if _, blocked := in.Status.UpgradeBlockedVersions[language]; blocked {
			continue
		}
		*image = now
		in.Annotations[stamp] = now
		changes = append(changes, fmt.Sprintf("%s from %s to %s", language, old, now))
	}
	return changes
}

// Reconcile upgrades one Instrumentation.
func (r *InstrumentationReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var in v1alpha1.Instrumentation
	if err := r.Client.Get(ctx, req.NamespacedName, &in); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if in.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	changed := in.DeepCopy()
	changes := moveImages(changed, r.Images)
	if len(changes) == 0 {
		return ctrl.Result{}, nil
	}
	changed.ManagedFields = nil // the cache has not all of them; without any they stay as they are
	if err := r.Client.Update(ctx, changed, client.FieldOwner(apply.Manager)); err != nil {
		return ctrl.Result{}, fmt.Errorf("upgrade the images of instrumentation %s: %w", req.NamespacedName, err)
	}
	tell(r.Events, changed, corev1.EventTypeNormal, "Upgrade", "Upgrade", "images moved: %s", strings.Join(changes, "; "))
	return ctrl.Result{}, nil
}

// Setup registers the reconciler with a manager.
func (r *InstrumentationReconciler) Setup(mgr manager.Manager) error {
	err := ctrl.NewControllerManagedBy(mgr).
		Named("instrumentation").
		For(&v1alpha1.Instrumentation{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Complete(r)
	if err != nil {
		return fmt.Errorf("set up the instrumentations' controller: %w", err)
	}
	return nil
}
