package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/smithy-go"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/iam/policy"
	"github.com/radiograph/radiograph/internal/wholebody"
	"github.com/radiograph/radiograph/server"
	"github.com/radiograph/radiograph/xrayapi"
)

const (
	testAccount = "111122223333"
	// One secret for all keys: what tells them apart is their policies.
	testSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// keys are access keys in memory.
type keys map[string]auth.Principal

func (k keys) Lookup(_ context.Context, id, session string) (auth.Credential, error) {
	p, ok := k[id]
	switch {
	case id == "ASIAEXPIRED" && session == "old":
		return auth.Credential{}, auth.ErrExpired
	case !ok || session != "":
		return auth.Credential{}, auth.ErrUnknownKey
	}
	return auth.Credential{Secret: testSecret, Principal: p}, nil
}

// user is a principal with managed and inline policies.
func user(t *testing.T, account, name string, policies ...string) auth.Principal {
	t.Helper()
	p := auth.Principal{Account: account, ARN: "arn:aws:iam::" + account + ":user/" + name, UserID: "AIDA" + name, Name: name}
	for _, text := range policies {
		if m := policy.ManagedPolicy("arn:aws:iam::aws:policy/" + text); m != nil {
			p.Policies.Identity = append(p.Policies.Identity, &m.Document)
			continue
		}
		d, err := policy.Parse(text, policy.RoleLimit)
		if err != nil {
			t.Fatal(err)
		}
		p.Policies.Identity = append(p.Policies.Identity, d)
	}
	return p
}

// startSigned runs a server that demands signatures.
func startSigned(t *testing.T, log io.Writer) *server.Server {
	t.Helper()
	c := local(t)
	c.AccountID, c.Auth.Mode = testAccount, config.AuthSigV4
	s, _ := startWith(t, c, server.Options{Logger: slog.New(slog.NewJSONHandler(log, nil)), Keys: keys{
		"AKIAADMIN":   user(t, testAccount, "admin", "AdministratorAccess"),
		"AKIAWRITER":  user(t, testAccount, "writer", "AWSXRayDaemonWriteAccess"),
		"AKIASPANS":   user(t, testAccount, "spans", "RadiographWriteAccess"),
		"AKIAREADER":  user(t, testAccount, "reader", "AWSXrayReadOnlyAccess"),
		"AKIAVIEWER":  user(t, testAccount, "viewer", "RadiographViewerAccess"),
		"AKIANOTHING": user(t, testAccount, "nothing"),
		"AKIAFOREIGN": user(t, "999999999999", "foreign", "AdministratorAccess"),
		"AKIABLUE":    user(t, testAccount, "blue", `{"Statement":{"Effect":"Allow","Action":"xray:*","Resource":["arn:aws:xray:us-east-1:111122223333:group/Blue/*","arn:aws:xray:us-east-1:111122223333:sampling-rule/blue-*"]}}`),
	}})
	return s
}

// signer is who signs; secret and region are the right ones when empty.
type signer struct{ key, secret, session, region string }

func (k signer) client(s *server.Server) *xray.Client {
	if k.secret == "" {
		k.secret = testSecret
	}
	if k.region == "" {
		k.region = "us-east-1"
	}
	return xray.New(xray.Options{
		Region: k.region, BaseEndpoint: aws.String(s.Endpoint()), Retryer: aws.NopRetryer{}, HTTPClient: &wholebody.Client{},
		Credentials: credentials.NewStaticCredentialsProvider(k.key, k.secret, k.session),
	})
}

// codeOf returns the name and the HTTP status of an error of the SDK, "" for none.
func codeOf(err error) (string, int) {
	if err == nil {
		return "", http.StatusOK
	}
	code, httpStatus := err.Error(), 0
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		code = e.ErrorCode()
	}
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		httpStatus = e.HTTPStatusCode()
	}
	return code, httpStatus
}

// operations are calls of the SDK that stand for their kind.
var operations = map[string]func(context.Context, *xray.Client) error{
	"put": func(ctx context.Context, c *xray.Client) error {
		_, err := c.PutTraceSegments(ctx, &xray.PutTraceSegmentsInput{TraceSegmentDocuments: []string{probe}})
		return err
	},
	"rules": func(ctx context.Context, c *xray.Client) error {
		_, err := c.GetSamplingRules(ctx, &xray.GetSamplingRulesInput{})
		return err
	},
	"traces": func(ctx context.Context, c *xray.Client) error {
		_, err := c.GetTraceSummaries(ctx, &xray.GetTraceSummariesInput{StartTime: aws.Time(time.Now().Add(-time.Hour)), EndTime: aws.Time(time.Now())})
		return err
	},
	"groups": func(ctx context.Context, c *xray.Client) error {
		_, err := c.GetGroups(ctx, &xray.GetGroupsInput{})
		return err
	},
	"delete": func(ctx context.Context, c *xray.Client) error {
		_, err := c.DeleteGroup(ctx, &xray.DeleteGroupInput{GroupName: aws.String("Red")})
		return err
	},
}

