//go:build e2e

package test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	addons "github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// commandRig is a rig with the add-on manager, radiograph in front of it, which wants
// signatures, and radiograph's command line.
type commandRig struct {
	*eksRig

	env []string
}

func newCommandRig(t *testing.T, args ...string) *commandRig {
	t.Helper()
	r := &commandRig{eksRig: newEKSRig(t, args...)}
	secret := &corev1.Secret{}
	r.eventually("the token is made", func() error {
		return r.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "radiograph-addon-api-token"}, secret)
	})
	r.write("addon.token", string(secret.Data["token"]))
	data, listen := filepath.Join(r.dir, "data"), "127.0.0.1:"+port(t)
	r.env = append(os.Environ(), "RADIOGRAPH_ENDPOINT=http://"+listen, "TZ=UTC", "AWS_ENDPOINT_URL_EKS=", "RADIOGRAPH_EKS_ENDPOINT=", "RADIOGRAPH_CLUSTER=", "HOME="+r.dir)
	key, failed, _ := r.radiograph("", "iam", "bootstrap", "--data="+data, "--account-id=111122223333")
	for line := range strings.Lines(key) {
		r.env = append(r.env, strings.TrimPrefix(strings.TrimSpace(line), "export "))
	}
	if failed != "" {
		t.Fatal(failed)
	}
	start(t, r.dir, binary(t, "RADIOGRAPH_BIN", radiographBin), nil, "server", "--data="+data, "--account-id=111122223333", "--auth=sigv4", "--http="+listen,
		"--daemon-udp=", "--daemon-tcp=", "--otlp-grpc=", "--otlp-http=", "--eks-url="+r.service(), "--eks-token-file="+filepath.Join(r.dir, "addon.token"))
	r.eventually("radiograph is ready", func() error { return ok(get(t.Context(), http.DefaultClient, "http://"+listen+"/readyz")) })
	return r
}

// service is an address at which the add-on manager has the name that its certificate is for.
func (r *commandRig) service() string {
	r.t.Helper()
	roots := x509.NewCertPool()
	bundle, err := os.ReadFile(r.bundle)
	if err != nil || !roots.AppendCertsFromPEM(bundle) {
		r.t.Fatalf("the bundle has no certificate: %v", err)
	}
	target, err := url.Parse(r.url)
	if err != nil {
		r.t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	proxy.Transport = trusting(roots, "radiograph-addon-api.default.svc").Transport
	s := httptest.NewServer(proxy)
	r.t.Cleanup(s.Close)
	return s.URL
}

// radiograph runs the command line to its end, while the cluster does what it would do with
// nodes, and returns what it prints, what it says when it fails, and its exit code.
func (r *commandRig) radiograph(stdin string, args ...string) (printed, failed string, code int) {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), binary(r.t, "RADIOGRAPH_BIN", radiographBin), args...)
	cmd.Env, cmd.Stdin = r.env, strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	r.eventually("radiograph "+strings.Join(args, " "), func() error {
		r.run()
		select {
		case err := <-ended:
			if _, exit := errors.AsType[*exec.ExitError](err); err != nil && !exit {
				r.t.Fatal(err)
			}
			return nil
		default:
			return fmt.Errorf("it goes on: %s%s", &stdout, &stderr)
		}
	})
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// commandPatterns are what differs between two runs, apart from patterns. How often a command
// that waits sees what is under way is up to chance.
var commandPatterns = []struct {
	find    *regexp.Regexp
	replace string
}{
	{regexp.MustCompile(`(?m)^ *[0-9ms]+  (CREATING|UPDATING|DELETING)\n`), ""},
	{regexp.MustCompile(`(?m)^ *[0-9ms]+  (\S)`), "  TIME  $1"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`), "MOMENT"},
	{regexp.MustCompile(`\ba-[0-9a-v]{17}\b`), "ASSOCIATION"},
	{regexp.MustCompile(`AIDA[A-Z2-7]{17}`), "USER"},
	{regexp.MustCompile(`"(created|modified)At": "[^"]*"`), `"${1}At": "MOMENT"`},
}

