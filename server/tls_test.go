package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	grpccredentials "google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/internal/tlstest"
	"github.com/radiograph/radiograph/internal/wholebody"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/server"
)

// withTLS makes c serve with a certificate of ca.
func withTLS(t *testing.T, c *config.Config, ca *tlstest.CA) {
	t.Helper()
	dir, pair := t.TempDir(), ca.Issue(time.Hour)
	c.TLS.CertFile, c.TLS.KeyFile = tlstest.Write(t, dir, "tls.crt", pair.Cert), tlstest.Write(t, dir, "tls.key", pair.Key)
}

// trusting is a client that trusts ca and no other authority.
func trusting(t *testing.T, ca *tlstest.CA, own ...tls.Certificate) *http.Client {
	t.Helper()
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: ca.Pool(), Certificates: own, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// answer sends a request with a body of JSON.
func answer(t *testing.T, client *http.Client, method, url, body string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	return client.Do(req)
}

// spansBy exports a span by gRPC with the key of the writer.
func spansBy(ctx context.Context, s *server.Server, config *tls.Config) error {
	conn, err := grpc.NewClient(s.OTLPGRPCAddress(), grpc.WithTransportCredentials(grpccredentials.NewTLS(config)))
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer AKIASPANS:"+testSecret)
	_, err = ptraceotlp.NewGRPCClient(conn).Export(ctx, oneSpan())
	return err
}

func TestEveryListenerHasTLS(t *testing.T) {
	ca, c := tlstest.NewCA(t), local(t)
	withTLS(t, &c, ca)
	c.AccountID, c.Auth.Mode, c.TLS.HSTS = testAccount, config.AuthSigV4, time.Hour
	s, _ := startWith(t, c, server.Options{Keys: keys{
		"AKIAADMIN": user(t, testAccount, "admin", "AdministratorAccess"),
		"AKIASPANS": user(t, testAccount, "spans", "RadiographWriteAccess"),
	}})
	client := trusting(t, ca)
	resp, err := answer(t, client, http.MethodGet, s.Endpoint()+"/healthz", "")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.Proto != "HTTP/2.0" || resp.Header.Get("Strict-Transport-Security") != "max-age=3600" {
		t.Errorf("got %s and %v", resp.Proto, resp.Header)
	}
	x := xray.New(xray.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(s.Endpoint()), Retryer: aws.NopRetryer{}, HTTPClient: &wholebody.Client{Client: *client},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAADMIN", testSecret, ""),
	})
	if err := operations["put"](t.Context(), x); err != nil {
		t.Error(err)
	}
	body, err := oneSpan().MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.OTLPEndpoint()+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Authorization", "Bearer AKIASPANS:"+testSecret)
	if resp, err = client.Do(req); err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("OTLP over HTTPS: %s", resp.Status)
	}
	if err := spansBy(t.Context(), s, &tls.Config{RootCAs: ca.Pool(), MinVersion: tls.VersionTLS12}); err != nil {
		t.Errorf("OTLP over gRPC: %v", err)
	}
	if err := spansBy(t.Context(), s, &tls.Config{RootCAs: tlstest.NewCA(t).Pool(), MinVersion: tls.VersionTLS12}); err == nil {
		t.Error("a client that does not trust the authority connects")
	}
	if resp, err = answer(t, http.DefaultClient, http.MethodGet, "http://"+strings.TrimPrefix(s.Endpoint(), "https://")+"/healthz", ""); err == nil {
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest || resp.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("without TLS: %s", resp.Status)
		}
	}
}

func TestClientCertificatesAreTransportOnly(t *testing.T) {
	ca, clients, c := tlstest.NewCA(t), tlstest.NewCA(t), local(t)
	withTLS(t, &c, ca)
	c.AccountID, c.Auth.Mode = testAccount, config.AuthSigV4
	c.TLS.ClientAuth, c.TLS.ClientCAFile = config.ClientAuthRequire, tlstest.Write(t, t.TempDir(), "clients.crt", clients.PEM())
	s, _ := startWith(t, c, server.Options{Keys: keys{"AKIASPANS": user(t, testAccount, "spans", "RadiographWriteAccess")}})
	good, strange := clients.Issue(time.Hour).TLS(t), tlstest.NewCA(t).Issue(time.Hour).TLS(t)
	for name, client := range map[string]*http.Client{"none": trusting(t, ca), "a stranger's": trusting(t, ca, strange)} {
		if resp, err := answer(t, client, http.MethodGet, s.Endpoint()+"/healthz", ""); err == nil {
			_ = resp.Body.Close()
			t.Errorf("%s: got %s", name, resp.Status)
		}
	}
	resp, err := answer(t, trusting(t, ca, good), http.MethodPost, s.Endpoint()+"/Groups", "{}")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if got := resp.Header.Get("X-Amzn-Errortype"); resp.StatusCode != http.StatusForbidden || got != "MissingAuthenticationTokenException" {
		t.Errorf("a good certificate without a signature: %s %s", resp.Status, got)
	}
	for name, tc := range map[string]struct {
		own []tls.Certificate
		ok  bool
	}{"none": {nil, false}, "good": {[]tls.Certificate{good}, true}} {
		err := spansBy(t.Context(), s, &tls.Config{RootCAs: ca.Pool(), Certificates: tc.own, MinVersion: tls.VersionTLS12})
		if (err == nil) != tc.ok {
			t.Errorf("gRPC, %s: %v", name, err)
		}
	}
}

func TestListenersCanBeWithoutTLS(t *testing.T) {
	ca, c := tlstest.NewCA(t), local(t)
	withTLS(t, &c, ca)
	c.TLS.Listeners = []string{config.ListenerHTTP}
	s, _ := start(t, c, io.Discard)
	if !strings.HasPrefix(s.Endpoint(), "https://") || !strings.HasPrefix(s.OTLPEndpoint(), "http://") {
		t.Errorf("got %s and %s", s.Endpoint(), s.OTLPEndpoint())
	}
	if status, _ := request(t, http.MethodGet, s.OTLPEndpoint()+"/v1/traces", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("got %d", status)
	}
}

func TestUnusableCertificate(t *testing.T) {
	ca, c := tlstest.NewCA(t), local(t)
	withTLS(t, &c, ca)
	c.TLS.KeyFile = tlstest.Write(t, filepath.Dir(c.TLS.KeyFile), "other.key", ca.Issue(time.Hour).Key)
	if _, err := server.New(t.Context(), c, server.Options{}); problem.KindOf(err) != problem.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestPlainAddressesAreWarnedOfOnce(t *testing.T) {
	c := local(t)
	c.Auth.Mode, c.HTTP.Listen, c.OTLP.HTTP = config.AuthSigV4, "0.0.0.0:0", "[::]:0"
	var log buffer
	_, _ = startWith(t, c, server.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if got := strings.Count(log.String(), "no TLS on addresses"); got != 1 || !strings.Contains(log.String(), `addresses="0.0.0.0:0, [::]:0"`) {
		t.Errorf("warned %d times:\n%s", got, log.String())
	}
}
