package awsemfexporter

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

const (
	// scopeLabel holds the name of the instrumentation scope.
	scopeLabel = "OTelLib"
	// quantileLabel holds the quantile of a summary's value.
	quantileLabel = "quantile"
	// kubernetesLabel holds what Container Insights knows of a pod, as JSON.
	kubernetesLabel = "kubernetes"
	// resolutionAttribute is not a label: it is how long a period the metric is
	// stored with.
	resolutionAttribute = "aws.emf.storage_resolution"
)

// label is a name and a value, both valid UTF-8.
type label struct{ name, value string }

// labels are sorted by name; no name is there twice.
type labels []label

// addAttributes appends attributes as labels, in no order.
func (l labels) addAttributes(attributes pcommon.Map) labels {
	for k, v := range attributes.All() {
		if k == resolutionAttribute {
			continue
		}
		text := v.Str()
		if v.Type() != pcommon.ValueTypeStr {
			text = v.AsString()
		}
		l = append(l, label{valid(k), valid(text)})
	}
	return l
}

// sorted sorts labels in place. Of those with the same name the first is kept.
func (l labels) sorted() labels {
	slices.SortStableFunc(l, func(a, b label) int { return strings.Compare(a.name, b.name) })
	return slices.CompactFunc(l, func(a, b label) bool { return a.name == b.name })
}

// get returns the value of a label, or "".
func (l labels) get(name string) string {
	if i, ok := l.index(name); ok {
		return l[i].value
	}
	return ""
}

func (l labels) index(name string) (int, bool) {
	return slices.BinarySearchFunc(l, name, func(a label, name string) int { return strings.Compare(a.name, name) })
}

// first returns the value of the first of some labels that is not empty.
func (l labels) first(names []string) string {
	for _, name := range names {
		if v := l.get(name); v != "" {
			return v
		}
	}
	return undefined
}

// appendKey appends what tells these labels from others.
func (l labels) appendKey(b []byte) []byte {
	for _, x := range l {
		b = appendKey(appendKey(b, x.name), x.value)
	}
	return b
}

// appendKey appends a string to a key so that its end is known.
func appendKey(b []byte, s string) []byte {
	for n := len(s); ; n >>= 7 {
		if n < 0x80 {
			b = append(b, byte(n))
			break
		}
		b = append(b, byte(n)|0x80)
	}
	return append(b, s...)
}

// valid returns s as valid UTF-8, without which an event would not be JSON.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// cut returns the beginning of s, between two characters, of at most n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// kubernetes is the object that Container Insights' events of pods and containers
// have. The names are those of Fluentd's metadata.
type kubernetes struct {
	ContainerName string        `json:"container_name,omitzero"`
	Docker        kubeDocker    `json:"docker,omitzero"`
	Host          string        `json:"host,omitzero"`
	Labels        kubeLabels    `json:"labels,omitzero"`
	NamespaceName string        `json:"namespace_name,omitzero"`
	PodID         string        `json:"pod_id,omitzero"`
	PodName       string        `json:"pod_name,omitzero"`
	PodOwners     kubePodOwners `json:"pod_owners,omitzero"`
	ServiceName   string        `json:"service_name,omitzero"`
}

type kubeDocker struct {
	ContainerID string `json:"container_id,omitzero"`
}

type kubeLabels struct {
	App             string `json:"app,omitzero"`
	PodTemplateHash string `json:"pod-template-hash,omitzero"`
}

type kubePodOwners struct {
	OwnerKind string `json:"owner_kind,omitzero"`
	OwnerName string `json:"owner_name,omitzero"`
}

// withKubernetes adds the kubernetes label to those of a pod or container.
func (l labels) withKubernetes() labels {
	if kind := l.get("Type"); kind != "Pod" && kind != "Container" {
		return l
	}
	text, err := json.Marshal(kubernetes{
		ContainerName: l.get("container"),
		Docker:        kubeDocker{ContainerID: l.get("container_id")},
		Host:          l.get("NodeName"),
		Labels:        kubeLabels{App: l.get("app"), PodTemplateHash: l.get("pod-template-hash")},
		NamespaceName: l.get("Namespace"),
		PodID:         l.get("PodId"),
		PodName:       l.get("PodName"),
		PodOwners:     kubePodOwners{OwnerKind: l.get("owner_kind"), OwnerName: l.get("owner_name")},
		ServiceName:   l.get("Service"),
	})
	if err != nil {
		panic(err) // strings can be marshalled
	}
	return append(labels{{kubernetesLabel, string(text)}}, l...).sorted()
}
