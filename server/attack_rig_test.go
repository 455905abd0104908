package server_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/console/login"
	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/iam/policy"
	"github.com/radiograph/radiograph/iam/session"
	"github.com/radiograph/radiograph/internal/issuertest"
	"github.com/radiograph/radiograph/server"
)

// foreignAccount is one that shares nothing with the service but, in some attacks, its
// master keys.
const foreignAccount = "999999999999"

// target is a service under attack, with all that a real one has: users with keys, roles
// for service accounts, a provider, an add-on manager, a group, a sampling rule and a trace.
type target struct {
	*testing.T
	server  *server.Server
	log     *buffer
	data    string
	issuer  *issuertest.Issuer
	manager *manager
	client  *http.Client

	users    map[string]aws.Credentials // by name
	sessions map[string]aws.Credentials // of no use, see prepareSessions
}

// newTarget starts a service. Everybody whose credentials are good has asked it once, so
// that no attack makes it note a first use.
func newTarget(t *testing.T, change ...func(*config.Config)) *target {
	t.Helper()
	x := &target{
		T: t, log: &buffer{}, issuer: issuertest.New(t), manager: newManager(t),
		users: map[string]aws.Credentials{}, sessions: map[string]aws.Credentials{},
	}
	c := local(t)
	c.AccountID, c.Auth.Mode, x.data = testAccount, config.AuthSigV4, c.Data
	c.IAM.Issuers = []string{x.issuer.URL + " jwks=" + x.issuer.JWKS() + " ca=" + x.issuer.CAFile()}
	x.manager.configure(t, &c)
	x.manager.issuer, x.manager.role = x.issuer.URL, x.role("pods")
	for _, f := range change {
		f(&c)
	}
	x.prepare(c)
	x.server, _ = startWith(t, c, server.Options{Logger: slog.New(slog.NewJSONHandler(x.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	transport := &http.Transport{DisableKeepAlives: true, ForceAttemptHTTP2: true}
	if c.TLS.CertFile != "" {
		pem, err := os.ReadFile(c.TLS.CertFile)
		x.must(err)
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	x.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for name, body := range map[string]string{
		"/CreateGroup":        `{"GroupName":"Red","FilterExpression":"fault"}`,
		"/CreateSamplingRule": `{"SamplingRule":{"RuleName":"red","ResourceARN":"*","Priority":1,"FixedRate":0.1,"ReservoirSize":1,"ServiceName":"*","ServiceType":"*","Host":"*","HTTPMethod":"*","URLPath":"*","Version":1}}`,
		"/TraceSegments":      `{"TraceSegmentDocuments":["` + strings.ReplaceAll(probe, `"`, `\"`) + `"]}`,
	} {
		if status, text := x.do(x.signed("admin", name, body)); status.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", name, status.StatusCode, text)
		}
	}
	for _, all := range []map[string]aws.Credentials{x.users, x.sessions} {
		for name := range all {
			x.do(x.query(name, "sts", "Action=GetCallerIdentity&Version=2011-06-15"))
		}
	}
	return x
}

func (x *target) role(name string) string { return "arn:aws:iam::" + testAccount + ":role/" + name }

// prepare makes the identities.
func (x *target) prepare(c config.Config) {
	x.Helper()
	ctx := x.Context()
	d, err := server.OpenDirectory(c, iam.Options{})
	x.must(err)
	key, secret, err := d.Bootstrap(ctx, false)
	x.must(err)
	x.users["admin"] = aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: secret}
	for name, policy := range map[string]string{
		"reader": "AWSXrayReadOnlyAccess", "writer": "AWSXRayDaemonWriteAccess", "viewer": "RadiographViewerAccess", "nothing": "",
	} {
		_, err := d.CreateUser(ctx, iam.User{Name: name, Path: "/"})
		x.must(err)
		if policy != "" {
			x.must(d.Attach(ctx, iam.UserKind, name, "arn:aws:iam::aws:policy/"+policy))
		}
		key, secret, err := d.CreateAccessKey(ctx, name)
		x.must(err)
		x.users[name] = aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: secret}
	}
	x.must(d.PutInline(ctx, iam.UserKind, "nothing", "clusters", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"eks:*PodIdentity*","Resource":"*"}}`))
	host := strings.TrimPrefix(x.issuer.URL, "https://")
	_, err = d.CreateProvider(ctx, iam.Provider{URL: host, ClientIDs: []string{issuertest.Audience}})
	x.must(err)
	web := func(operator, sub string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + d.ARN("oidc-provider/"+host) + `"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"` +
			operator + `":{"` + host + `:sub":"` + sub + `"}}}]}`
	}
	trusts := func(principal, condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":["sts:AssumeRole","sts:TagSession"]` + condition + `}]}`
	}
	for name, trust := range map[string]string{
		"collector": web("StringEquals", "system:serviceaccount:shop:pay"),
		"starless":  web("StringEquals", "system:serviceaccount:shop:*"),
		"starred":   web("StringLike", "system:serviceaccount:shop:*"),
		"abroad":    trusts(`{"AWS":"arn:aws:iam::`+foreignAccount+`:role/collector"}`, ""),
		"external":  trusts(`{"AWS":"`+testAccount+`"}`, `,"Condition":{"StringEquals":{"sts:ExternalId":"secret-handshake"}}`),
		"pods":      trusts(`{"Service":"pods.eks.amazonaws.com"}`, ""),
		"chained":   trusts(`{"AWS":"`+x.role("chained")+`"}`, ""),
	} {
		_, err := d.CreateRole(ctx, iam.Role{Name: name, Path: "/", Trust: trust, MaxSession: 12 * time.Hour})
		x.must(err)
		x.must(d.Attach(ctx, iam.RoleKind, name, "arn:aws:iam::aws:policy/AWSXrayFullAccess"))
	}
	x.prepareSessions(d)
	x.must(d.Close())
}

// prepareSessions makes temporary credentials, most of them of the kind that nobody has
// honestly.
func (x *target) prepareSessions(d *iam.Directory) {
	x.Helper()
	role, err := d.Role("chained")
	x.must(err)
	now := time.Now()
	good := session.Session{Account: testAccount, RoleName: role.Name, RoleID: role.ID, Name: "s", Issued: now, Expires: now.Add(time.Hour)}
	for name, change := range map[string]func(*session.Session){
		"chained": func(*session.Session) {},
		"expired": func(s *session.Session) { s.Issued, s.Expires = now.Add(-2*time.Hour), now.Add(-time.Hour) },
		"foreign": func(s *session.Session) { s.Account = foreignAccount },
		"renewed": func(s *session.Session) { s.RoleID = "AROAWASDELETEDBEFORE0" },
		"narrow": func(s *session.Session) {
			s.Policy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"xray:Get*","Resource":"*"}}`
		},
	} {
		s := good
		change(&s)
		c, err := session.Issue(d.Ring(), s)
		x.must(err)
		x.sessions[name] = aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
	}
}

func (x *target) must(err error) {
	x.Helper()
	if err != nil {
		x.Fatal(err)
	}
}

// who returns credentials by name: of a user, or of a session.
func (x *target) who(name string) aws.Credentials {
	if c, ok := x.users[name]; ok {
		return c
	}
	return x.sessions[name]
}

// request makes a POST request that nobody has signed.
func (x *target) request(path, body string) *http.Request {
	x.Helper()
	r, err := http.NewRequestWithContext(x.Context(), http.MethodPost, x.server.Endpoint(), strings.NewReader(body))
	x.must(err)
	u, err := url.Parse(x.server.Endpoint())
	x.must(err)
	// As it is written: the client normalises nothing.
	u.Path, u.RawQuery, _ = strings.Cut(path, "?")
	if decoded, err := url.PathUnescape(u.Path); err == nil && decoded != u.Path {
		u.Path, u.RawPath = decoded, u.Path
	}
	r.URL = u
	return r
}

// sign signs a request as it is.
func (x *target) sign(r *http.Request, c aws.Credentials, service, region string, at time.Time) *http.Request {
	x.Helper()
	x.must(v4.NewSigner().SignHTTP(x.Context(), c, r, hashOf(bodyOf(x.T, r)), service, region, at))
	return r
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// bodyOf reads a body, which stays.
func bodyOf(t *testing.T, r *http.Request) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
}

// signed makes a request of the X-Ray API.
func (x *target) signed(who, path, body string) *http.Request {
	x.Helper()
	return x.sign(x.request(path, body), x.who(who), "xray", "us-east-1", time.Now())
}

// query makes a request of IAM or STS; nobody signs it when who is "".
func (x *target) query(who, service, form string) *http.Request {
	x.Helper()
	r := x.request("/", form)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if who == "" {
		return r
	}
	return x.sign(r, x.who(who), service, "us-east-1", time.Now())
}

// do sends a request.
func (x *target) do(r *http.Request) (*http.Response, string) {
	x.Helper()
	resp, err := x.client.Do(r)
	x.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	x.must(err)
	return resp, string(text)
}

// state is everything that an attack could change: what is on disk, what the API tells, and
// what the add-on manager was asked.
func (x *target) state() string {
	x.Helper()
	var b strings.Builder
	x.must(filepath.WalkDir(x.data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintln(&b, path, hashOf(string(text)))
		return err
	}))
	for path, body := range map[string]string{"/Groups": "{}", "/GetSamplingRules": "{}", "/Traces": `{"TraceIds":["1-65000000-0123456789abcdef01234567"]}`} {
		_, text := x.do(x.signed("admin", path, body))
		if !strings.Contains(text, `"`) {
			x.Fatalf("%s answers %s", path, text)
		}
		fmt.Fprintln(&b, path, text)
	}
	x.manager.mu.Lock()
	for _, r := range x.manager.asked {
		if r.Method != http.MethodGet {
			fmt.Fprintln(&b, "manager", r.Method, r.URL)
		}
	}
	x.manager.mu.Unlock()
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// refusals are the request ids of the refusals in the log, behind its first bytes.
func (x *target) refusals(before int) (ids []string) {
	x.Helper()
	for line := range strings.Lines(x.log.String()[before:]) {
		var entry map[string]any
		x.must(json.Unmarshal([]byte(line), &entry))
		if entry["msg"] == "request refused" {
			id, _ := entry["request_id"].(string)
			ids = append(ids, id)
		}
	}
	return ids
}

