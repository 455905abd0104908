package manifest

import (
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// ServiceAccountName is the account that the collector's pods run as: the user's, or one that
// the operator creates.
func ServiceAccountName(cr *v1beta1.OpenTelemetryCollector) string {
	if cr.Spec.ServiceAccount != "" {
		return cr.Spec.ServiceAccount
	}
	return CollectorName(cr.Name)
}

// serviceAccount is created only when the user names none. The annotations of the resource
// are how it gets its role in AWS.
func (b *builder) serviceAccount() []client.Object {
	if b.cr.Spec.ServiceAccount != "" {
		return nil
	}
	return []client.Object{&corev1.ServiceAccount{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
		ObjectMeta: b.meta(b.name()),
	}}
}

// Rules are the permissions that the components of a collector need in the cluster. With a
// target allocator the collector still scrapes what it is told, so that they are those of the
// configuration as the user wrote it.
func Rules(cr *v1beta1.OpenTelemetryCollector) []rbacv1.PolicyRule {
	return otelconfig.Rules(&cr.Spec.Config)
}

// clusterRole grants what the components need to the account that the pods run as, also when
// that is the user's own.
func (b *builder) clusterRole() []client.Object {
	rules := Rules(b.cr)
	if len(rules) == 0 {
		return nil
	}
	if !b.CreateRBAC {
		b.warn("the operator may not create ClusterRoles: the service account %s needs %d rules that components of the configuration ask for", ServiceAccountName(b.cr), len(rules))
		return nil
	}
	role, binding := ClusterRoleName(b.cr.Name, b.cr.Namespace), ClusterRoleBindingName(b.cr.Name, b.cr.Namespace)
	roleMeta, bindingMeta := b.meta(role), b.meta(binding)
	roleMeta.Namespace, bindingMeta.Namespace = "", ""
	return []client.Object{
		&rbacv1.ClusterRole{
			TypeMeta:   metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "ClusterRole"},
			ObjectMeta: roleMeta,
			Rules:      rules,
		},
		&rbacv1.ClusterRoleBinding{
			TypeMeta:   metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "ClusterRoleBinding"},
			ObjectMeta: bindingMeta,
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: ServiceAccountName(b.cr), Namespace: b.cr.Namespace}},
		},
	}
}
