package proxy_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/radiograph/radiograph/collector/internal/proxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// environment takes everything about AWS out of the environment, except what is
// given as key, value, ….
func environment(t *testing.T, pairs ...string) {
	t.Helper()
	for _, v := range os.Environ() {
		if key, _, _ := strings.Cut(v, "="); strings.HasPrefix(key, "AWS_") || strings.HasPrefix(key, "ECS_") {
			t.Setenv(key, "") // restores it at the end
			if err := os.Unsetenv(key); err != nil {
				t.Fatal(err)
			}
		}
	}
	nothing := filepath.Join(t.TempDir(), "none")
	pairs = append([]string{"AWS_CONFIG_FILE", nothing, "AWS_SHARED_CREDENTIALS_FILE", nothing, "AWS_EC2_METADATA_DISABLED", "true"}, pairs...)
	for i := 0; i < len(pairs); i += 2 {
		t.Setenv(pairs[i], pairs[i+1])
	}
}

var keys = []string{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY", "secret"}

// start starts a proxy and returns its URL and what it logs.
func start(t *testing.T, change func(*proxy.Config)) (url string, logs *observer.ObservedLogs) {
	t.Helper()
	cfg := proxy.Default()
	cfg.Endpoint = "127.0.0.1:0"
	change(&cfg)
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.InfoLevel)
	s := proxy.New(&cfg, zap.New(core))
	if err := s.Start(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
	return "http://" + s.Addr().String(), logs
}

// aws is a server that remembers what it was sent, and answers everything alike.
type aws struct {
	*httptest.Server
	got  chan *http.Request
	body chan string
}

func newAWS(t *testing.T, start func(*httptest.Server)) *aws {
	t.Helper()
	a := &aws{got: make(chan *http.Request, 1), body: make(chan string, 1)}
	a.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		a.got <- r
		a.body <- string(body)
		w.Header().Set("X-Amzn-Requestid", "1-2-3")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, `{"SamplingRuleRecords":[]}`)
	}))
	start(a.Server)
	t.Cleanup(a.Close)
	return a
}

func send(t *testing.T, method, url, body string, header ...string) (status int, answer string, answered http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

func TestSignsAndForwards(t *testing.T) {
	environment(t, append(keys, "AWS_SESSION_TOKEN", "token")...)
	for _, tc := range []struct{ name, method, path, body string }{
		{"rules", http.MethodPost, "/GetSamplingRules", `{"NextToken":null}`},
		{"targets", http.MethodPost, "/SamplingTargets", `{"SamplingStatisticsDocuments":[]}`},
		{"no body", http.MethodGet, "/", ""},
		{"any path and query", http.MethodPut, "/a%2Fb/c%20d/%C3%A9?b=2&a=%20c", "x"},
		{"large", http.MethodPost, "/TraceSegments", strings.Repeat("x", 5<<20)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := newAWS(t, (*httptest.Server).Start)
			url, _ := start(t, func(c *proxy.Config) { c.AWSEndpoint, c.Region = a.URL, "eu-west-1" })
			status, answer, header := send(t, tc.method, url+tc.path, tc.body,
				"Content-Type", "application/json", "User-Agent", "an-sdk/1", "Authorization", "AWS4-HMAC-SHA256 stale",
				"X-Amz-Date", "20200101T000000Z", "X-Amz-Security-Token", "stale", "X-Amz-Content-Sha256", "stale", "Connection", "X-Hop", "X-Hop", "1")
			got, body := <-a.got, <-a.body
			if status != http.StatusTeapot || answer != `{"SamplingRuleRecords":[]}` || header.Get("X-Amzn-Requestid") != "1-2-3" {
				t.Errorf("answer %d %q %v", status, answer, header)
			}
			wantPath, wantQuery, _ := strings.Cut(tc.path, "?")
			if got.Method != tc.method || got.URL.EscapedPath() != wantPath || body != tc.body {
				t.Errorf("forwarded %s %s with %d bytes, want %s %s with %d", got.Method, got.URL.EscapedPath(), len(body), tc.method, wantPath, len(tc.body))
			}
			want := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?"+wantQuery, nil).URL.Query()
			if diff := cmp.Diff(want, got.URL.Query()); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
			if got.Host != strings.TrimPrefix(a.URL, "http://") || got.Header.Get("Content-Type") != "application/json" ||
				got.Header.Get("User-Agent") != "an-sdk/1" || got.Header.Get("X-Hop") != "" || got.Header.Get("X-Forwarded-For") != "" {
				t.Errorf("forwarded to %s with %v", got.Host, got.Header)
			}
			if got.Header.Get("X-Amz-Security-Token") != "token" {
				t.Errorf("token %q", got.Header.Get("X-Amz-Security-Token"))
			}
			checkSignature(t, got, body, credentials{"AKIDEXAMPLE", "secret", "token"}, "xray", "eu-west-1")
		})
	}
}

