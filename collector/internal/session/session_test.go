package session_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/collector/internal/session"
	"github.com/radiograph/radiograph/collector/internal/session/sessiontest"
)

func TestValidate(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*session.Config)
		want string // every line of the error
	}{
		{"the defaults", func(*session.Config) {}, ""},
		{"everything", func(c *session.Config) {
			c.Endpoint, c.ProxyAddress = "http://radiograph:2080", "http://user:pw@proxy:3128"
			c.RoleARN = "arn:aws-cn:iam::111122223333:role/path/name"
		}, ""},
		{"addresses without a scheme", func(c *session.Config) { c.Endpoint, c.ProxyAddress = "xray.example.com", "127.0.0.1:3128" }, ""},
		{"no workers", func(c *session.Config) { c.NumWorkers = 0 }, "num_workers: must be at least 1, not 0"},
		{
			"negative times", func(c *session.Config) { c.RequestTimeoutSeconds, c.MaxRetries = -1, -2 },
			"request_timeout_seconds: must not be negative, but is -1\nmax_retries: must not be negative, but is -2",
		},
		{"endpoint of another protocol", func(c *session.Config) { c.Endpoint = "grpc://x" }, "endpoint: must be an http or https URL, not grpc"},
		{"endpoint without a host", func(c *session.Config) { c.Endpoint = "http://" }, "endpoint: has no host"},
		{"proxy that is no URL", func(c *session.Config) { c.ProxyAddress = "http://user:secret@%zz" }, "proxy_address: is not a URL"},
		{
			"role that is a user", func(c *session.Config) { c.RoleARN = "arn:aws:iam::111122223333:user/x" },
			`role_arn: "arn:aws:iam::111122223333:user/x" is not the ARN of a role, such as arn:aws:iam::123456789012:role/name`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := session.Default()
			tc.edit(&c)
			got := ""
			if err := c.Validate(); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// serveMetadata serves an instance's metadata where the SDK looks for it.
func serveMetadata(t *testing.T) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60")
		_, _ = io.WriteString(w, "token")
	})
	mux.HandleFunc("GET /latest/dynamic/instance-identity/document", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"region":"ap-south-1","instanceId":"i-1"}`)
	})
	mux.HandleFunc("GET /latest/meta-data/iam/security-credentials/{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "role")
	})
	mux.HandleFunc("GET /latest/meta-data/iam/security-credentials/role", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"Code":"Success","AccessKeyId":"INSTANCE","SecretAccessKey":"s","Token":"t","Expiration":"2999-01-01T00:00:00Z"}`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", s.URL)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "")
}