func TestKeysMayDoWhatTheirPoliciesSay(t *testing.T) {
	s := startSigned(t, io.Discard)
	admin := signer{key: "AKIAADMIN"}.client(s)
	if _, err := admin.CreateGroup(t.Context(), &xray.CreateGroupInput{GroupName: aws.String("Red"), FilterExpression: aws.String("fault")}); err != nil {
		t.Fatal(err)
	}
	const denied = "AccessDeniedException"
	for _, tc := range []struct {
		who  signer
		want map[string]string
	}{
		{signer{key: "AKIAWRITER"}, map[string]string{"put": "", "rules": "", "traces": denied, "groups": denied, "delete": denied}},
		{signer{key: "AKIAREADER"}, map[string]string{"put": denied, "rules": "", "traces": "", "groups": "", "delete": denied}},
		{signer{key: "AKIANOTHING"}, map[string]string{"put": denied, "rules": denied, "traces": denied, "groups": denied, "delete": denied}},
		{signer{key: "AKIAFOREIGN"}, map[string]string{"put": denied, "rules": denied, "traces": denied, "groups": denied, "delete": denied}},
		{signer{key: "AKIABLUE"}, map[string]string{"put": denied, "groups": denied, "delete": denied}},
		{signer{key: "AKIANOBODY"}, map[string]string{"put": "UnrecognizedClientException", "delete": "UnrecognizedClientException"}},
		{signer{key: "AKIAADMIN", session: "foreign"}, map[string]string{"put": "UnrecognizedClientException"}},
		{signer{key: "ASIAEXPIRED", session: "old"}, map[string]string{"put": "ExpiredTokenException", "groups": "ExpiredTokenException"}},
		{signer{key: "AKIAADMIN", secret: "wrong"}, map[string]string{"put": "InvalidSignatureException", "delete": "InvalidSignatureException"}},
		{signer{key: "AKIAADMIN", region: "eu-west-1"}, map[string]string{"put": "InvalidSignatureException"}},
	} {
		for name, want := range tc.want {
			code, httpStatus := codeOf(operations[name](t.Context(), tc.who.client(s)))
			if code != want || want != "" && httpStatus != http.StatusForbidden {
				t.Errorf("%s by %+v: %s (%d), want %q", name, tc.who, code, httpStatus, want)
			}
		}
	}
	// Nothing that was refused has done anything.
	if got, err := admin.GetGroup(t.Context(), &xray.GetGroupInput{GroupName: aws.String("Red")}); err != nil {
		t.Errorf("the group is gone: %+v, %v", got, err)
	}
	for name, operation := range operations {
		if err := operation(t.Context(), admin); err != nil {
			t.Errorf("%s by the administrator: %v", name, err)
		}
	}
}

func TestTheTextOfARefusal(t *testing.T) {
	s := startSigned(t, io.Discard)
	err := operations["traces"](t.Context(), signer{key: "AKIAWRITER"}.client(s))
	const want = "User: arn:aws:iam::111122223333:user/writer is not authorized to perform: xray:GetTraceSummaries on resource: * because no identity-based policy allows the xray:GetTraceSummaries action"
	if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorMessage() != want {
		t.Errorf("got %v", err)
	}
}

