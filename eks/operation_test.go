package eks

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	scope := Scope{AccountID: "111122223333", Region: "eu-west-1"}
	const arn = "arn:aws:eks:eu-west-1:111122223333:"
	for _, tc := range []struct{ request, name, resource string }{
		{"GET /clusters", "ListClusters", "*"},
		{"GET /clusters/demo", "DescribeCluster", arn + "cluster/demo"},
		{"GET /clusters/d%65mo", "DescribeCluster", arn + "cluster/demo"},
		{"POST /clusters/demo/addons", "CreateAddon", arn + "cluster/demo"},
		{"GET /clusters/demo/addons", "ListAddons", arn + "cluster/demo"},
		{"GET /clusters/demo/addons/adot", "DescribeAddon", arn + "addon/demo/adot/*"},
		{"DELETE /clusters/demo/addons/adot", "DeleteAddon", arn + "addon/demo/adot/*"},
		{"POST /clusters/demo/addons/adot/update", "UpdateAddon", arn + "addon/demo/adot/*"},
		{"GET /clusters/demo/updates", "ListUpdates", arn + "cluster/demo"},
		{"GET /clusters/demo/updates/2ec71efc-98dd", "DescribeUpdate", arn + "cluster/demo"},
		{"POST /clusters/demo/pod-identity-associations", "CreatePodIdentityAssociation", arn + "cluster/demo"},
		{"GET /clusters/demo/pod-identity-associations", "ListPodIdentityAssociations", arn + "cluster/demo"},
		{"GET /clusters/demo/pod-identity-associations/a-1", "DescribePodIdentityAssociation", arn + "podidentityassociation/demo/a-1"},
		{"POST /clusters/demo/pod-identity-associations/a-1", "UpdatePodIdentityAssociation", arn + "podidentityassociation/demo/a-1"},
		{"DELETE /clusters/demo/pod-identity-associations/a-1", "DeletePodIdentityAssociation", arn + "podidentityassociation/demo/a-1"},
		{"GET /addons/supported-versions", "DescribeAddonVersions", "*"},
		{"GET /cluster-versions", "DescribeClusterVersions", "*"},
		{"GET /addons/configuration-schemas", "DescribeAddonConfiguration", "*"},
		{"GET /tags/" + arn + "cluster/demo", "ListTagsForResource", arn + "cluster/demo"},
		{"POST /tags/" + url.PathEscape(arn+"addon/demo/adot/1"), "TagResource", arn + "addon/demo/adot/1"},
		{"DELETE /tags/" + arn + "cluster/demo", "UntagResource", arn + "cluster/demo"},

		{"PUT /clusters/demo", "", ""},
		{"GET /clusters/*", "", ""},
		{"GET /clusters/%2a/addons", "", ""},
		{"GET /clusters//addons", "", ""},
		{"GET /clusters/demo/", "", ""},
		{"GET /clusters/../x", "", ""},
		{"GET /clusters/demo%2Faddons", "", ""},
		{"GET /clusters/demo/addons/adot/update", "", ""},
		{"GET /clusters/demo/nodegroups", "", ""},
		{"POST /addons/supported-versions", "", ""},
		{"POST /cluster-versions", "", ""},
		{"GET /cluster-versions/", "", ""},
		{"GET /tags/arn:aws:eks:eu-west-1:999999999999:cluster/demo", "", ""},
		{"GET /tags/" + arn + "cluster/*", "", ""},
		{"GET /tags/%zz", "", ""},
		{"GET /else", "", ""},
	} {
		method, path, _ := strings.Cut(tc.request, " ")
		op, ok := scope.Find(method, path)
		if ok != (tc.name != "") || op.Name != tc.name || op.Resource != tc.resource {
			t.Errorf("%s is %+v, %v, want %s on %s", tc.request, op, ok, tc.name, tc.resource)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("GET", "/clusters/demo/addons/adot")
	f.Add("POST", "/tags/arn%3Aaws")
	f.Fuzz(func(t *testing.T, method, path string) {
		op, ok := Scope{AccountID: "111122223333", Region: "eu-west-1"}.Find(method, path)
		if !ok {
			return
		}
		// Whatever is asked for, it is one thing: only the id of an add-on is any.
		resource := strings.TrimSuffix(op.Resource, "/*")
		if resource != "*" && strings.ContainsAny(resource, "*?") {
			t.Errorf("%s %s is on %s", method, path, op.Resource)
		}
	})
}

func TestPassed(t *testing.T) {
	for body, want := range map[string][]string{
		``:                                              nil,
		`{"roleArn":"a","targetRoleArn":"b"}`:           {"a"},
		`{"roleArn":"a","ROLEARN":"b"}`:                 {"a", "b"},
		`{"serviceAccountRoleArn":"a"}`:                 nil,
		`{"x":{"y":[1,{}]},"roleArn":"a"}`:              {"a"},
		`{"n":1,"t":true,"z":null,"roleArn":"a"}`:       {"a"},
		`{"configurationValues":"{\"roleArn\":\"a\"}"}`: nil,
		`{"podIdentityAssociations":[{"serviceAccount":"s","roleArn":"a"},{"roleArn":"b"}]}`: {"a", "b"},
		`{"roleArn":{"roleArn":"a"},"k":"roleArn"}`:                                          {"a"},
		`{"roleArn":"a"`:  {"a"},
		`["roleArn","a"]`: nil,
	} {
		if got := passed([]byte(body)); !slices.Equal(got, want) {
			t.Errorf("%s hands on %q, want %q", body, got, want)
		}
	}
}

func FuzzPassed(f *testing.F) {
	f.Add([]byte(`{"podIdentityAssociations":[{"roleArn":"a"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, role := range passed(body) {
			if role == "" {
				t.Error("an empty role")
			}
		}
	})
}

func TestUpstreamAddress(t *testing.T) {
	for _, address := range []string{"", "radiograph:8444", "ftp://x", "https://x/path", "https://x?a=b", "http://10.0.0.1:80", "http://localhost"} {
		if _, err := NewUpstream(address, "", "", "1"); err == nil {
			t.Errorf("%q is accepted", address)
		}
	}
	for _, address := range []string{"https://radiograph-addon-api.ops.svc:8444", "https://[::1]:1/", "http://127.0.0.1:80"} {
		if _, err := NewUpstream(address, "", "", "1"); err != nil {
			t.Error(err)
		}
	}
}
