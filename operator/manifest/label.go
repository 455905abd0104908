package manifest

import (
	"maps"
	"regexp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Components, as the label app.kubernetes.io/component has them.
const (
	// CollectorComponent is a collector.
	CollectorComponent = "opentelemetry-collector"
	// AllocatorComponent is a target allocator.
	AllocatorComponent = "opentelemetry-targetallocator"
)

// ManagedBy is the value of the label app.kubernetes.io/managed-by of all children.
const ManagedBy = "opentelemetry-operator"

const (
	labelManagedBy = "app.kubernetes.io/managed-by"
	labelInstance  = "app.kubernetes.io/instance"
	labelPartOf    = "app.kubernetes.io/part-of"
	labelComponent = "app.kubernetes.io/component"
	labelName      = "app.kubernetes.io/name"
	labelVersion   = "app.kubernetes.io/version"

	labelServiceType = "operator.opentelemetry.io/collector-service-type"
	labelHeadless    = "operator.opentelemetry.io/collector-headless-service"
	labelMonitoring  = "operator.opentelemetry.io/collector-monitoring-service"
)

// SelectorLabels are the labels by which the pods and children of a resource are found. They
// never change while the resource lives.
func SelectorLabels(namespace, name, component string) map[string]string {
	return map[string]string{
		labelManagedBy: ManagedBy,
		labelInstance:  instance(namespace, name),
		labelPartOf:    "opentelemetry",
		labelComponent: component,
	}
}

// ScaleSelector is status.scale.selector of a collector: the selector labels and nothing
// else, so that it finds the pods of every version.
func ScaleSelector(namespace, name string) string {
	return labels.SelectorFromSet(SelectorLabels(namespace, name, CollectorComponent)).String()
}

// instance is <namespace>.<name>; one that is too long for a label ends in a hash.
func instance(namespace, name string) string {
	full := namespace + "." + name
	if len(full) <= maxName {
		return full
	}
	hash := "-" + shortHash(full)
	return strings.TrimRight(full[:maxName-len(hash)], "-.") + hash
}

// childLabels are the labels of a child: those of the resource that the filter lets pass, the
// selector labels, the child's name and the version of the image.
func childLabels(owner metav1.Object, filter []*regexp.Regexp, component, name, image string) map[string]string {
	out := passing(owner.GetLabels(), filter)
	if _, set := out[labelName]; !set {
		out[labelName] = name
	}
	out[labelVersion] = imageVersion(image)
	maps.Copy(out, SelectorLabels(owner.GetNamespace(), owner.GetName(), component))
	return out
}

// ownPrefix begins the annotations by which the operator remembers something of a resource,
// such as what a conversion could not express. They say nothing about the children.
const ownPrefix = "radiograph.dev/"

// passing returns the entries that children take over: those whose keys no expression matches.
func passing(from map[string]string, filter []*regexp.Regexp) map[string]string {
	out := map[string]string{}
	for key, value := range from {
		if !strings.HasPrefix(key, ownPrefix) && !matchesAny(key, filter) {
			out[key] = value
		}
	}
	return out
}

func matchesAny(key string, filter []*regexp.Regexp) bool {
	for _, expression := range filter {
		if expression.MatchString(key) {
			return true
		}
	}
	return false
}

// notLabel matches what a label's value cannot have.
var notLabel = regexp.MustCompile(`[^A-Za-z0-9._-]`)

// imageVersion is the tag of an image, its digest when it has only that, or "latest". The
// colon before a registry's port is no tag.
func imageVersion(image string) string {
	repository, digest, _ := strings.Cut(image, "@")
	version := "latest"
	last := repository[strings.LastIndexByte(repository, '/')+1:]
	if _, tag, ok := strings.Cut(last, ":"); ok && tag != "" {
		version = tag
	} else if _, sum, ok := strings.Cut(digest, ":"); ok && sum != "" {
		version = sum
	}
	version = notLabel.ReplaceAllString(version, "-")
	return strings.Trim(version[:min(len(version), maxName)], "-._")
}
