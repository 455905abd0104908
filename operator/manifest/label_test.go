package manifest

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"
)

func TestImageVersion(t *testing.T) {
	sum := strings.Repeat("0123456789abcdef", 4)
	for image, want := range map[string]string{
		"collector":                                  "latest",
		"collector:1.2.3":                            "1.2.3",
		"host:5000/team/collector":                   "latest",
		"host:5000/team/collector:1.2.3":             "1.2.3",
		"host:5000/team/collector:1.2@sha256:" + sum: "1.2",
		"host:5000/team/collector@sha256:" + sum:     sum[:63],
		"collector@sha256:":                          "latest",
		"collector:":                                 "latest",
		"":                                           "latest",
		"collector:_a+b_":                            "a-b",
		"collector:" + strings.Repeat("v", 128):      strings.Repeat("v", 63),
	} {
		got := imageVersion(image)
		if got != want || len(validation.IsValidLabelValue(got)) > 0 {
			t.Errorf("%s: got %s, want %s", image, got, want)
		}
	}
}

// FuzzImageVersion checks that every image gives a label's value.
func FuzzImageVersion(f *testing.F) {
	f.Add("host:5000/a:b@sha256:c")
	f.Fuzz(func(t *testing.T, image string) {
		if errs := validation.IsValidLabelValue(imageVersion(image)); len(errs) > 0 {
			t.Errorf("%q: %v", image, errs)
		}
	})
}

// FuzzName checks that every name is a label of DNS or, when there is nothing to make one of,
// empty.
func FuzzName(f *testing.F) {
	f.Add("a", "b")
	f.Add(strings.Repeat("é", 60), strings.Repeat("-", 70))
	f.Fuzz(func(t *testing.T, first, second string) {
		name := Name("%s-%s", first, second)
		if errs := validation.IsDNS1123Label(name); name != "" && len(errs) > 0 {
			t.Errorf("%q: %v", name, errs)
		}
	})
}
