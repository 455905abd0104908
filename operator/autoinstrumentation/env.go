package autoinstrumentation

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// find returns a variable of a container, or nil.
func find(c *corev1.Container, name string) *corev1.EnvVar {
	i := slices.IndexFunc(c.Env, func(v corev1.EnvVar) bool { return v.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Env[i]
}

// setDefault adds variables that the container does not have.
func setDefault(c *corev1.Container, vars ...corev1.EnvVar) {
	for _, v := range vars {
		if find(c, v.Name) == nil {
			c.Env = append(c.Env, v)
		}
	}
}

// value is a variable with a plain value.
func value(name, text string) corev1.EnvVar { return corev1.EnvVar{Name: name, Value: text} }

// field is a variable whose value is a field of the pod.
func field(name, path string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}}
}

// prepend puts variables before all others, so that those can refer to them.
func prepend(c *corev1.Container, vars ...corev1.EnvVar) {
	vars = slices.DeleteFunc(vars, func(v corev1.EnvVar) bool { return find(c, v.Name) != nil })
	c.Env = append(vars, c.Env...)
}

// fromElsewhere names the first of the variables whose value comes from a ConfigMap, a Secret or
// a field. Nothing can be appended to such a value.
func fromElsewhere(c *corev1.Container, names ...string) string {
	for _, name := range names {
		if v := find(c, name); v != nil && v.ValueFrom != nil {
			return name
		}
	}
	return ""
}

// extend sets a variable to join(old value), where the old value may be empty.
func extend(c *corev1.Container, name string, join func(old string) string) {
	if v := find(c, name); v != nil {
		v.Value = join(v.Value)
		return
	}
	c.Env = append(c.Env, value(name, join("")))
}