func TestRegion(t *testing.T) {
	for _, tc := range []struct {
		name, configured string
		env              []string
		want             string
	}{
		{name: "configuration", configured: "eu-west-1", env: []string{"AWS_REGION", "eu-west-2", "AWS_DEFAULT_REGION", "eu-west-3"}, want: "eu-west-1"},
		{name: "AWS_DEFAULT_REGION", env: []string{"AWS_REGION", "eu-west-2", "AWS_DEFAULT_REGION", "eu-west-3"}, want: "eu-west-3"},
		{name: "AWS_REGION", env: []string{"AWS_REGION", "eu-west-2"}, want: "eu-west-2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			environment(t, append(tc.env, keys...)...)
			a := newAWS(t, (*httptest.Server).Start)
			url, _ := start(t, func(c *proxy.Config) { c.AWSEndpoint, c.Region, c.ServiceName = a.URL, tc.configured, "logs" })
			send(t, http.MethodPost, url, "{}")
			got, body := <-a.got, <-a.body
			checkSignature(t, got, body, credentials{"AKIDEXAMPLE", "secret", ""}, "logs", tc.want)
		})
	}
}

func TestRole(t *testing.T) {
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.Form.Get("RoleArn") != "arn:aws:iam::123456789012:role/tracing" {
			t.Errorf("asked for %v, %v", r.Form, err)
		}
		_, _ = fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>`+
			`<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>of the role</SecretAccessKey><SessionToken>session</SessionToken>`+
			`<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	defer sts.Close()
	environment(t, append(keys, "AWS_REGION", "eu-west-1", "AWS_ENDPOINT_URL_STS", sts.URL)...)
	a := newAWS(t, (*httptest.Server).Start)
	url, _ := start(t, func(c *proxy.Config) { c.AWSEndpoint, c.RoleARN = a.URL, "arn:aws:iam::123456789012:role/tracing" })
	send(t, http.MethodPost, url, "{}")
	got, body := <-a.got, <-a.body
	checkSignature(t, got, body, credentials{"ASIAROLE", "of the role", "session"}, "xray", "eu-west-1")
}

// TestUnsigned has a server that is not AWS's, such as radiograph, and nothing to
// sign with.
func TestUnsigned(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  []string
	}{
		{name: "no credentials", env: []string{"AWS_REGION", "eu-west-1"}},
		{name: "no region", env: keys},
		{name: "neither"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			environment(t, tc.env...)
			a := newAWS(t, (*httptest.Server).Start)
			url, _ := start(t, func(c *proxy.Config) { c.AWSEndpoint = a.URL + "/base/" })
			status, _, _ := send(t, http.MethodPost, url+"/GetSamplingRules", "{}", "Authorization", "stale")
			got, body := <-a.got, <-a.body
			if status != http.StatusTeapot || got.URL.Path != "/base/GetSamplingRules" || body != "{}" || got.Header.Get("Authorization") != "" {
				t.Errorf("answer %d; forwarded %s %q with %v", status, got.URL, body, got.Header)
			}
		})
	}
}

func TestUnavailable(t *testing.T) {
	for _, tc := range []struct {
		name   string
		env    []string
		change func(*proxy.Config)
		want   string
	}{
		{name: "no region", env: keys, change: func(*proxy.Config) {}, want: "no AWS region"},
		{name: "no credentials", env: []string{"AWS_REGION", "eu-west-1"}, change: func(*proxy.Config) {}, want: "no AWS credentials"},
		{
			name: "no region for an address of AWS", env: keys, want: "no AWS region",
			change: func(c *proxy.Config) { c.AWSEndpoint = "https://xray.eu-west-1.amazonaws.com" },
		},
		{
			name: "certificates that are not there", env: append(keys, "AWS_REGION", "eu-west-1"), want: "tls",
			change: func(c *proxy.Config) { c.TLS.CAFile = "/does/not/exist" },
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			environment(t, tc.env...)
			url, logs := start(t, tc.change)
			for range 2 { // the second time it is remembered
				status, answer, header := send(t, http.MethodPost, url+"/GetSamplingRules", "{}")
				if status != http.StatusServiceUnavailable || !strings.Contains(answer, tc.want) || header.Get("X-Amzn-Errortype") != "ServiceUnavailableException" {
					t.Errorf("answer %d %s, want 503 and %q", status, answer, tc.want)
				}
			}
			for len(logs.FilterMessageSnippet("answers 503").All()) == 0 {
				if t.Context().Err() != nil {
					t.Fatal("nothing was logged")
				}
				runtime.Gosched()
			}
		})
	}
}

