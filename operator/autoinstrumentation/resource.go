package autoinstrumentation

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
)

// Variables that the resource attributes refer to.
const (
	envAttributes = "OTEL_RESOURCE_ATTRIBUTES"
	envPodName    = "OTEL_RESOURCE_ATTRIBUTES_POD_NAME"
	envPodUID     = "OTEL_RESOURCE_ATTRIBUTES_POD_UID"
	envNodeName   = "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME"
)

// attributes are what is known of the resource that a container is, from weak to strong: the
// Instrumentation's, Kubernetes', the pod's annotations.
func (i *injector) attributes(c *corev1.Container) map[string]string {
	spec := &i.spec
	all := maps.Clone(spec.Resource.Attributes)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, i.owners.attributes())
	if spec.Resource.AddK8sUIDAttributes {
		maps.Copy(all, i.owners.UIDs)
		all["k8s.pod.uid"] = "$(" + envPodUID + ")"
	}
	all["k8s.namespace.name"] = i.namespace.Name
	all["k8s.container.name"] = c.Name
	all["k8s.pod.name"] = "$(" + envPodName + ")"
	all["k8s.node.name"] = "$(" + envNodeName + ")"
	all["service.namespace"] = i.namespace.Name
	all["service.instance.id"] = i.namespace.Name + ".$(" + envPodName + ")." + c.Name
	if version := i.version(c); version != "" {
		all["service.version"] = version
	}
	for key, text := range i.pod.Annotations {
		if name, ok := strings.CutPrefix(key, resourcePrefix); ok && name != "" && name != "service.name" {
			all[name] = text
		}
	}
	return all
}

// version is the version of the service: a label's, or the tag or digest of the image.
func (i *injector) version(c *corev1.Container) string {
	if i.spec.Defaults.UseLabelsForResourceAttributes {
		if version := i.pod.Labels["app.kubernetes.io/version"]; version != "" {
			return version
		}
	}
	return imageVersion(c.Image)
}

// imageVersion is the tag of an image, or its digest. The port of a registry is neither.
func imageVersion(image string) string {
	name, digest, _ := strings.Cut(image, "@")
	if slash := strings.LastIndexByte(name, '/'); slash >= 0 {
		name = name[slash+1:]
	}
	if _, tag, ok := strings.Cut(name, ":"); ok && tag != "" {
		return tag
	}
	return digest
}

// serviceName is what the service is called when the user does not say it.
func (i *injector) serviceName(c *corev1.Container) string {
	if name := i.pod.Annotations[resourcePrefix+"service.name"]; name != "" {
		return name
	}
	if i.spec.Defaults.UseLabelsForResourceAttributes {
		for _, label := range []string{"app.kubernetes.io/instance", "app.kubernetes.io/name"} {
			if name := i.pod.Labels[label]; name != "" {
				return name
			}
		}
	}
	for _, name := range []string{i.owners.name(), i.pod.Name} {
		if name != "" {
			return name
		}
	}
	return c.Name
}

// setAttributes writes the attributes into OTEL_RESOURCE_ATTRIBUTES. Keys that the user has set
// win. The variable goes to the end, where what it refers to comes before it.
func (i *injector) setAttributes(c *corev1.Container) {
	users := ""
	if v := find(c, envAttributes); v != nil {
		if v.ValueFrom != nil {
			return
		}
		users = v.Value
		c.Env = slices.DeleteFunc(c.Env, func(v corev1.EnvVar) bool { return v.Name == envAttributes })
	}
	all := i.attributes(c)
	for pair := range strings.SplitSeq(users, ",") {
		key, _, _ := strings.Cut(pair, "=")
		delete(all, strings.TrimSpace(key))
	}
	pairs := make([]string, 0, len(all)+1)
	if users != "" {
		pairs = append(pairs, users)
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, key+"="+escape(all[key]))
	}
	c.Env = append(c.Env, value(envAttributes, strings.Join(pairs, ",")))
}

// escape encodes what separates attributes. References to variables stay as they are.
func escape(text string) string {
	return strings.NewReplacer("%", "%25", ",", "%2C", "=", "%3D", " ", "%20", `"`, "%22", ";", "%3B", `\`, "%5C").Replace(text)
}

// setCommon gives a container the environment that all languages share.
func (i *injector) setCommon(c *corev1.Container) {
	setDefault(c, i.spec.Env...)
	prepend(c, field("OTEL_NODE_IP", "status.hostIP"), field("OTEL_POD_IP", "status.podIP"))
	setDefault(c, value("OTEL_SERVICE_NAME", i.serviceName(c)))
	i.setExporter(c)
	setDefault(c, field(envPodName, "metadata.name"))
	if i.spec.Resource.AddK8sUIDAttributes {
		setDefault(c, field(envPodUID, "metadata.uid"))
	}
	setDefault(c, field(envNodeName, "spec.nodeName"))
	if propagators := i.spec.Propagators; len(propagators) > 0 {
		setDefault(c, value("OTEL_PROPAGATORS", join(propagators)))
	}
	sampler := i.spec.Sampler
	if sampler.Type != "" && find(c, "OTEL_TRACES_SAMPLER") == nil && find(c, "OTEL_TRACES_SAMPLER_ARG") == nil {
		setDefault(c, value("OTEL_TRACES_SAMPLER", string(sampler.Type)))
		if sampler.Argument != "" {
			setDefault(c, value("OTEL_TRACES_SAMPLER_ARG", sampler.Argument))
		}
	}
	i.setAttributes(c)
}

// join lists propagators.
func join(propagators []v1alpha1.Propagator) string {
	names := make([]string, len(propagators))
	for n, propagator := range propagators {
		names[n] = string(propagator)
	}
	return strings.Join(names, ",")
}