func TestGroupsAndRulesAreResources(t *testing.T) {
	s := startSigned(t, io.Discard)
	blue := signer{key: "AKIABLUE"}.client(s)
	create := func(name string) error {
		_, err := blue.CreateGroup(t.Context(), &xray.CreateGroupInput{GroupName: aws.String(name), FilterExpression: aws.String("ok")})
		return err
	}
	if err := create("Blue"); err != nil {
		t.Errorf("create: %v", err)
	}
	if code, _ := codeOf(create("Bluer")); code != "AccessDeniedException" {
		t.Errorf("create another group: %s", code)
	}
	got, err := blue.GetGroup(t.Context(), &xray.GetGroupInput{GroupName: aws.String("Blue")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := blue.ListTagsForResource(t.Context(), &xray.ListTagsForResourceInput{ResourceARN: got.Group.GroupARN}); err != nil {
		t.Errorf("tags by ARN: %v", err)
	}
	rule := func(name string) error {
		_, err := blue.DeleteSamplingRule(t.Context(), &xray.DeleteSamplingRuleInput{RuleName: aws.String(name)})
		return err
	}
	if code, _ := codeOf(rule("blue-1")); code != "InvalidRequestException" { // allowed, but there is none
		t.Errorf("a rule of theirs: %s", code)
	}
	if code, _ := codeOf(rule("Default")); code != "AccessDeniedException" {
		t.Errorf("a rule of others: %s", code)
	}
	if _, err := blue.DeleteGroup(t.Context(), &xray.DeleteGroupInput{GroupARN: got.Group.GroupARN}); err != nil {
		t.Errorf("delete: %v", err)
	}
}

// TestEveryOperationDemandsASignature would find an operation that forgets to ask.
func TestEveryOperationDemandsASignature(t *testing.T) {
	var log buffer
	s := startSigned(t, &log)
	for _, path := range xrayapi.Paths() {
		status, text := request(t, http.MethodPost, s.Endpoint()+path, "{}")
		if status != http.StatusForbidden || !strings.Contains(text, "Missing Authentication Token") {
			t.Errorf("%s unsigned: %d %s", path, status, text)
		}
		status, text, _ = signedRequest(t, "AKIANOTHING", http.MethodPost, s.Endpoint()+path, "{}")
		if status != http.StatusForbidden || !strings.Contains(text, "is not authorized to perform: xray:") {
			t.Errorf("%s signed by somebody without policies: %d %s", path, status, text)
		}
	}
	if n := strings.Count(log.String(), `"msg":"request refused"`); n != 2*len(xrayapi.Paths()) {
		t.Errorf("%d refusals are logged, want one for each of %d", n, 2*len(xrayapi.Paths()))
	}
}

// signedRequest makes a request that is signed by hand.
func signedRequest(t *testing.T, key, method, url, body string) (status int, text string, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(body))
	r.Header.Set(server.BackupHeader, "1")
	err = v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: key, SecretAccessKey: testSecret}, r, hex.EncodeToString(sum[:]), "xray", "us-east-1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return do(t, r)
}

func do(t *testing.T, r *http.Request) (status int, text string, header http.Header) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

func TestARefusalIsLoggedOnceWithItsRequestID(t *testing.T) {
	var log buffer
	s := startSigned(t, &log)
	_, _, header := signedRequest(t, "AKIAREADER", http.MethodPost, s.Endpoint()+"/DeleteGroup", `{"GroupName":"Red"}`)
	var refusals []map[string]any
	for line := range strings.Lines(log.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry["msg"] == "request refused" {
			refusals = append(refusals, entry)
		}
	}
	if len(refusals) != 1 || refusals[0]["request_id"] != header.Get("X-Amzn-Requestid") || refusals[0]["access_key_id"] != "AKIAREADER" || refusals[0]["operation"] != "DeleteGroup" {
		t.Errorf("got %v for %v", refusals, header)
	}
	if strings.Contains(log.String(), "Signature=") || strings.Contains(log.String(), testSecret) {
		t.Error("the log tells secrets")
	}
}

func TestWhatElseTheAddressServes(t *testing.T) {
	s := startSigned(t, io.Discard)
	for _, tc := range []struct {
		key, method, path string
		status            int
		says              string
	}{
		{"", http.MethodGet, "/healthz", 200, "ok"},
		{"", http.MethodGet, "/readyz", 200, "ready"},
		{"", http.MethodGet, "/metrics", 200, "radiograph_"},
		{"", http.MethodGet, "/console/v1/me", 401, "Missing Authentication Token"},
		{"", http.MethodGet, "/console/v1/tail", 401, `"kind":"unauthenticated"`},
		{"", http.MethodGet, "/console/v1/nothing", 401, ""},
		{"AKIAVIEWER", http.MethodGet, "/console/v1/me", 200, `"authentication":"sigv4"`},
		{"AKIAWRITER", http.MethodGet, "/console/v1/me", 403, "radiograph:ConsoleRead"},
		{"AKIANOBODY", http.MethodGet, "/console/v1/me", 401, "UnrecognizedClientException"},
		{"", http.MethodPost, server.BackupPath, 401, "MissingAuthenticationTokenException"},
		{"AKIAVIEWER", http.MethodPost, server.BackupPath, 403, "radiograph:Backup"},
		{"AKIAADMIN", http.MethodPost, server.BackupPath, 200, ""},
	} {
		var status int
		var text string
		if tc.key == "" {
			status, text = request(t, tc.method, s.Endpoint()+tc.path, "")
		} else {
			status, text, _ = signedRequest(t, tc.key, tc.method, s.Endpoint()+tc.path, "")
		}
		if status != tc.status || !strings.Contains(text, tc.says) {
			t.Errorf("%s %s by %q: %d %.300s, want %d and %q", tc.method, tc.path, tc.key, status, text, tc.status, tc.says)
		}
	}
}

