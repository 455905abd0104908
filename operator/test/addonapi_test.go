//go:build e2e

package test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	addons "github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

var updateGolden = flag.Bool("update", false, "rewrite the golden files")

// eksRig is a rig with the EKS API for add-ons and the AWS command line.
type eksRig struct {
	*addonRig

	url, bundle string
}

// newEKSRig starts the add-on manager with its API. Requests need no token unless args say so.
func newEKSRig(t *testing.T, args ...string) *eksRig {
	t.Helper()
	apiPort := port(t)
	all := append([]string{"--addon-api-addr=127.0.0.1:" + apiPort, "--cluster-name=demo", "--account-id=111122223333"}, args...)
	r := &eksRig{addonRig: newAddonRig(t, "admin", all...), url: "https://localhost:" + apiPort}
	secret := &corev1.Secret{}
	r.eventually("the API has a certificate", func() error {
		return r.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "radiograph-addon-api-cert"}, secret)
	})
	r.bundle = filepath.Join(r.dir, "ca.crt")
	r.write("ca.crt", string(secret.Data["ca.crt"]))
	return r
}

// aws runs "aws eks …" and returns what it prints; failed is what it says when it fails.
func (r *eksRig) aws(command string) (printed, failed string) {
	r.t.Helper()
	args := append([]string{"--no-verify-ssl", "--endpoint-url", r.url, "--region", "us-east-1", "--output", "json", "eks"}, strings.Fields(command)...)
	clients := os.Getenv("RADIOGRAPH_CLIENTS")
	if clients == "" {
		r.t.Fatal("RADIOGRAPH_CLIENTS does not name the prepared clients; run make e2e")
	}
	cmd := exec.CommandContext(r.t.Context(), filepath.Join(clients, "python", "bin", "aws"), args...)
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "AWS_PAGER=", "TZ=UTC", "NO_PROXY=*",
		"PYTHONWARNINGS=ignore", "AWS_CONFIG_FILE="+filepath.Join(r.dir, "none"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(r.dir, "none"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			r.t.Fatal(err)
		}
		return stdout.String(), strings.TrimSpace(stderr.String())
	}
	return stdout.String(), ""
}

// patterns are what differs between two runs.
var patterns = []struct {
	find    *regexp.Regexp
	replace string
}{
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`At": [0-9]{10}(\.[0-9]+)?`), `At": SECONDS`},
}

// TestAWSCommand types the commands of container-tracing guides, and those that follow them. What
// they print is in testdata/aws: a command, what it prints, and what it says when it fails.
func TestAWSCommand(t *testing.T) {
	r := newEKSRig(t, "--addon-api-insecure")
	var got strings.Builder
	step := func(command string) {
		t.Helper()
		printed, failed := r.aws(command)
		text := fmt.Sprintf("$ aws eks %s\n%s", command, printed)
		if failed != "" {
			text += "! " + failed + "\n"
		}
		for _, p := range patterns {
			text = p.find.ReplaceAllString(text, p.replace)
		}
		got.WriteString(text)
	}
	step("list-clusters")
	step("describe-cluster --name demo --query cluster.identity.oidc.issuer --output text")
	step("describe-addon-versions --addon-name adot --kubernetes-version 1.22 --query addons[].addonVersions[-1]")
	step("list-addons --cluster-name demo")
	step("create-addon --addon-name adot --addon-version 0.45.0 --cluster-name demo")
	step("create-addon --addon-name adot --addon-version v0.45.0-eksbuild.1 --cluster-name demo")
	step("create-addon --addon-name adot --addon-version v0.45.0-eksbuild.1 --cluster-name demo")
	r.phase(addons.PhaseActive)
	step("wait addon-active --addon-name adot --cluster-name demo")
	step("describe-addon --addon-name adot --cluster-name demo")
	step("list-addons --cluster-name demo")
	step("describe-addon --cluster-name nope --addon-name adot")
	step(`update-addon --cluster-name demo --addon-name adot --addon-version v0.151.0-eksbuild.2 --configuration-values {"replicas":2}`)
	step(`update-addon --cluster-name demo --addon-name adot --addon-version v0.151.0-eksbuild.2 --configuration-values {"replicaCount":2} --resolve-conflicts PRESERVE`)
	addon := r.phase(addons.PhaseActive)
	id := r.last(addon).ID
	step("list-updates --name demo --addon-name adot")
	printed, failed := r.aws("describe-update --name demo --addon-name adot --update-id " + id)
	if !strings.Contains(printed, `"status": "Successful"`) || r.replicas() != 2 {
		t.Errorf("the update is %s %s, and the operator has %d replicas", printed, failed, r.replicas())
	}
	step("tag-resource --resource-arn arn:aws:eks:us-east-1:111122223333:addon/demo/adot/" + string(addon.UID) + " --tags team=a")
	step("list-tags-for-resource --resource-arn arn:aws:eks:us-east-1:111122223333:addon/demo/adot/" + string(addon.UID))
	step("untag-resource --resource-arn arn:aws:eks:us-east-1:111122223333:addon/demo/adot/" + string(addon.UID) + " --tag-keys team")
	r.phase(addons.PhaseActive)
	step("delete-addon --cluster-name demo --addon-name adot")
	r.eventually("the add-on is gone", func() error {
		return gone(r.Get(t.Context(), client.ObjectKey{Name: "adot"}, &addons.Addon{}))
	})
	step("wait addon-deleted --cluster-name demo --addon-name adot")
	step("describe-addon --cluster-name demo --addon-name adot")

	compareGolden(t, filepath.Join("testdata", "aws", "addons.txt"), got.String())
}

