package targetallocator

import (
	"context"
	"fmt"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// values reads the Secrets and ConfigMaps that monitors refer to, each once: one lasts for one
// round of translation. It is for one goroutine.
type values struct {
	client  kubernetes.Interface
	secrets map[string]*corev1.Secret
	maps    map[string]*corev1.ConfigMap
	// used reports whether anything was asked for, and so may change.
	used *atomic.Bool
}

func newValues(client kubernetes.Interface, used *atomic.Bool) *values {
	return &values{client: client, secrets: map[string]*corev1.Secret{}, maps: map[string]*corev1.ConfigMap{}, used: used}
}

// Secret returns the value of a key of a Secret.
func (v *values) Secret(ctx context.Context, namespace, name, key string) (string, error) {
	v.used.Store(true)
	secret, ok := v.secrets[namespace+"/"+name]
	if !ok {
		var err error
		if secret, err = v.client.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{}); err != nil {
			return "", fmt.Errorf("read Secret %s/%s: %w", namespace, name, err)
		}
		v.secrets[namespace+"/"+name] = secret
	}
	value, ok := secret.Data[key]
	if !ok {
		return "", fmt.Errorf("the Secret %s/%s has no key %q", namespace, name, key)
	}
	return string(value), nil
}

// ConfigMap returns the value of a key of a ConfigMap.
func (v *values) ConfigMap(ctx context.Context, namespace, name, key string) (string, error) {
	v.used.Store(true)
	cm, ok := v.maps[namespace+"/"+name]
	if !ok {
		var err error
		if cm, err = v.client.CoreV1().ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{}); err != nil {
			return "", fmt.Errorf("read ConfigMap %s/%s: %w", namespace, name, err)
		}
		v.maps[namespace+"/"+name] = cm
	}
	value, ok := cm.Data[key]
	if !ok {
		return "", fmt.Errorf("the ConfigMap %s/%s has no key %q", namespace, name, key)
	}
	return value, nil
}
