package controller

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// RollOnChange is an annotation that, set to "true" on a collector, makes its pods be replaced when a ConfigMap or
// Secret that they refer to changes. The operator then reads those, and no others; it needs
// permission to get Secrets for it, which it does not have unless it is given.
const RollOnChange = "radiograph.dev/roll-on-reference-change"

// referencesAnnotation carries the digest of what pods refer to.
const referencesAnnotation = "radiograph.dev/references-sha256"

// reference names a ConfigMap or a Secret.
type reference struct {
	secret bool
	name   string
}

// podTemplate returns the pod template of a workload, nil for other objects.
func podTemplate(obj client.Object) *corev1.PodTemplateSpec {
	switch w := obj.(type) {
	case *appsv1.Deployment:
		return &w.Spec.Template
	case *appsv1.DaemonSet:
		return &w.Spec.Template
	case *appsv1.StatefulSet:
		return &w.Spec.Template
	default:
		return nil
	}
}

// references lists what a pod refers to, in order, but for the names to leave out.
func references(pod corev1.PodSpec, leave map[string]bool) []reference {
	set := make(map[reference]bool)
	add := func(secret bool, name string) {
		if name != "" && (secret || !leave[name]) {
			set[reference{secret, name}] = true
		}
	}
	for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
		for _, from := range c.EnvFrom {
			if from.ConfigMapRef != nil {
				add(false, from.ConfigMapRef.Name)
			}
			if from.SecretRef != nil {
				add(true, from.SecretRef.Name)
			}
		}
		for _, env := range c.Env {
			if env.ValueFrom != nil && env.ValueFrom.ConfigMapKeyRef != nil {
				add(false, env.ValueFrom.ConfigMapKeyRef.Name)
			}
			if env.ValueFrom != nil && env.ValueFrom.SecretKeyRef != nil {
				add(true, env.ValueFrom.SecretKeyRef.Name)
			}
		}
	}
	for _, v := range pod.Volumes {
		if v.ConfigMap != nil {
			add(false, v.ConfigMap.Name)
		}
		if v.Secret != nil {
			add(true, v.Secret.SecretName)
		}
		if v.Projected == nil {
			continue
		}
		for _, s := range v.Projected.Sources {
			if s.ConfigMap != nil {
				add(false, s.ConfigMap.Name)
			}
			if s.Secret != nil {
				add(true, s.Secret.Name)
			}
		}
	}
	out := make([]reference, 0, len(set))
	for r := range set {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b reference) int {
		if a.secret != b.secret {
			if a.secret {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.name, b.name)
	})
	return out
}

// stampReferences writes the digest of what the workload's pods refer to into their template.
// What does not exist counts as empty: it may come later, and is then a change.
func stampReferences(ctx context.Context, reader client.Reader, objects []client.Object) error {
	own := make(map[string]bool)
	for _, obj := range objects {
		if cm, ok := obj.(*corev1.ConfigMap); ok {
			own[cm.Name] = true
		}
	}
	for _, obj := range objects {
		template := podTemplate(obj)
		if template == nil {
			continue
		}
		hash := sha256.New()
		for _, ref := range references(template.Spec, own) {
			data, err := ref.read(ctx, reader, obj.GetNamespace())
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(hash, "%t %q %d\n", ref.secret, ref.name, len(data))
			for _, key := range slices.Sorted(maps.Keys(data)) {
				_, _ = fmt.Fprintf(hash, "%q %d\n%s\n", key, len(data[key]), data[key])
			}
		}
		if template.Annotations == nil {
			template.Annotations = make(map[string]string)
		}
		template.Annotations[referencesAnnotation] = hex.EncodeToString(hash.Sum(nil))
	}
	return nil
}

// read returns what is referred to.
func (r reference) read(ctx context.Context, reader client.Reader, namespace string) (map[string][]byte, error) {
	key := types.NamespacedName{Namespace: namespace, Name: r.name}
	if r.secret {
		var secret corev1.Secret
		if err := reader.Get(ctx, key, &secret); client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("read secret %s, which the pods refer to: %w", key, err)
		}
		return secret.Data, nil
	}
	var cm corev1.ConfigMap
	if err := reader.Get(ctx, key, &cm); client.IgnoreNotFound(err) != nil {
		return nil, fmt.Errorf("read configmap %s, which the pods refer to: %w", key, err)
	}
	data := make(map[string][]byte, len(cm.Data)+len(cm.BinaryData))
	for name, text := range cm.Data {
		data[name] = []byte(text)
	}
	maps.Copy(data, cm.BinaryData)
	return data, nil
}
