package catalog

import "testing"

func TestBuiltin(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, addon := range c.List() {
		for _, version := range addon.Versions {
			if _, err := version.Render(Input{KubeVersion: "v1.34.4"}); err != nil {
				t.Errorf("%s %s: %v", addon.Name, version.Version, err)
			}
		}
	}
	v, _ := c.Version("adot", "v0.151.0-eksbuild.2")
	for _, bad := range []string{`{"replicas":2,"manager":{"resources":3}}`, `[]`, `a: [`, `{"collector":{"prometheusMetrics":{"pipelines":{"metrics":{"amp":{"enabled":true}}}}}}`} {
		t.Log(v.Validate(bad))
	}
}
