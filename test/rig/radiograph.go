package rig

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
)

// The scope of every server that the rig starts.
const (
	AccountID = "123456789012"
	Region    = "eu-central-1"
)

// Radiograph is a running server.
type Radiograph struct {
	*Process

	Dir      string // its data
	HTTP     string // host:port of the API and the console; takes OTLP, too
	Daemon   string // host:port of UDP and TCP for SDKs
	OTLP     string // host:port of OTLP by gRPC
	OTLPHTTP string // host:port of OTLP by HTTP
	API      *xray.Client
}

// StartRadiograph starts a server with its data in dir and waits until it is
// ready. More arguments are handed on.
func StartRadiograph(t testing.TB, dir string, args ...string) *Radiograph {
	t.Helper()
	return StartRadiographAt(t, Address(t), dir, args...)
}

// StartRadiographAt is [StartRadiograph] with a given address of the API, for
// clients that were there before the server.
func StartRadiographAt(t testing.TB, http, dir string, args ...string) *Radiograph {
	t.Helper()
	r := &Radiograph{Dir: dir, HTTP: http, Daemon: Address(t), OTLP: Address(t), OTLPHTTP: Address(t)}
	args = append([]string{
		"up", "--data", dir, "--http", r.HTTP, "--daemon", r.Daemon,
		"--otlp-grpc", r.OTLP, "--otlp-http", r.OTLPHTTP,
		"--account-id", AccountID, "--region", Region,
	}, args...)
	//nolint:gosec // the binary under test
	r.Process = Start(t, "radiograph", exec.Command(Binary(t), args...))
	r.API = xray.New(xray.Options{
		Region:       Region,
		BaseEndpoint: aws.String(r.URL()),
		Credentials:  aws.AnonymousCredentials{},
	})
	Eventually(t, "radiograph ready", func() error {
		if r.Ended() {
			t.Fatalf("radiograph ended at start: %v\n%s", r.Wait(), r.Output())
		}
		return answers(t.Context(), r.URL()+"/readyz")
	})
	return r
}

// URL returns the base address of the API.
func (r *Radiograph) URL() string { return "http://" + r.HTTP }

// Binary returns the path of the radiograph binary under test.
func Binary(t testing.TB) string {
	t.Helper()
	return binary(t, "RADIOGRAPH_BIN")
}

func binary(t testing.TB, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Fatalf("%s does not name the binary under test; run make e2e", variable)
	}
	return path
}

// answers is nil when a GET of url succeeds.
func answers(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return nil
}
