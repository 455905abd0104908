package monitor

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const meta = "__meta_kubernetes_"

// labelName spells the name of a Kubernetes label as Prometheus's discovery does.
func labelName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}

// alternatives is the expression for one of several texts.
func alternatives(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = regexp.QuoteMeta(word)
	}
	return strings.Join(quoted, "|")
}

// match keeps the targets whose object ("service" or "pod") a selector chooses.
func (j *job) match(object string, s *metav1.LabelSelector) {
	for _, name := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		j.values(object, name, "keep", []string{s.MatchLabels[name]})
	}
	for _, e := range s.MatchExpressions {
		present := tree{"source_labels": []string{meta + object + "_labelpresent_" + labelName(e.Key)}, "regex": "true"}
		switch e.Operator {
		case metav1.LabelSelectorOpIn:
			j.values(object, e.Key, "keep", e.Values)
		case metav1.LabelSelectorOpNotIn:
			j.values(object, e.Key, "drop", e.Values)
		case metav1.LabelSelectorOpExists:
			present["action"] = "keep"
			j.rule(present)
		case metav1.LabelSelectorOpDoesNotExist:
			present["action"] = "drop"
			j.rule(present)
		default:
			j.refuse("selector: the operator %q of %s is not known", e.Operator, e.Key)
		}
	}
}

func (j *job) values(object, name, action string, values []string) {
	label := labelName(name)
	j.rule(tree{
		"source_labels": []string{meta + object + "_label_" + label, meta + object + "_labelpresent_" + label},
		"regex":         "(" + alternatives(values) + ");true", "action": action,
	})
}

// selected lets the API server choose the objects, when the user wants that, and relabelling
// otherwise.
func (j *job) selected(sd tree, object, role string, mechanism *monitoringv1.SelectorMechanism, s *metav1.LabelSelector) {
	if mechanism == nil || *mechanism != monitoringv1.SelectorMechanismRole {
		j.match(object, s)
		return
	}
	compiled, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		j.refuse("selector: %w", err)
		return
	}
	if !compiled.Empty() {
		sd["selectors"] = []any{tree{"role": role, "label": compiled.String()}}
	}
}

// copyLabels gives a target labels of its object.
func (j *job) copyLabels(object string, names []string) {
	for _, name := range names {
		label := labelName(name)
		j.rule(tree{"source_labels": []string{meta + object + "_label_" + label}, "target_label": label, "regex": "(.+)", "replacement": "${1}"})
	}
}

// jobLabel names the job after a label of the object.
func (j *job) jobLabel(object, name string) {
	if name != "" {
		j.rule(tree{"source_labels": []string{meta + object + "_label_" + labelName(name)}, "target_label": "job", "regex": "(.+)", "replacement": "${1}"})
	}
}

func (j *job) label(target, source string) {
	j.rule(tree{"source_labels": []string{source}, "target_label": target})
}

// running drops targets in pods that have ended, unless the user wants them.
func (j *job) running(filter *bool) {
	if filter == nil || *filter {
		j.rule(tree{"source_labels": []string{meta + "pod_phase"}, "regex": "(Failed|Succeeded)", "action": "drop"})
	}
}

// userRules adds the rules of the class and then those of the object.
func (j *job) userRules(class *monitoringv1.ScrapeClass, target, metric []monitoringv1.RelabelConfig) {
	if class != nil {
		j.relabel = append(j.relabel, rules(class.Relabelings)...)
		j.metrics = append(j.metrics, rules(class.MetricRelabelings)...)
	}
	j.relabel = append(j.relabel, rules(target)...)
	j.metrics = append(j.metrics, rules(metric)...)
}

func rules(in []monitoringv1.RelabelConfig) []any {
	var out []any
	for _, r := range in {
		rule := tree{}
		if len(r.SourceLabels) > 0 {
			names := make([]string, len(r.SourceLabels))
			for i, name := range r.SourceLabels {
				names[i] = string(name)
			}
			rule["source_labels"] = names
		}
		put(rule, "separator", r.Separator)
		text(rule, "target_label", r.TargetLabel)
		text(rule, "regex", r.Regex)
		put(rule, "replacement", r.Replacement)
		text(rule, "action", strings.ToLower(r.Action))
		if r.Modulus != 0 {
			rule["modulus"] = r.Modulus
		}
		out = append(out, rule)
	}
	return out
}

// jobName is how the Prometheus operator names the jobs of its objects.
func jobName(kind, namespace, name string, index int) string {
	return fmt.Sprintf("%s/%s/%s/%d", kind, namespace, name, index)
}