func write(t *testing.T, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRegion adds one source after the other, the weakest first.
func TestRegion(t *testing.T) {
	sessiontest.Isolate(t)
	c := session.Default()
	region := func() string {
		t.Helper()
		cfg, err := c.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return cfg.Region
	}
	if _, err := c.Load(t.Context()); !errors.Is(err, session.ErrNoRegion) || !strings.Contains(err.Error(), "set region") {
		t.Errorf("no source: got %v", err)
	}
	serveMetadata(t)
	if got := region(); got != "ap-south-1" {
		t.Errorf("the instance's metadata: got %q", got)
	}
	c.LocalMode = true
	if _, err := c.Load(t.Context()); !errors.Is(err, session.ErrNoRegion) || !strings.Contains(err.Error(), "local_mode") {
		t.Errorf("local mode: got %v", err)
	}
	t.Setenv("ECS_CONTAINER_METADATA_FILE", write(t, `{"Cluster":"default","TaskARN":"arn:aws:ecs:eu-north-1:111122223333:task/default/2b88376d"}`))
	if got := region(); got != "eu-north-1" {
		t.Errorf("the task's metadata: got %q", got)
	}
	t.Setenv("AWS_CONFIG_FILE", write(t, "[default]\nregion = sa-east-1\n"))
	if got := region(); got != "sa-east-1" {
		t.Errorf("the profile: got %q", got)
	}
	t.Setenv("AWS_DEFAULT_REGION", "us-west-1")
	if got := region(); got != "us-west-1" {
		t.Errorf("AWS_DEFAULT_REGION: got %q", got)
	}
	t.Setenv("AWS_REGION", "us-west-2")
	if got := region(); got != "us-west-2" {
		t.Errorf("AWS_REGION: got %q", got)
	}
	c.Region = "eu-west-1"
	if got := region(); got != "eu-west-1" {
		t.Errorf("what is written: got %q", got)
	}
}

func TestCredentialChain(t *testing.T) {
	static := aws.Credentials{AccessKeyID: "CALLER", SecretAccessKey: "caller's"}
	env := func(t *testing.T) {
		t.Setenv("AWS_ACCESS_KEY_ID", static.AccessKeyID)
		t.Setenv("AWS_SECRET_ACCESS_KEY", static.SecretAccessKey)
	}
	const role = "arn:aws:iam::111122223333:role/collector"
	for _, tc := range []struct {
		name  string
		setUp func(*testing.T, *session.Config)
		want  string            // the access key
		form  map[string]string // what STS is asked
	}{
		{name: "environment", setUp: func(t *testing.T, _ *session.Config) { env(t) }, want: "CALLER"},
		{name: "profile", want: "PROFILE", setUp: func(t *testing.T, _ *session.Config) {
			t.Setenv("AWS_PROFILE", "p")
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", write(t, "[p]\naws_access_key_id = PROFILE\naws_secret_access_key = s\n"))
		}},
		{name: "web identity", want: "ROLE", form: map[string]string{
			"Action": "AssumeRoleWithWebIdentity", "RoleArn": role, "WebIdentityToken": "jwt",
		}, setUp: func(t *testing.T, _ *session.Config) {
			t.Setenv("AWS_ROLE_ARN", role)
			t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", write(t, "jwt"))
		}},
		{name: "pod identity", want: "POD", setUp: func(t *testing.T, _ *session.Config) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v1/credentials" || r.Header.Get("Authorization") != "token" {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				_ = json.NewEncoder(w).Encode(map[string]string{"AccessKeyId": "POD", "SecretAccessKey": "s", "Token": "t", "Expiration": "2999-01-01T00:00:00Z"})
			}))
			t.Cleanup(s.Close)
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL+"/v1/credentials")
			t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", write(t, "token"))
		}},
		{name: "instance", want: "INSTANCE", setUp: func(t *testing.T, _ *session.Config) { serveMetadata(t) }},
		{name: "role", want: "ROLE", form: map[string]string{
			"Action": "AssumeRole", "RoleArn": role, "ExternalId": "x-1", "RoleSessionName": "radiograph-collector",
		}, setUp: func(t *testing.T, c *session.Config) {
			env(t)
			c.RoleARN, c.ExternalID = role, "x-1"
			c.Endpoint = "http://127.0.0.1:1" // not where STS is
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sessiontest.Isolate(t)
			sts := &sessiontest.STS{Caller: static, Region: "eu-west-1", Role: aws.Credentials{AccessKeyID: "ROLE", SecretAccessKey: "s", SessionToken: "t"}}
			sts.Start(t)
			c := session.Default()
			c.Region = "eu-west-1"
			tc.setUp(t, &c)
			cfg, err := c.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n := len(sts.Requests()); n > 0 {
				t.Errorf("STS was asked %d times before credentials were needed", n)
			}
			for range 2 { // the second time of the cache
				got, err := cfg.Credentials.Retrieve(t.Context())
				if err != nil || got.AccessKeyID != tc.want {
					t.Fatalf("got %q, %v, want %q", got.AccessKeyID, err, tc.want)
				}
			}
			if tc.form == nil {
				return
			}
			forms := sts.Requests()
			if len(forms) != 1 {
				t.Fatalf("STS was asked %d times", len(forms))
			}
			got := map[string]string{}
			for k := range tc.form {
				got[k] = forms[0].Get(k)
			}
			if d := cmp.Diff(tc.form, got); d != "" {
				t.Errorf("request to STS (-want +got):\n%s", d)
			}
		})
	}
}

func TestNoCredentials(t *testing.T) {
	sessiontest.Isolate(t)
	c := session.Default()
	c.Region = "eu-west-1"
	load := func() error {
		t.Helper()
		cfg, err := c.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = cfg.Credentials.Retrieve(t.Context())
		return err
	}
	if err := load(); !errors.Is(err, session.ErrNoCredentials) {
		t.Errorf("nothing anywhere: got %v", err)
	}
	c.LocalMode = true
	t.Setenv("AWS_EC2_METADATA_DISABLED", "")
	if err := load(); !errors.Is(err, session.ErrNoCredentials) {
		t.Errorf("local mode: got %v", err)
	}
	c.RoleARN = "arn:aws:iam::111122223333:role/r"
	if err := load(); err == nil || errors.Is(err, session.ErrNoCredentials) || !strings.Contains(err.Error(), "assume role "+c.RoleARN) {
		t.Errorf("a role that cannot be assumed: got %v", err)
	}
	c.RoleARN = ""
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")
	if err := load(); err == nil || errors.Is(err, session.ErrNoCredentials) {
		t.Errorf("a source that is out of order: got %v", err)
	}
}

