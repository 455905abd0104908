package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/iam/podidentity"
	"github.com/radiograph/radiograph/internal/issuertest"
	"github.com/radiograph/radiograph/server"
)

// manager is an add-on API that answers about one cluster with one association, and remembers
// what it was asked.
type manager struct {
	server *httptest.Server
	issuer string
	role   string

	mu    sync.Mutex // guards asked
	asked []*http.Request
	body  []byte
}

const managerToken = "between us"

func newManager(t *testing.T) *manager {
	t.Helper()
	m := &manager{}
	m.server = httptest.NewTLSServer(m)
	t.Cleanup(m.server.Close)
	return m
}

// configure makes a service hand the EKS API to m.
func (m *manager) configure(t *testing.T, c *config.Config) {
	t.Helper()
	dir := t.TempDir()
	c.EKS.URL, c.EKS.CAFile, c.EKS.TokenFile = m.server.URL, filepath.Join(dir, "ca"), filepath.Join(dir, "token")
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.server.Certificate().Raw})
	for path, data := range map[string][]byte{c.EKS.CAFile: ca, c.EKS.TokenFile: []byte(managerToken + "\n")} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (m *manager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m.mu.Lock()
	m.asked, m.body = append(m.asked, r), body
	m.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+managerToken {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	arn := "arn:aws:eks:us-east-1:" + testAccount + ":"
	var out any
	switch path := r.Method + " " + r.URL.Path; {
	case path == "GET /clusters/demo":
		out = map[string]any{"cluster": map[string]any{"name": "demo", "arn": arn + "cluster/demo", "identity": map[string]any{"oidc": map[string]any{"issuer": m.issuer}}}}
	case path == "GET /clusters/demo/pod-identity-associations" && r.URL.Query().Get("serviceAccount") == "pay":
		out = map[string]any{"associations": []any{map[string]any{"associationId": "a-1", "namespace": "shop", "serviceAccount": "pay"}}}
	case path == "GET /clusters/demo/pod-identity-associations":
		out = map[string]any{"associations": []any{}}
	case path == "GET /clusters/demo/pod-identity-associations/a-1":
		out = map[string]any{"association": map[string]any{"associationId": "a-1", "associationArn": arn + "podidentityassociation/demo/a-1", "roleArn": m.role}}
	case path == "POST /clusters/demo/addons":
		w.Header().Set("X-Amzn-Errortype", "ResourceInUseException")
		w.WriteHeader(http.StatusConflict)
		out = map[string]any{"message": "Addon already exists."}
	default:
		w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
		w.WriteHeader(http.StatusNotFound)
		out = map[string]any{"message": "No cluster found"}
	}
	_ = json.NewEncoder(w).Encode(out)
}

// last is the last request that m saw, and its body.
func (m *manager) last() (*http.Request, string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.asked) == 0 {
		return nil, ""
	}
	return m.asked[len(m.asked)-1], string(m.body)
}

func (m *manager) requests() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.asked)
}

