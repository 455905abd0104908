package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/deploy"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// RoleAnnotation is on service accounts whose pods take a role by their web identity.
const RoleAnnotation = "eks.amazonaws.com/role-arn"

// ManagedBy is the value of the label app.kubernetes.io/managed-by of what add-ons consist of.
const ManagedBy = "radiograph-addon-manager"

// Label is on every object of an add-on and has the add-on's name.
const Label = "radiograph.dev/addon"

// Input is what the objects of a version depend on.
type Input struct {
	// Namespace is where the add-on is installed; empty means its default namespace.
	Namespace string
	// Values are the configuration values as the user wrote them, YAML or JSON.
	Values string
	// RoleARN is written on the service accounts of [Version.PodIdentity]; empty for none.
	RoleARN string
	// KubeVersion is the version of the API server, such as "v1.34.4".
	KubeVersion string
	// APIVersions are the kinds that it serves, as "group/version/Kind".
	APIVersions []string
}

// Render makes the objects of a version, its namespace first; charts may leave out the
// namespace of an object that has one. The values are not validated: see [Version.Validate].
func (v *Version) Render(in Input) ([]*unstructured.Unstructured, error) {
	namespace := in.Namespace
	if namespace == "" {
		namespace = v.Addon.DefaultNamespace
	}
	user, err := deploy.Values(in.Values)
	if err != nil {
		return nil, fmt.Errorf("configuration values of %s: %w", v.Addon.Name, err)
	}
	objects := []*unstructured.Unstructured{namespaceObject(namespace)}
	release := deploy.Release{Name: v.Addon.Name, Namespace: namespace, KubeVersion: in.KubeVersion, APIVersions: in.APIVersions}
	for _, chart := range v.charts {
		values := Merge(Merge(map[string]any{}, chart.values), v.Addon.site[chart.name])
		if !chart.ignoresValues {
			values = Merge(values, user)
		}
		manifests, err := chart.render(release, values)
		if err != nil {
			return nil, err
		}
		for _, manifest := range manifests {
			object := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(manifest.YAML), &object.Object); err != nil {
				return nil, fmt.Errorf("chart %s: %s: %w", chart.name, manifest.Source, err)
			}
			if len(object.Object) == 0 || foreign(object) {
				continue
			}
			if object.GetKind() == "" || object.GetAPIVersion() == "" || object.GetName() == "" {
				return nil, fmt.Errorf("chart %s: %s: an object without apiVersion, kind or name", chart.name, manifest.Source)
			}
			if object.GetKind() == "Namespace" && object.GetName() == namespace {
				objects[0] = object
				continue
			}
			objects = append(objects, object)
		}
	}
	for _, object := range objects {
		v.mark(object, in.RoleARN)
	}
	return objects, nil
}

// maxRendering is how long the templates of a chart may take.
const maxRendering = 20 * time.Second

// render renders the chart. Templates cannot be interrupted, so a rendering that takes too long
// goes on in the background; until it ends, there is no other of this chart.
func (c chartRef) render(release deploy.Release, values map[string]any) ([]deploy.Manifest, error) {
	type result struct {
		manifests []deploy.Manifest
		err       error
	}
	done := make(chan result, 1)
	limit := time.NewTimer(maxRendering)
	defer limit.Stop()
	select {
	case c.busy <- struct{}{}:
		go func() {
			defer func() {
				if v := recover(); v != nil {
					done <- result{err: fmt.Errorf("chart %s: panic: %v", c.name, v)}
				}
				<-c.busy
			}()
			manifests, err := deploy.Render(c.files, release, values)
			done <- result{manifests, err}
		}()
	case <-limit.C:
		return nil, c.endless()
	}
	select {
	case r := <-done:
		return r.manifests, r.err
	case <-limit.C:
		return nil, c.endless()
	}
}

func (c chartRef) endless() error {
	return fmt.Errorf("chart %s: its templates take longer than %s", c.name, maxRendering)
}

// foreign reports whether an object is a definition of the add-on API. Those belong to the
// add-on manager: an add-on that held them would take itself and all others with it when it is
// deleted.
func foreign(object *unstructured.Unstructured) bool {
	return object.GetKind() == "CustomResourceDefinition" && strings.HasSuffix(object.GetName(), "."+v1alpha1.GroupVersion.Group)
}

func namespaceObject(name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name},
	}}
}

// mark labels an object as the add-on's, and writes the role on its service account.
func (v *Version) mark(object *unstructured.Unstructured, role string) {
	labels := object.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	labels[Label] = v.Addon.Name
	if labels["app.kubernetes.io/managed-by"] == "Helm" {
		labels["app.kubernetes.io/managed-by"] = ManagedBy
	}
	object.SetLabels(labels)
	if role == "" || object.GetKind() != "ServiceAccount" || object.GroupVersionKind().Group != "" {
		return
	}
	named := func(p PodIdentity) bool { return p.ServiceAccount == object.GetName() }
	if !slices.ContainsFunc(v.PodIdentity, named) {
		return
	}
	annotations := object.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[RoleAnnotation] = role
	object.SetAnnotations(annotations)
}

// Merge returns the maps in one, in which b goes before a. Neither is changed.
func Merge(a, b map[string]any) map[string]any {
	out := make(map[string]any, len(a)+len(b))
	maps.Copy(out, a)
	for key, value := range b {
		below, okBelow := out[key].(map[string]any)
		above, okAbove := value.(map[string]any)
		if okBelow && okAbove {
			out[key] = Merge(below, above)
			continue
		}
		out[key] = value
	}
	return out
}
