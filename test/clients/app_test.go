//go:build e2e

package clients

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	"github.com/radiograph/radiograph/test/rig"
)

// app is a running application.
type app struct {
	language
	service string
	url     string
}

// startApp starts the language's application under a service name, tracing to a
// server, and waits until it accepts connections.
func startApp(t *testing.T, l language, service string, rg *rig.Radiograph, dynamo *httptest.Server) app {
	t.Helper()
	return startAppFor(t, l, service, rg.Daemon, dynamo)
}

// startAppFor is startApp with the address of anything that does the work of the
// X-Ray daemon.
func startAppFor(t *testing.T, l language, service, daemon string, dynamo *httptest.Server) app {
	t.Helper()
	return app{language: l, service: service, url: startProgram(t, service, l.command(t), dynamo,
		"SERVICE="+service, "AWS_XRAY_DAEMON_ADDRESS="+daemon)}
}

// startProgram starts an application with more variables in its environment, waits
// until it accepts connections, and returns its URL.
func startProgram(t *testing.T, service string, cmd *exec.Cmd, dynamo *httptest.Server, env ...string) string {
	t.Helper()
	listen := rig.Address(t)
	cmd.Dir = t.TempDir()
	cmd.Env = environment(t, append(append(cmd.Env,
		"LISTEN="+listen,
		"AWS_REGION="+rig.Region, "AWS_DEFAULT_REGION="+rig.Region,
		"AWS_ENDPOINT_URL_DYNAMODB="+dynamo.URL), env...)...)
	p := rig.Start(t, service, cmd)
	rig.Eventually(t, service+" listening", func() error {
		if p.Ended() {
			t.Fatalf("%s ended at start: %v\n%s", service, p.Wait(), p.Output())
		}
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listen)
		if err != nil {
			return err
		}
		return conn.Close()
	})
	return "http://" + listen
}

// get asks the application for a path as the first service of a new trace, leaves
// the sampling decision to it, and returns the trace's id.
func (a app) get(t *testing.T, path string, wantStatus int) string {
	t.Helper()
	id := newTraceID()
	request(t, a.url+path, "Root="+id+";Sampled=?", wantStatus)
	return id
}

// request asks an application for something, with the header of X-Ray's trace
// context unless it is empty.
func request(t *testing.T, url, traceHeader string, wantStatus int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), rig.Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if traceHeader != "" {
		req.Header.Set("X-Amzn-Trace-Id", traceHeader)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("GET %s: read answer: %v", url, err)
	}
	if resp.StatusCode != wantStatus {
		t.Fatalf("GET %s answered %d, want %d:\n%s", url, resp.StatusCode, wantStatus, body)
	}
}

func newTraceID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("1-%08x-%s", time.Now().Unix(), hex.EncodeToString(b[:]))
}

// startDynamoDB starts an endpoint that answers GetItem of the AWS SDKs.
func startDynamoDB(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if target := r.Header.Get("X-Amz-Target"); target != "DynamoDB_20120810.GetItem" {
			http.Error(w, "unexpected operation "+target, http.StatusBadRequest)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.Header().Set("X-Amzn-RequestId", "0123456789ABCDEF")
		_, _ = io.WriteString(w, `{"Item":{"id":{"S":"1"}}}`)
	}))
	t.Cleanup(s.Close)
	return s
}