// attack is a request that must be refused.
type attack struct {
	name    string
	request func(x *target) *http.Request
	status  int
	code    string // the name of the error
}

// sessionOf logs a user in to the console and returns the cookie.
func (x *target) sessionOf(user string) *http.Cookie {
	x.Helper()
	c := x.who(user)
	body, err := json.Marshal(map[string]string{"accessKeyId": c.AccessKeyID, "secretAccessKey": c.SecretAccessKey})
	x.must(err)
	r := x.request(login.SessionPath, string(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", x.server.Endpoint())
	resp, text := x.do(r)
	if resp.StatusCode != http.StatusOK || len(resp.Cookies()) != 1 {
		x.Fatalf("log in: %d %s", resp.StatusCode, text)
	}
	return resp.Cookies()[0]
}

// run sends the attacks. Each is refused by name and status, logged once with the request
// id of the answer, and changes nothing.
func (x *target) run(attacks []attack) {
	x.Helper()
	for _, a := range attacks {
		x.Run(a.name, func(t *testing.T) {
			before, logged := x.state(), len(x.log.String())
			resp, text := x.do(a.request(x))
			if code := codeIn(resp, text); resp.StatusCode != a.status || code != a.code {
				t.Errorf("answered by %d %s, want %d %s: %.600s", resp.StatusCode, code, a.status, a.code, text)
			}
			id := resp.Header.Get("X-Amzn-Requestid")
			want := []string{id}
			if a.code == "UnknownOperationException" {
				want = nil // there was nothing that could be refused
			}
			if ids := x.refusals(logged); id == "" || !slices.Equal(ids, want) {
				t.Errorf("answer %q is in the log as %q", id, ids)
			}
			if after := x.state(); after != before {
				t.Errorf("something has changed:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// codeIn returns the name of the error in an answer, in whichever of the forms that the
// APIs have.
func codeIn(resp *http.Response, text string) string {
	if name := resp.Header.Get("X-Amzn-Errortype"); name != "" {
		return name
	}
	var inJSON struct{ Code, Kind string }
	if json.Unmarshal([]byte(text), &inJSON) == nil {
		if inJSON.Code != "" {
			return inJSON.Code
		}
		return inJSON.Kind
	}
	var inXML struct{ Error struct{ Code string } }
	if xml.Unmarshal([]byte(text), &inXML) == nil {
		return inXML.Error.Code
	}
	return ""
}

// nestedPolicy is a document that is too deep.
func nestedPolicy(depth int) string {
	return `{"Version":"2012-10-17","Statement":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
}

// largePolicy is a document that is too large.
func largePolicy() string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"xray:` + strings.Repeat("A", policy.RoleLimit) + `","Resource":"*"}]}`
}
