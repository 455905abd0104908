package apply

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// encode returns the object as it is sent: JSON with its kind, without status and without
// the metadata that only the API server writes. Numbers and the free parts of custom
// resources stay as they are.
func encode(obj client.Object, gvk schema.GroupVersionKind) ([]byte, error) {
	data, err := json.Marshal(obj)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var fields map[string]any
	if err := dec.Decode(&fields); err != nil {
		return nil, err
	}
	fields["apiVersion"], fields["kind"] = gvk.GroupVersion().String(), gvk.Kind
	delete(fields, "status")
	if meta, ok := fields["metadata"].(map[string]any); ok {
		for _, name := range []string{"creationTimestamp", "generation", "managedFields", "resourceVersion", "uid", "selfLink"} {
			delete(meta, name)
		}
	}
	return json.Marshal(fields)
}

// digest identifies bytes that are compared, not kept.
type digest [sha256.Size]byte

// ownFields returns the digest of what the API server says is ours in the object, and false
// when nothing is.
func ownFields(manager string, entries []metav1.ManagedFieldsEntry) (digest, bool) {
	for _, e := range entries {
		if e.Manager != manager || e.Operation != metav1.ManagedFieldsOperationApply || e.Subresource != "" {
			continue
		}
		hash := sha256.New()
		_, _ = fmt.Fprintln(hash, e.APIVersion)
		if e.FieldsV1 != nil {
			hash.Write(e.FieldsV1.Raw)
		}
		return digest(hash.Sum(nil)), true
	}
	return digest{}, false
}