func TestServiceURL(t *testing.T) {
	for _, tc := range []struct {
		name    string
		config  session.Config
		env     map[string]string
		want    string
		foreign bool
	}{
		{name: "the region's", want: "https://xray.eu-west-1.amazonaws.com"},
		{name: "China", config: session.Config{Region: "cn-north-1"}, want: "https://xray.cn-north-1.amazonaws.com.cn"},
		{
			name: "GovCloud with FIPS", config: session.Config{Region: "us-gov-west-1"}, env: map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"},
			want: "https://xray-fips.us-gov-west-1.amazonaws.com",
		},
		{name: "dual stack", env: map[string]string{"AWS_USE_DUALSTACK_ENDPOINT": "true"}, want: "https://xray.eu-west-1.api.aws"},
		{name: "everywhere", env: map[string]string{"AWS_ENDPOINT_URL": "http://all:1/"}, want: "http://all:1", foreign: true},
		{name: "the service's", env: map[string]string{"AWS_ENDPOINT_URL": "http://all:1", "AWS_ENDPOINT_URL_XRAY": "http://one:1"}, want: "http://one:1", foreign: true},
		{
			name: "written", config: session.Config{Endpoint: "http://radiograph:2080/"}, env: map[string]string{"AWS_ENDPOINT_URL_XRAY": "http://one:1"},
			want: "http://radiograph:2080", foreign: true,
		},
		{
			name: "ignored in the environment", env: map[string]string{"AWS_ENDPOINT_URL": "http://all:1", "AWS_ENDPOINT_URL_XRAY": "http://one:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
			want: "https://xray.eu-west-1.amazonaws.com",
		},
		{
			name: "written, environment ignored", config: session.Config{Endpoint: "http://radiograph:2080"}, env: map[string]string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
			want: "http://radiograph:2080", foreign: true,
		},
		{name: "a private endpoint of AWS", config: session.Config{Endpoint: "vpce-1.xray.eu-west-1.vpce.amazonaws.com"}, want: "https://vpce-1.xray.eu-west-1.vpce.amazonaws.com"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sessiontest.Isolate(t)
			for k, v := range tc.env {
				t.Setenv(k, v)
			}
			c := session.Default()
			c.Endpoint, c.Region = tc.config.Endpoint, tc.config.Region
			if c.Region == "" {
				c.Region = "eu-west-1"
			}
			cfg, err := c.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got, foreign, err := session.ServiceURL(t.Context(), cfg, "xray")
			if err != nil || got != tc.want || foreign != tc.foreign {
				t.Errorf("got %q, %t, %v, want %q, %t", got, foreign, err, tc.want, tc.foreign)
			}
			if sdk := urlOfClient(t, cfg); sdk != tc.want {
				t.Errorf("the SDK's client asks %q, want %q", sdk, tc.want)
			}
		})
	}
}

// urlOfClient returns where a client of the SDK sends its requests.
func urlOfClient(t *testing.T, cfg aws.Config) string {
	t.Helper()
	url := ""
	stop := errors.New("stop")
	client := xray.NewFromConfig(cfg, func(o *xray.Options) {
		o.Credentials = aws.AnonymousCredentials{}
		o.RetryMaxAttempts = 1
		o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
			url = r.URL.Scheme + "://" + r.URL.Host
			return nil, stop
		})
	})
	if _, err := client.GetGroups(t.Context(), &xray.GetGroupsInput{}); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	return url
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

func get(ctx context.Context, c *http.Client, url string) (status int, proto string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Proto, nil
}

func TestHTTPClient(t *testing.T) {
	sessiontest.Isolate(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusTemporaryRedirect)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	c := session.Default()
	c.Region = "eu-west-1"
	client := func() *http.Client {
		cfg, err := c.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		h := session.HTTPClient(cfg)
		t.Cleanup(h.CloseIdleConnections)
		return h
	}
	if _, _, err := get(t.Context(), client(), server.URL); err == nil {
		t.Error("an unknown certificate was taken")
	}
	c.NoVerifySSL = true
	if status, proto, err := get(t.Context(), client(), server.URL); err != nil || status != http.StatusTemporaryRedirect || proto != "HTTP/2.0" {
		t.Errorf("no_verify_ssl: got %d %s, %v", status, proto, err)
	}
	c.NoVerifySSL = false
	t.Setenv("AWS_CA_BUNDLE", write(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))))
	if status, _, err := get(t.Context(), client(), server.URL); err != nil || status != http.StatusTemporaryRedirect {
		t.Errorf("AWS_CA_BUNDLE: got %d, %v", status, err)
	}
}

func TestProxy(t *testing.T) {
	sessiontest.Isolate(t)
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Host)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(proxy.Close)
	c := session.Default()
	c.Region, c.ProxyAddress = "eu-west-1", proxy.Listener.Addr().String()
	cfg, err := c.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h := session.HTTPClient(cfg)
	t.Cleanup(h.CloseIdleConnections)
	if status, _, err := get(t.Context(), h, "http://xray.example"); err != nil || status != http.StatusNoContent {
		t.Errorf("got %d, %v", status, err)
	}
	if d := cmp.Diff([]string{"xray.example"}, asked); d != "" {
		t.Error(d)
	}
	for _, host := range []string{"169.254.169.254", "169.254.170.23", "[fd00:ec2::254]", "[fd00:ec2::23]"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+"/", nil)
		if u, err := h.Transport.(*http.Transport).Proxy(r); u != nil || err != nil {
			t.Errorf("%s: got proxy %v, %v", host, u, err)
		}
	}
}
