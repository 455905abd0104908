package arn_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/operator/addon/arn"
)

var demo = arn.Cluster{Name: "demo", Account: "111122223333", Region: "us-east-1"}

func TestParse(t *testing.T) {
	const uid = "2ec71efc-98dd-3203-60b0-4b939b2a5e5f"
	for _, c := range []struct {
		text    string
		want    arn.Resource
		foreign bool
		err     string
	}{
		{text: demo.ARN(), want: arn.Resource{Kind: arn.KindCluster}},
		{text: demo.Addon("adot", uid), want: arn.Resource{Kind: arn.KindAddon, Name: "adot", UID: uid}},
		{text: demo.Association("a-1"), want: arn.Resource{Kind: arn.KindAssociation, Name: "a-1"}},
		{text: arn.Cluster{Name: "other", Account: "111122223333", Region: "us-east-1"}.ARN(), want: arn.Resource{Kind: arn.KindCluster}, foreign: true},
		{text: arn.Cluster{Name: "demo", Account: "999999999999", Region: "us-east-1"}.ARN(), foreign: true},
		{text: arn.Cluster{Name: "demo", Account: "111122223333", Region: "eu-west-1"}.ARN(), foreign: true},
		{text: "arn:aws:eks:us-east-1:111122223333:nodegroup/demo/a/b", foreign: true},
		{text: "arn:aws:eks:us-east-1:111122223333:addon/demo", err: "no ARN of a addon"},
		{text: "arn:aws:eks:us-east-1:111122223333:", err: "no ARN of EKS"},
		{text: "arn:aws:iam::111122223333:role/a", err: "no ARN of EKS"},
		{text: "", err: "no ARN of EKS"},
		{text: "../../etc/passwd", err: "no ARN of EKS"},
	} {
		got, foreign, err := demo.Parse(c.text)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q gives the error %v, want %q", c.text, err, c.err)
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" || foreign != c.foreign {
			t.Errorf("%q: foreign %v, want %v; (-want +got):\n%s", c.text, foreign, c.foreign, diff)
		}
	}
}

func TestCheckRole(t *testing.T) {
	for text, want := range map[string]string{
		"arn:aws:iam::111122223333:role/path/r": "",
		"arn:aws:iam::999999999999:role/r":      "Cross-account",
		"arn:aws-cn:iam::111122223333:role/r":   "partition",
		"arn:aws:iam::111122223333:user/u":      "not the ARN of an IAM role",
		"arn:aws:iam::111122223333:role/a b":    "not the ARN of an IAM role",
		"":                                      "not the ARN of an IAM role",
	} {
		err := demo.CheckRole(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
	if err := demo.CheckTargetRole("arn:aws:iam::999999999999:role/r"); err != nil {
		t.Errorf("a target role of another account: %v", err)
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		cluster arn.Cluster
		valid   bool
	}{
		{demo, true},
		{arn.Cluster{Name: "demo", Account: "111122223333", Region: "us-gov-west-1"}, true},
		{arn.Cluster{Name: "", Account: "111122223333", Region: "us-east-1"}, false},
		{arn.Cluster{Name: "-demo", Account: "111122223333", Region: "us-east-1"}, false},
		{arn.Cluster{Name: strings.Repeat("a", 101), Account: "111122223333", Region: "us-east-1"}, false},
		{arn.Cluster{Name: "demo", Account: "1111", Region: "us-east-1"}, false},
		{arn.Cluster{Name: "demo", Account: "111122223333", Region: "here"}, false},
	} {
		if err := c.cluster.Validate(); (err == nil) != c.valid {
			t.Errorf("%+v gives %v", c.cluster, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(demo.ARN())
	f.Add(demo.Addon("adot", "2ec71efc-98dd-3203-60b0-4b939b2a5e5f"))
	f.Add("arn:aws:eks:us-east-1:111122223333:addon/demo/../../x")
	f.Fuzz(func(t *testing.T, text string) {
		r, foreign, err := demo.Parse(text)
		if err != nil || foreign {
			return
		}
		again := map[arn.Kind]string{
			arn.KindCluster: demo.ARN(), arn.KindAddon: demo.Addon(r.Name, r.UID), arn.KindAssociation: demo.Association(r.Name),
		}[r.Kind]
		if again != text {
			t.Errorf("%q is read as %+v, which is %q", text, r, again)
		}
	})
}
