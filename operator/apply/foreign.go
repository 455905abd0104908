package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// ErrForeign is the error of an object without a namespace that belongs to somebody else. Names
// of such objects are made of a namespace and a name, and two pairs can come to the same: "a-b"
// in "c" and "a" in "b-c". Whoever writes one of them must not get what the other has.
var ErrForeign = errors.New("it belongs to another")

// foreign returns ErrForeign when an object without a namespace is not the owner's to write: it
// is of another owner that still exists, or of nobody that the operator knows. have is what the
// cache shows, nil for nothing.
func (a *Applier) foreign(ctx context.Context, set Set, ref Ref, have client.Object) error {
	if ref.Namespace != "" {
		return nil
	}
	if have == nil {
		var err error
		if have, err = a.direct.get(ctx, ref.GroupVersionKind, ref.NamespacedName); err != nil {
			if apierrors.IsNotFound(err) {
				return nil
			}
			return fmt.Errorf("look whose it is: %w", err)
		}
	}
	labels := have.GetLabels()
	uid, owned := labels[OwnerLabel]
	if owned && uid == string(set.Owner.GetUID()) {
		return nil
	}
	if !owned {
		// Another operator may have made it for the same owner: that is what its labels say.
		for name, value := range set.Labels {
			if labels[name] != value {
				return fmt.Errorf("%w: it is there without being this operator's; delete or rename it, or rename the collector", ErrForeign)
			}
		}
		return nil
	}
	other := have.GetAnnotations()[OwnerAnnotation]
	alive, err := a.alive(ctx, set.Owner, other, uid)
	if err != nil || !alive {
		return err
	}
	return fmt.Errorf("%w: %s has the same name for it; rename one of the two", ErrForeign, other)
}

// alive reports whether an owner of the same kind still exists: with that "namespace/name" and
// that uid.
func (a *Applier) alive(ctx context.Context, owner client.Object, key, uid string) (bool, error) {
	gvk, err := apiutil.GVKForObject(owner, a.client.Scheme())
	if err != nil {
		return false, err
	}
	namespace, name, _ := strings.Cut(key, "/")
	other, err := a.direct.get(ctx, gvk, types.NamespacedName{Namespace: namespace, Name: name})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for its owner %s: %w", key, err)
	}
	return string(other.GetUID()) == uid, nil
}
