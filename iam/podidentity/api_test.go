package podidentity_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/iam/podidentity"
	"github.com/radiograph/radiograph/iam/webidentity"
	"github.com/radiograph/radiograph/internal/issuertest"
)

const account = "111122223333"

// associations is one cluster with associations by service account.
type associations struct {
	issuer string
	byName map[string]podidentity.Association
}

func (a *associations) Cluster(_ context.Context, name string) (podidentity.Cluster, error) {
	if name != "demo" {
		return podidentity.Cluster{}, podidentity.ErrNotFound
	}
	return podidentity.Cluster{ARN: "arn:aws:eks:eu-west-1:" + account + ":cluster/demo", Issuer: a.issuer}, nil
}

func (a *associations) Association(_ context.Context, _, namespace, serviceAccount string) (podidentity.Association, error) {
	found, ok := a.byName[namespace+"/"+serviceAccount]
	if !ok {
		return found, podidentity.ErrNotFound
	}
	return found, nil
}

type answer struct {
	Subject                map[string]string
	Audience               string
	PodIdentityAssociation map[string]string
	AssumedRoleUser        struct{ ARN, AssumeRoleID string }
	Credentials            struct {
		AccessKeyID, SecretAccessKey, SessionToken string
		Expiration                                 int64
	}
	Message string
}

func serve(t *testing.T, is *issuertest.Issuer, d *iam.Directory, a *associations, cluster, token string) (*httptest.ResponseRecorder, answer) {
	t.Helper()
	api, err := podidentity.New(podidentity.Options{Directory: d, Tokens: webidentity.New(webidentity.Options{Roots: is.Roots}), Associations: a}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(podidentity.Path, api)
	body, err := json.Marshal(map[string]string{"token": token})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/clusters/"+cluster+"/assume-role-for-pod-identity", strings.NewReader(string(body))))
	var out answer
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return w, out
}

func newDirectory(t *testing.T) *iam.Directory {
	t.Helper()
	dir := t.TempDir()
	d, err := iam.Open(dir, iam.Options{Account: account, MasterKey: filepath.Join(dir, "k")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func role(t *testing.T, d *iam.Directory, name, trust string) string {
	t.Helper()
	r, err := d.CreateRole(t.Context(), iam.Role{Name: name, Path: "/", Trust: trust})
	if err != nil {
		t.Fatal(err)
	}
	return d.RoleARN(r)
}

func podToken(t *testing.T, is *issuertest.Issuer, namespace, name string, change map[string]any) string {
	t.Helper()
	claims := is.Claims(namespace, name)
	claims["aud"] = podidentity.Audience
	maps.Copy(claims, change)
	return issuertest.Sign(t, is.Key(), claims)
}

const trustPods = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"],
	"Condition":{"StringEquals":{"aws:RequestTag/kubernetes-namespace":"shop","aws:SourceArn":"arn:aws:eks:eu-west-1:` + account + `:cluster/demo"}}}]}`

func TestPodGetsTheRoleOfItsAssociation(t *testing.T) {
	is, d := issuertest.New(t), newDirectory(t)
	first := role(t, d, "first", trustPods)
	target := role(t, d, "target", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+first+`"},"Action":["sts:AssumeRole","sts:TagSession"],
		"Condition":{"StringEquals":{"sts:ExternalId":"x1","aws:RequestTag/kubernetes-pod-name":"pay-0"}}}]}`)
	a := &associations{is.URL, map[string]podidentity.Association{
		"shop/pay":  {ARN: "arn:a", ID: "a-1", RoleARN: first},
		"other/pay": {ARN: "arn:b", ID: "a-2", RoleARN: first},
		"shop/mute": {ARN: "arn:c", ID: "a-3", RoleARN: first, NoSessionTags: true},
	}}
	w, out := serve(t, is, d, a, "demo", podToken(t, is, "shop", "pay", nil))
	if w.Code != http.StatusOK || out.Subject["namespace"] != "shop" || out.Subject["serviceAccount"] != "pay" || out.Audience != podidentity.Audience || out.PodIdentityAssociation["associationId"] != "a-1" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if !strings.HasPrefix(out.AssumedRoleUser.ARN, "arn:aws:sts::"+account+":assumed-role/first/eks-demo-pay-0-") || out.Credentials.Expiration <= time.Now().Unix() {
		t.Errorf("%+v", out)
	}
	got, err := d.Lookup(t.Context(), out.Credentials.AccessKeyID, out.Credentials.SessionToken)
	if err != nil || got.Secret != out.Credentials.SecretAccessKey || got.Principal.Tags["kubernetes-pod-uid"] != "pod-uid" || got.Principal.Tags["eks-cluster-name"] != "demo" {
		t.Errorf("%+v, %v", got.Principal, err)
	}

	a.byName["shop/pay"] = podidentity.Association{RoleARN: first, TargetRoleARN: target, ExternalID: "x1"}
	if w, out = serve(t, is, d, a, "demo", podToken(t, is, "shop", "pay", nil)); w.Code != http.StatusOK || !strings.Contains(out.AssumedRoleUser.ARN, "assumed-role/target/") {
		t.Errorf("target role: %d %s", w.Code, w.Body)
	}
	a.byName["shop/pay"] = podidentity.Association{RoleARN: first, TargetRoleARN: target, ExternalID: "x2"}
	for _, tc := range []struct {
		name, cluster, token string
		status               int
		code                 string
	}{
		{"wrong external id", "demo", podToken(t, is, "shop", "pay", nil), 400, "AccessDeniedException"},
		{"trust policy wants another namespace", "demo", podToken(t, is, "other", "pay", nil), 400, "AccessDeniedException"},
		{"trust policy wants tags", "demo", podToken(t, is, "shop", "mute", nil), 400, "AccessDeniedException"},
		{"no association", "demo", podToken(t, is, "shop", "nobody", nil), 404, "ResourceNotFoundException"},
		{"no cluster", "other", podToken(t, is, "shop", "pay", nil), 404, "ResourceNotFoundException"},
		{"token for STS", "demo", is.Token("shop", "pay"), 400, "InvalidTokenException"},
		{"expired", "demo", podToken(t, is, "shop", "pay", map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}), 400, "ExpiredTokenException"},
		{"another issuer", "demo", podToken(t, is, "shop", "pay", map[string]any{"iss": is.URL + "x"}), 400, "InvalidTokenException"},
		{"subject and claims differ", "demo", podToken(t, is, "shop", "pay", map[string]any{"sub": "system:serviceaccount:shop:other"}), 400, "InvalidTokenException"},
		{"not of a pod", "demo", podToken(t, is, "shop", "pay", map[string]any{"kubernetes.io": map[string]any{}}), 400, "InvalidTokenException"},
		{"no token", "demo", "", 400, "InvalidParameterException"},
		{"no JWT", "demo", "x", 400, "InvalidTokenException"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, out := serve(t, is, d, a, tc.cluster, tc.token)
			if w.Code != tc.status || w.Header().Get("X-Amzn-Errortype") != tc.code || out.Message == "" {
				t.Errorf("%d %s %s, want %d %s", w.Code, w.Header().Get("X-Amzn-Errortype"), w.Body, tc.status, tc.code)
			}
		})
	}
}
