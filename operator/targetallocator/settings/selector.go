package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// selector is a LabelSelector. Its keys are in lower case in the allocators of OpenTelemetry;
// those of Kubernetes are understood too.
type selector struct {
	Labels           map[string]string `yaml:"matchlabels"`
	Expressions      []expression      `yaml:"matchexpressions"`
	LabelsCamel      map[string]string `yaml:"matchLabels"`
	ExpressionsCamel []expression      `yaml:"matchExpressions"`
}

type expression struct {
	Key      string   `yaml:"key"`
	Operator string   `yaml:"operator"`
	Values   []string `yaml:"values"`
}

// compile returns the selector; one that says nothing selects everything.
func (s *selector) compile() (labels.Selector, error) {
	out := metav1.LabelSelector{MatchLabels: map[string]string{}}
	for _, from := range []map[string]string{s.Labels, s.LabelsCamel} {
		maps.Copy(out.MatchLabels, from)
	}
	for _, from := range [][]expression{s.Expressions, s.ExpressionsCamel} {
		for _, e := range from {
			out.MatchExpressions = append(out.MatchExpressions, metav1.LabelSelectorRequirement{
				Key: e.Key, Operator: metav1.LabelSelectorOperator(e.Operator), Values: e.Values,
			})
		}
	}
	return metav1.LabelSelectorAsSelector(&out)
}

// classes reads scrape classes, which have the fields of the Prometheus operator's API.
func classes(in []any) ([]monitoringv1.ScrapeClass, error) {
	if len(in) == 0 {
		return nil, nil
	}
	tree, err := plain(in)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	var out []monitoringv1.ScrapeClass
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, class := range out {
		if class.Name == "" || seen[class.Name] {
			return nil, fmt.Errorf("each needs a name of its own, and %q is none", class.Name)
		}
		seen[class.Name] = true
	}
	return out, nil
}

// plain makes a tree of YAML one that JSON can have: keys are texts.
func plain(v any) (any, error) {
	switch v := v.(type) {
	case map[any]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			name, ok := key.(string)
			if !ok {
				return nil, fmt.Errorf("the key %v is no text", key)
			}
			var err error
			if out[name], err = plain(value); err != nil {
				return nil, err
			}
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			var err error
			if out[i], err = plain(value); err != nil {
				return nil, err
			}
		}
		return out, nil
	default:
		return v, nil
	}
}