func TestTLS(t *testing.T) {
	environment(t, append(keys, "AWS_REGION", "eu-west-1")...)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	a := newAWS(t, (*httptest.Server).StartTLS)
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw})
	if err := os.WriteFile(ca, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		change func(*proxy.Config)
		want   int
	}{
		{"unknown authority", func(*proxy.Config) {}, http.StatusBadGateway},
		{"insecure", func(c *proxy.Config) { c.TLS.Insecure = true }, http.StatusTeapot},
		{"authority", func(c *proxy.Config) { c.TLS.CAFile = ca }, http.StatusTeapot},
		{"another name", func(c *proxy.Config) { c.TLS.CAFile, c.TLS.ServerName = ca, "example.com" }, http.StatusTeapot},
		{"a wrong name", func(c *proxy.Config) { c.TLS.CAFile, c.TLS.ServerName = ca, "other.test" }, http.StatusBadGateway},
	} {
		t.Run(tc.name, func(t *testing.T) {
			url, _ := start(t, func(c *proxy.Config) {
				c.AWSEndpoint = a.URL
				tc.change(c)
			})
			status, answer, _ := send(t, http.MethodPost, url, "{}")
			if status != tc.want {
				t.Errorf("answer %d %s, want %d", status, answer, tc.want)
			}
			if status == http.StatusTeapot {
				<-a.got
				<-a.body
			}
		})
	}
}

func TestProxyAddress(t *testing.T) {
	environment(t, append(keys, "AWS_REGION", "eu-west-1")...)
	a := newAWS(t, (*httptest.Server).Start) // an HTTP proxy is sent the whole URL
	url, _ := start(t, func(c *proxy.Config) { c.AWSEndpoint, c.ProxyAddress = "http://xray.test:1234", a.URL })
	send(t, http.MethodPost, url+"/GetSamplingRules", "{}")
	got := <-a.got
	if body := <-a.body; got.URL.String() != "http://xray.test:1234/GetSamplingRules" || body != "{}" {
		t.Errorf("the proxy was asked for %s with %q", got.URL, body)
	}
}

func TestTooLarge(t *testing.T) {
	environment(t, keys...)
	url, _ := start(t, func(c *proxy.Config) { c.Region = "eu-west-1" })
	body := bytes.Repeat([]byte("x"), 8<<20+1)
	// A body of unknown length, as of a client that streams.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, io.MultiReader(bytes.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: new(http.Transport)}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestServerIsGone(t *testing.T) {
	environment(t, append(keys, "AWS_REGION", "eu-west-1")...)
	a := newAWS(t, (*httptest.Server).Start)
	a.Close()
	url, _ := start(t, func(c *proxy.Config) { c.AWSEndpoint = a.URL })
	if status, answer, _ := send(t, http.MethodPost, url, "{}"); status != http.StatusBadGateway || !strings.Contains(answer, "cannot be reached") {
		t.Errorf("answer %d %s", status, answer)
	}
}

func TestLifecycle(t *testing.T) {
	environment(t)
	cfg := proxy.Default()
	cfg.Endpoint = "127.0.0.1:0"
	unstarted := proxy.New(&cfg, zap.NewNop())
	if err := unstarted.Shutdown(t.Context()); err != nil || unstarted.Addr() != nil {
		t.Errorf("Shutdown without Start: %v, address %v", err, unstarted.Addr())
	}
	url, _ := start(t, func(c *proxy.Config) {})
	cfg.Endpoint = strings.TrimPrefix(url, "http://")
	if err := proxy.New(&cfg, zap.NewNop()).Start(t.Context(), nil); err == nil {
		t.Error("an address in use: no error")
	}
}