// compareGolden compares got with what the file says, or writes the file with -update.
func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *updateGolden {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o750), os.WriteFile(file, []byte(got), 0o600)); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// TestAddonAPIToken reaches the API as the service does: over TLS that it trusts, with the token
// of the Secret.
func TestAddonAPIToken(t *testing.T) {
	r := newEKSRig(t)
	secret := &corev1.Secret{}
	r.eventually("the token is made", func() error {
		return r.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "radiograph-addon-api-token"}, secret)
	})
	roots := x509.NewCertPool()
	bundle, err := os.ReadFile(r.bundle)
	if err != nil || !roots.AppendCertsFromPEM(bundle) {
		t.Fatalf("the bundle has no certificate: %v", err)
	}
	web := trusting(roots, "radiograph-addon-api.default.svc")
	for token, want := range map[string]int{string(secret.Data["token"]): http.StatusOK, "none": http.StatusForbidden} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/clusters/demo", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := web.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var body struct {
			Cluster struct {
				Version, Endpoint    string
				CertificateAuthority struct{ Data string }
			}
		}
		err = json.NewDecoder(response.Body).Decode(&body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != want {
			t.Errorf("with the token %.4s… the answer is %d, %v; want %d", token, response.StatusCode, err, want)
			continue
		}
		if want != http.StatusOK {
			continue
		}
		if _, err := base64.StdEncoding.DecodeString(body.Cluster.CertificateAuthority.Data); err != nil || body.Cluster.Version == "" || body.Cluster.Endpoint != r.host {
			t.Errorf("the cluster is %+v, %v", body, err)
		}
	}
}

// trusting returns a client that trusts a server by a name, whatever address it is at.
func trusting(roots *x509.CertPool, name string) *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: name, MinVersion: tls.VersionTLS12}}}
}

// TestAddonKinds applies what the definitions refuse.
func TestAddonKinds(t *testing.T) {
	r := newRig(t)
	const role = "arn:aws:iam::111122223333:role/r"
	named := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name} }
	association := func(name, roleARN string) *addons.PodIdentityAssociation {
		return &addons.PodIdentityAssociation{ObjectMeta: named(name), Spec: addons.PodIdentityAssociationSpec{Namespace: "n", ServiceAccount: "s", RoleARN: roleARN}}
	}
	for name, object := range map[string]client.Object{
		"an add-on of another name":     &addons.Addon{ObjectMeta: named("adot"), Spec: addons.AddonSpec{AddonName: "other"}},
		"a way to resolve conflicts":    &addons.Addon{ObjectMeta: named("adot"), Spec: addons.AddonSpec{AddonName: "adot", ResolveConflicts: "MAYBE"}},
		"a role that is none":           &addons.Addon{ObjectMeta: named("adot"), Spec: addons.AddonSpec{AddonName: "adot", ServiceAccountRoleARN: "r"}},
		"a namespace that is none":      &addons.Addon{ObjectMeta: named("adot"), Spec: addons.AddonSpec{AddonName: "adot", NamespaceConfig: &addons.NamespaceConfig{Namespace: "A"}}},
		"an association's other name":   association("s", role),
		"an association with no role":   association("n.s", ""),
		"an association with some role": association("n.s", "arn:aws:iam::1:role/r"),
	} {
		if err := r.Create(t.Context(), object); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	addon := &addons.Addon{ObjectMeta: named("adot"), Spec: addons.AddonSpec{AddonName: "adot", NamespaceConfig: &addons.NamespaceConfig{Namespace: "a"}}}
	made := association("n.s", role)
	if err := errors.Join(r.Create(t.Context(), addon), r.Create(t.Context(), made)); err != nil {
		t.Fatal(err)
	}
	if addon.Spec.ResolveConflicts != addons.ResolveNone {
		t.Errorf("conflicts are resolved by %q when nothing is said", addon.Spec.ResolveConflicts)
	}
	addon.Spec.NamespaceConfig.Namespace = "b"
	made.Spec.ServiceAccount = "t"
	if r.Update(t.Context(), addon) == nil || r.Update(t.Context(), made) == nil {
		t.Error("what cannot be changed is changed")
	}
}
