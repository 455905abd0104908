package injection

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

func TestChoose(t *testing.T) {
	const key = "sidecar.opentelemetry.io/inject"
	named := func(namespace, name string) Choice {
		return Choice{Wanted: true, Name: types.NamespacedName{Namespace: namespace, Name: name}}
	}
	for _, test := range []struct {
		pod, namespace string
		want           Choice
	}{
		{"", "", Choice{}},
		{"true", "", named("apps", "")},
		{"", "true", named("apps", "")},
		{"False", "true", Choice{Refused: true}},
		{"true", "false", named("apps", "")},
		{"true", "true", named("apps", "")},
		{"true", "main", named("apps", "main")},
		{"other", "main", named("apps", "other")},
		{"obs/main", "false", named("obs", "main")},
		{"", "false", Choice{Refused: true}},
	} {
		got, err := Choose(key, "apps", map[string]string{key: test.pod}, map[string]string{key: test.namespace})
		if err != nil || got != test.want {
			t.Errorf("pod %q, namespace %q: got %+v, %v; want %+v", test.pod, test.namespace, got, err, test.want)
		}
	}
	for _, bad := range []string{"/name", "ns/", "a/b/c"} {
		if _, err := Choose(key, "apps", map[string]string{key: bad}, nil); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

func TestPick(t *testing.T) {
	name := func(s string) string { return s }
	anyOne := Choice{Wanted: true, Name: types.NamespacedName{Namespace: "apps"}}
	second := Choice{Wanted: true, Name: types.NamespacedName{Namespace: "apps", Name: "b"}}
	for _, test := range []struct {
		choice Choice
		all    []string
		want   string
		err    string
	}{
		{anyOne, []string{"a"}, "a", ""},
		{anyOne, nil, "", "has no Instrumentation"},
		{anyOne, []string{"a", "b"}, "", "name one of them"},
		{second, []string{"a", "b"}, "b", ""},
		{second, []string{"a"}, "", "there is no Instrumentation apps/b"},
	} {
		got, err := Pick(test.choice, "Instrumentation", test.all, name)
		if got != test.want || (err == nil) != (test.err == "") || (err != nil && !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%+v of %v: got %q, %v", test.choice, test.all, got, err)
		}
	}
}