// ask sends a request, signed unless key is "", and returns the answer and its body.
func ask(t *testing.T, s *server.Server, key, service, request, body string, header ...string) (*http.Response, string) {
	t.Helper()
	method, target, _ := strings.Cut(request, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, s.Endpoint()+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if key != "" {
		sum := sha256.Sum256([]byte(body))
		creds := aws.Credentials{AccessKeyID: key, SecretAccessKey: testSecret}
		if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, hex.EncodeToString(sum[:]), service, "us-east-1", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// startClusters runs a service that demands signatures before m.
func startClusters(t *testing.T, m *manager) *server.Server {
	t.Helper()
	c := local(t)
	c.AccountID, c.Auth.Mode = testAccount, config.AuthSigV4
	m.configure(t, &c)
	s, _ := startWith(t, c, server.Options{Keys: keys{
		"AKIAADMIN":   user(t, testAccount, "admin", "AdministratorAccess"),
		"AKIANOTHING": user(t, testAccount, "nothing"),
		"AKIADEMO":    user(t, testAccount, "demo", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"eks:*","Resource":"arn:aws:eks:us-east-1:111122223333:*/demo*"}}`),
		"AKIAFOREIGN": user(t, "999999999999", "foreign", "AdministratorAccess"),
	}})
	return s
}

// TestClustersAreHandedOn checks that what the manager gets is what the client sent, and that
// it learns who that is from this service alone.
func TestClustersAreHandedOn(t *testing.T) {
	m := newManager(t)
	s := startClusters(t, m)
	const target = "/clusters/demo?maxResults=5&x=%2F&y=a%20b" // as the signer writes it
	resp, body := ask(t, s, "AKIAADMIN", "eks", "GET "+target, "", "X-Radiograph-Caller-Arn", "arn:aws:iam::111122223333:root", "Connection", "X-Radiograph-Account", "Cookie", "a=b", "X-Forwarded-For", "1.2.3.4")
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, `"name":"demo"`) {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	got, _ := m.last()
	if got.RequestURI != target {
		t.Errorf("the manager got %s, want %s", got.RequestURI, target)
	}
	want := map[string]string{
		"Authorization": "Bearer " + managerToken, "X-Radiograph-Caller-Arn": "arn:aws:iam::111122223333:user/admin", "X-Radiograph-Account": testAccount,
		"Cookie": "", "X-Amz-Date": "", "X-Forwarded-For": "", "Connection": "",
	}
	for name, value := range want {
		if all := got.Header.Values(name); strings.Join(all, "|") != value {
			t.Errorf("%s is %q, want %q", name, all, value)
		}
	}
	// Errors come back as they are.
	resp, body = ask(t, s, "AKIADEMO", "eks", "POST /clusters/demo/addons", `{"addonName":"adot"}`)
	if _, sent := m.last(); resp.StatusCode != http.StatusConflict || resp.Header.Get("X-Amzn-Errortype") != "ResourceInUseException" || !strings.Contains(body, "already") || sent != `{"addonName":"adot"}` {
		t.Errorf("%d %v %s, sent %s", resp.StatusCode, resp.Header, body, sent)
	}
	// An ARN in a path stays encoded.
	tags := "/tags/arn%3Aaws%3Aeks%3Aus-east-1%3A111122223333%3Acluster%2Fdemo?tagKeys=a&tagKeys=b"
	if ask(t, s, "AKIAADMIN", "eks", "DELETE "+tags, ""); true {
		if got, _ := m.last(); got.RequestURI != tags {
			t.Errorf("the manager got %s, want %s", got.RequestURI, tags)
		}
	}
}

// TestClustersAreRefused checks that nobody gets through who may not.
func TestClustersAreRefused(t *testing.T) {
	m := newManager(t)
	s := startClusters(t, m)
	association := `{"namespace":"shop","serviceAccount":"pay","roleArn":"arn:aws:iam::111122223333:role/admin"}`
	for _, tc := range []struct {
		name, key, service, request, body string
		status                            int
		code                              string
	}{
		{"unsigned", "", "", "GET /clusters/demo", "", 403, "MissingAuthenticationTokenException"},
		{"unsigned and unknown", "", "", "GET /clusters/demo/nothing", "", 403, "MissingAuthenticationTokenException"},
		{"signed for another service", "AKIAADMIN", "xray", "GET /clusters/demo", "", 403, "InvalidSignatureException"},
		{"unknown key", "AKIAUNKNOWN", "eks", "GET /clusters/demo", "", 403, "UnrecognizedClientException"},
		{"no policy", "AKIANOTHING", "eks", "GET /clusters/demo", "", 403, "AccessDeniedException"},
		{"another account", "AKIAFOREIGN", "eks", "GET /clusters/demo", "", 403, "AccessDeniedException"},
		{"another cluster", "AKIADEMO", "eks", "GET /clusters/other", "", 403, "AccessDeniedException"},
		{"role that may not be passed", "AKIADEMO", "eks", "POST /clusters/demo/pod-identity-associations", association, 403, "AccessDeniedException"},
		{"unknown operation", "AKIAADMIN", "eks", "GET /clusters/demo/nothing", "", 404, "UnknownOperationException"},
		{"body too large", "AKIAADMIN", "eks", "POST /clusters/demo/addons", strings.Repeat(" ", 1<<20+1), 413, "RequestEntityTooLargeException"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			resp, body := ask(t, s, tc.key, tc.service, tc.request, tc.body)
			if resp.StatusCode != tc.status || resp.Header.Get("X-Amzn-Errortype") != tc.code || resp.Header.Get("X-Amzn-Requestid") == "" || !strings.Contains(body, `"message"`) {
				t.Errorf("%d %v %s, want %d %s", resp.StatusCode, resp.Header, body, tc.status, tc.code)
			}
		})
	}
	if n := m.requests(); n != 0 {
		t.Errorf("%d requests reached the manager", n)
	}
	if resp, body := ask(t, s, "AKIAADMIN", "eks", "POST /clusters/demo/pod-identity-associations", association); resp.StatusCode != http.StatusNotFound || m.requests() != 1 {
		t.Errorf("who may pass the role: %d %s", resp.StatusCode, body)
	}
}

// TestManagerIsAway checks what clients are told when the manager cannot be reached or does not
// know this service.
func TestManagerIsAway(t *testing.T) {
	m := newManager(t)
	c := local(t)
	m.configure(t, &c)
	if err := os.WriteFile(c.EKS.TokenFile, []byte("wrong"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := startWith(t, c, server.Options{})
	unavailable := func() {
		t.Helper()
		resp, body := ask(t, s, "", "", "GET /clusters/demo", "")
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("X-Amzn-Errortype") != "ServiceUnavailableException" || !strings.Contains(body, "add-on manager") {
			t.Errorf("%d %v %s", resp.StatusCode, resp.Header, body)
		}
	}
	unavailable()
	if err := os.WriteFile(c.EKS.TokenFile, []byte(managerToken), 0o600); err != nil {
		t.Fatal(err)
	}
	const target = "/clusters/demo?x=%2f&y=a+b&&z;=1"
	if resp, body := ask(t, s, "", "", "GET "+target, ""); resp.StatusCode != http.StatusOK {
		t.Errorf("with the new token: %d %s", resp.StatusCode, body)
	}
	if got, _ := m.last(); got.RequestURI != target || got.Header.Get("X-Radiograph-Caller-Arn") != "arn:aws:iam::"+c.AccountID+":root" {
		t.Errorf("the manager got %s of %s, want %s", got.RequestURI, got.Header.Get("X-Radiograph-Caller-Arn"), target)
	}
	m.server.Close()
	unavailable()
}

func TestNoManager(t *testing.T) {
	s, _ := startWith(t, local(t), server.Options{})
	for _, request := range []string{"GET /clusters/demo", "GET /addons/supported-versions", "POST /clusters/demo/assume-role-for-pod-identity"} {
		resp, body := ask(t, s, "", "", request, "{}")
		if resp.StatusCode != http.StatusNotFound || resp.Header.Get("X-Amzn-Errortype") != "UnknownOperationException" || !strings.Contains(body, "eks.url") {
			t.Errorf("%s: %d %v %s", request, resp.StatusCode, resp.Header, body)
		}
	}
}

// TestPodIdentity goes the way of a pod with an association: its token for credentials, and
// with these to STS.
func TestPodIdentity(t *testing.T) {
	ctx := t.Context()
	is, m := issuertest.New(t), newManager(t)
	m.issuer, m.role = is.URL, "arn:aws:iam::"+testAccount+":role/pay"
	c := local(t)
	c.AccountID, c.Auth.Mode = testAccount, config.AuthSigV4
	c.IAM.Issuers = []string{is.URL + " jwks=" + is.JWKS() + " ca=" + is.CAFile()}
	m.configure(t, &c)
	d, err := server.OpenDirectory(c, iam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
	if _, err := d.CreateRole(ctx, iam.Role{Name: "pay", Path: "/", Trust: trust}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	s := run(t, c)
	token := func(account string) string {
		claims := is.Claims("shop", account)
		maps.Copy(claims, map[string]any{"aud": podidentity.Audience})
		body, err := json.Marshal(map[string]string{"token": issuertest.Sign(t, is.Key(), claims)})
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	resp, body := ask(t, s, "", "", "POST /clusters/demo/assume-role-for-pod-identity", token("pay"))
	var out struct {
		Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }
	}
	if err := json.NewDecoder(bytes.NewReader([]byte(body))).Decode(&out); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s, %v", resp.StatusCode, body, err)
	}
	creds := out.Credentials
	who, err := sts.New(sts.Options{
		Region: c.Region, BaseEndpoint: aws.String(s.Endpoint()),
		Credentials: credentials.NewStaticCredentialsProvider(creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken),
	}).GetCallerIdentity(context.WithoutCancel(ctx), &sts.GetCallerIdentityInput{})
	if err != nil || !strings.Contains(*who.Arn, ":assumed-role/pay/eks-demo-") {
		t.Fatalf("%+v, %v", who, err)
	}
	before := m.requests()
	if resp, body := ask(t, s, "", "", "POST /clusters/demo/assume-role-for-pod-identity", token("pay")); resp.StatusCode != http.StatusOK || m.requests() != before {
		t.Errorf("asked again %d times, %d %s", m.requests()-before, resp.StatusCode, body)
	}
	if resp, body := ask(t, s, "", "", "POST /clusters/demo/assume-role-for-pod-identity", token("other")); resp.StatusCode != http.StatusNotFound || resp.Header.Get("X-Amzn-Errortype") != "ResourceNotFoundException" {
		t.Errorf("without an association: %d %s", resp.StatusCode, body)
	}
	m.server.Close()
	if resp, body := ask(t, s, "", "", "POST /clusters/demo/assume-role-for-pod-identity", token("third")); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a manager: %d %s", resp.StatusCode, body)
	}
}