func TestTheDaemonTakesDocumentsAndTellsNothing(t *testing.T) {
	s := startSigned(t, io.Discard)
	daemon := "http://" + s.DaemonAddress()
	if _, tcp, ok := strings.Cut(s.DaemonAddress(), "tcp:"); ok {
		daemon = "http://" + strings.Fields(tcp)[0]
	}
	for path, want := range map[string]int{"/GetSamplingRules": 200, "/SamplingTargets": 200, "/TraceSummaries": 403, "/TraceSegments": 403, "/DeleteGroup": 403, "/nothing": 403} {
		if status, text := request(t, http.MethodPost, daemon+path, "{}"); status != want {
			t.Errorf("%s: %d %s, want %d", path, status, text, want)
		}
	}
	var dialer net.Dialer
	_, udp, ok := strings.Cut(s.DaemonAddress(), "udp:")
	if !ok {
		udp = s.DaemonAddress()
	}
	conn, err := dialer.DialContext(t.Context(), "udp", udp)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(`{"format":"json","version":1}` + "\n" + probe)); err != nil {
		t.Fatal(err)
	}
	reader := signer{key: "AKIAREADER"}.client(s)
	for {
		got, err := reader.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: []string{"1-65000000-0123456789abcdef01234567"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Traces) == 1 {
			break
		}
	}
}

// oneSpan is a request of OTLP.
func oneSpan() ptraceotlp.ExportRequest {
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetTraceID(pcommon.TraceID(randomTrace()))
	span.SetSpanID(pcommon.SpanID{7: 1})
	span.SetName("GET /")
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Now().Add(-time.Second)))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	return ptraceotlp.NewExportRequestFromTraces(td)
}

func TestSpansByHTTP(t *testing.T) {
	s := startSigned(t, io.Discard)
	body, err := oneSpan().MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	for _, base := range []string{s.OTLPEndpoint(), s.Endpoint()} {
		for _, tc := range []struct {
			name, bearer, sign string
			status             int
		}{
			{"nobody", "", "", 401},
			{"a token", "AKIASPANS:" + testSecret, "", 200},
			{"another secret", "AKIASPANS:x" + testSecret, "", 401},
			{"an unknown key", "AKIANOBODY:" + testSecret, "", 401},
			{"an expired session", "ASIAEXPIRED:" + testSecret + ":old", "", 401},
			{"no token", "x", "", 401},
			{"a reader's token", "AKIAREADER:" + testSecret, "", 403},
			{"segments only", "AKIAWRITER:" + testSecret, "", 403},
			{"of another account", "AKIAFOREIGN:" + testSecret, "", 403},
			{"a signature", "", "AKIASPANS", 200},
			{"a reader's signature", "", "AKIAREADER", 403},
			{"an unknown key's signature", "", "AKIANOBODY", 401},
		} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/traces", bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-protobuf")
			if tc.bearer != "" {
				r.Header.Set("Authorization", "Bearer "+tc.bearer)
			}
			if tc.sign != "" {
				sum := sha256.Sum256(body)
				if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: tc.sign, SecretAccessKey: testSecret}, r, hex.EncodeToString(sum[:]), "xray", "us-east-1", time.Now()); err != nil {
					t.Fatal(err)
				}
			}
			httpStatus, text, header := do(t, r)
			if httpStatus != tc.status || strings.Contains(text, testSecret) {
				t.Errorf("%s: %d %q, want %d", tc.name, httpStatus, text, tc.status)
			}
			if tc.status != 200 && header.Get("X-Amzn-Requestid") == "" {
				t.Errorf("%s: no request id", tc.name)
			}
		}
		if httpStatus, _ := request(t, http.MethodPost, base+"/api/v2/spans", "[]"); httpStatus != http.StatusUnauthorized {
			t.Errorf("Zipkin's spans from nobody: %d", httpStatus)
		}
	}
}

func TestSpansByGRPC(t *testing.T) {
	var log buffer
	s := startSigned(t, &log)
	client := otlpClient(t, s)
	for authorization, want := range map[string]codes.Code{
		"":                                codes.Unauthenticated,
		"Bearer AKIASPANS:" + testSecret:  codes.OK,
		"Bearer AKIASPANS:wrong":          codes.Unauthenticated,
		"Bearer AKIANOBODY:" + testSecret: codes.Unauthenticated,
		"Bearer AKIAREADER:" + testSecret: codes.PermissionDenied,
		"AWS4-HMAC-SHA256 Credential=x":   codes.Unauthenticated,
	} {
		ctx := t.Context()
		if authorization != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", authorization)
		}
		_, err := client.Export(ctx, oneSpan())
		if status.Code(err) != want {
			t.Errorf("%q: %v, want %v", authorization, err, want)
		}
	}
	if n := strings.Count(log.String(), `"msg":"request refused"`); n != 5 {
		t.Errorf("%d refusals are logged, want 5", n)
	}
}
