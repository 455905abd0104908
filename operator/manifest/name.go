package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// maxName is the longest label of DNS, and the longest value of a Kubernetes label.
const maxName = 63

// Name fills the strings into the format and makes the result a name that Kubernetes takes
// for every kind: at most 63 lower-case letters, digits and hyphens, no hyphen at the ends.
// When it is too long the first string is shortened, and gets 8 digits of a hash of the whole
// name behind it: names that differ only in what was cut off stay different.
func Name(format string, first string, rest ...string) string {
	full := fill(format, first, rest)
	if len(full) <= maxName {
		return dnsLabel(full)
	}
	hash := "-" + shortHash(full)
	keep := len(first) - (len(full) - maxName) - len(hash)
	if keep > 0 {
		head := strings.TrimRight(dnsLabel(first[:keep]), "-")
		return dnsLabel(fill(format, head+hash, rest))
	}
	// The other strings are too long by themselves.
	return dnsLabel(dnsLabel(full[:maxName-len(hash)]) + hash)
}

func fill(format, first string, rest []string) string {
	args := []any{first}
	for _, s := range rest {
		args = append(args, s)
	}
	return fmt.Sprintf(format, args...)
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}

// dnsLabel replaces what a name cannot have.
func dnsLabel(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, s)
	return strings.Trim(s, "-")
}

// CollectorName is the name of a collector's workload, PodDisruptionBudget, autoscaler and
// service account.
func CollectorName(cr string) string { return Name("%s-collector", cr) }

// ServiceName is the name of the Service that applications send to.
func ServiceName(cr string) string { return Name("%s-collector", cr) }

// HeadlessName is the name of the Service that resolves to the pods.
func HeadlessName(cr string) string { return Name("%s-collector-headless", cr) }

// MonitoringName is the name of the Service of the collector's own metrics.
func MonitoringName(cr string) string { return Name("%s-collector-monitoring", cr) }

// ExtensionName is the name of the Service of extensions.
func ExtensionName(cr string) string { return Name("%s-collector-extension", cr) }

// ConfigMapName is the name of the ConfigMap with the configuration of that hash.
func ConfigMapName(cr, hash string) string {
	return Name("%s-collector-%s", cr, hash[:min(8, len(hash))])
}

// ClusterRoleName is the name of the ClusterRole of a collector.
func ClusterRoleName(cr, namespace string) string { return Name("%s-%s-cluster-role", cr, namespace) }

// ClusterRoleBindingName is the name of the ClusterRoleBinding of a collector.
func ClusterRoleBindingName(cr, namespace string) string {
	return Name("%s-%s-collector", cr, namespace)
}

// AllocatorName is the name of all children of a target allocator.
func AllocatorName(allocator string) string { return Name("%s-targetallocator", allocator) }
