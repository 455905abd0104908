package controller

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/manifest"
)

// Children are what a collector is made of.
type Children struct {
	// Objects are all of them.
	Objects []client.Object
	// Config is the configuration that the collector is started with, in YAML.
	Config string
	// Image is what it runs.
	Image string
	// Env is the environment of its container.
	Env []corev1.EnvVar
	// Warnings are what its user should know.
	Warnings []string
}

// build returns the children of a collector. The error is one that only its user can mend.
func (r *CollectorReconciler) build(cr *v1beta1.OpenTelemetryCollector, allocator *v1alpha1.TargetAllocator) (Children, error) {
	p := manifest.Params{Options: r.options(), Collector: cr, Allocator: allocator}
	objects, warnings, err := manifest.Collector(p)
	if err != nil {
		return Children{}, err
	}
	c := Children{Objects: objects, Warnings: warnings, Image: cr.Spec.Image, Env: cr.Spec.Env}
	if c.Image == "" {
		c.Image = r.Manifest.CollectorImage
	}
	for _, obj := range objects {
		if cm, ok := obj.(*corev1.ConfigMap); ok && cm.Data[manifest.ConfigKey] != "" {
			c.Config = cm.Data[manifest.ConfigKey]
		}
		if template := podTemplate(obj); template != nil {
			c.Env = template.Spec.Containers[0].Env
		}
	}
	return c, nil
}

// options returns the operator's options with the kinds that there are now.
func (r *CollectorReconciler) options() manifest.Options {
	return withKinds(r.Manifest, r.Kinds)
}

// withKinds says in the options which kinds there are.
func withKinds(o manifest.Options, k *Kinds) manifest.Options {
	o.Available = manifest.Available{
		ServiceMonitors: k.Has(serviceMonitor),
		PodMonitors:     k.Has(podMonitor),
		HTTPRoutes:      k.Has(httpRoute),
		Routes:          k.Has(route),
		CertManager:     k.Has(certificate) && k.Has(issuer),
	}
	return o
}

// allocator returns the target allocator that a collector names, nil when it names none or one
// that does not exist yet.
func (r *CollectorReconciler) allocator(ctx context.Context, cr *v1beta1.OpenTelemetryCollector) (*v1alpha1.TargetAllocator, error) {
	name := cr.Labels[manifest.AllocatorLabel]
	if name == "" {
		return nil, nil
	}
	var ta v1alpha1.TargetAllocator
	if err := r.Client.Get(ctx, types.NamespacedName{Namespace: cr.Namespace, Name: name}, &ta); err != nil {
		if client.IgnoreNotFound(err) == nil {
			return nil, nil
		}
		return nil, fmt.Errorf("read target allocator %s: %w", name, err)
	}
	return &ta, nil
}