// TestAddonCommand types the life of an add-on. What the commands print is in
// testdata/radiograph: a command, what it prints, and what it says when it fails.
func TestAddonCommand(t *testing.T) {
	r := newCommandRig(t)
	var got strings.Builder
	step := func(command, stdin string) {
		t.Helper()
		printed, failed, code := r.radiograph(stdin, strings.Fields(command)...)
		text := fmt.Sprintf("$ radiograph %s\n%s", command, printed)
		if stdin != "" {
			text = fmt.Sprintf("$ echo '%s' | radiograph %s\n%s", stdin, command, printed)
		}
		if code != 0 {
			text += fmt.Sprintf("%s[%d]\n", failed, code)
		}
		for _, p := range append(patterns, commandPatterns...) {
			text = p.find.ReplaceAllString(text, p.replace)
		}
		got.WriteString(text)
	}
	step("iam whoami --output json", "")
	step("addon versions", "")
	step("addon versions adot --kubernetes-version 1.22", "")
	step("addon versions nothing", "")
	step("addon list", "")
	step("addon schema adot --version v0.62.1-eksbuild.1", "")
	step("addon install adot --version 0.45.0", "")
	step("addon install adot --cluster nope", "")
	step("addon install adot --version v0.45.0-eksbuild.1", "")
	step("addon install adot", "")
	step("addon list", "")
	step("addon describe adot", "")
	step("addon update adot --version v0.151.0-eksbuild.2 --values -", `{"replicas":2}`)
	step("addon update adot --version v0.151.0-eksbuild.2 --values - --resolve-conflicts overwrite", `{"replicaCount":2}`)
	if n := r.replicas(); n != 2 {
		t.Errorf("the operator has %d replicas", n)
	}
	step("addon update adot --pod-identity adot-col-otlp-ingest=arn:aws:iam::111122223333:role/collector --output json", "")
	step("addon describe adot", "")
	step("addon describe adot --output json", "")
	step("addon wait adot", "")
	step("addon update adot --pod-identity= --reset-values", "")
	step("addon delete adot --preserve", "")
	if n := r.replicas(); n != 1 {
		t.Errorf("the operator that was to be preserved has %d replicas", n)
	}
	step("addon describe adot", "")
	step("addon install adot --version v0.151.0-eksbuild.2 --no-wait --tag team=a --output json", "")
	step("addon wait adot --output json", "")
	step("pod-identity list", "")
	step("pod-identity create --namespace shop --service-account pay --role-arn arn:aws:iam::111122223333:role/pay", "")
	step("pod-identity create --namespace shop --service-account pay --role-arn arn:aws:iam::111122223333:role/pay", "")
	step("pod-identity list --namespace shop", "")
	step("pod-identity delete --namespace shop --service-account pay", "")
	step("pod-identity delete --namespace shop --service-account pay", "")
	step("irsa create --cluster demo --namespace aws-otel-eks --service-account aws-otel-collector --role-name ADOT --attach-policy AWSXRayDaemonWriteAccess --role-only", "")
	step("addon delete adot", "")
	if err := gone(r.Get(t.Context(), operatorKey, &appsv1.Deployment{})); err != nil {
		t.Errorf("the operator: %v", err)
	}
	step("addon wait adot --for deleted", "")
	step("addon delete adot", "")

	compareGolden(t, filepath.Join("testdata", "radiograph", "addons.txt"), got.String())
}

// TestAddonCommandFailure installs what cannot be installed, and again when the cause is gone.
func TestAddonCommandFailure(t *testing.T) {
	r := newCommandRig(t, "--addon-require-cert-manager")
	printed, failed, code := r.radiograph("", "addon", "install", "adot")
	for _, want := range []string{"CREATE_FAILED\n", "ConfigurationConflict: cert-manager is not installed on this cluster"} {
		if !strings.Contains(printed, want) {
			t.Errorf("no %q in\n%s", want, printed)
		}
	}
	if code != 1 || !strings.Contains(failed, "add-on adot is CREATE_FAILED\n  the add-on manager tries again") {
		t.Errorf("exit code %d:\n%s", code, failed)
	}
	if printed, _, code := r.radiograph("", "addon", "wait", "adot", "--timeout=2s", "--ignore-failures"); code != 7 {
		t.Errorf("waiting for what does not come ends with %d:\n%s", code, printed)
	}
	r.restart("admin", "--addon-api-addr="+"127.0.0.1"+strings.TrimPrefix(r.url, "https://localhost"), "--cluster-name=demo", "--account-id=111122223333")
	if printed, failed, code := r.radiograph("", "addon", "wait", "adot", "--ignore-failures"); code != 0 || !strings.Contains(printed, "ACTIVE\n") {
		t.Errorf("exit code %d:\n%s%s", code, printed, failed)
	}
	r.phase(addons.PhaseActive)
}
