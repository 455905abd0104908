//go:build e2e

package autoinstrumentation

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/radiograph/radiograph/test/rig"
)

// target is what the applications call. It remembers the header that the last call came
// with, and answers as S3 does to a list of buckets.
type target struct {
	*httptest.Server

	mu     sync.Mutex // guards header
	header string
}

func startTarget(t *testing.T) *target {
	s := &target{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.header = r.Header.Get("X-Amzn-Trace-Id")
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("X-Amz-Request-Id", "4442587FB7D0A2F9")
		_, _ = io.WriteString(w, `<ListAllMyBucketsResult><Owner><ID>1</ID></Owner><Buckets></Buckets></ListAllMyBucketsResult>`) // the test fails for want of it
	}))
	t.Cleanup(s.Close)
	return s
}

// last returns the header of the last call.
func (s *target) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.header
}

func TestImages(t *testing.T) {
	binary := cp(t)
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			volume := t.TempDir()
			run(t, exec.Command(binary, l.copy(image(t, l.name), volume)...))
			server := rig.StartRadiograph(t, t.TempDir())
			sampleEverything(t, server)
			peer := startTarget(t)
			url := start(t, l, volume, server, peer)
			rulesObeyed(t, url, peer)
			oneTrace(t, l, url, server, peer)
		})
	}
}

// start runs the application with what the operator puts into its environment.
func start(t *testing.T, l language, volume string, server *rig.Radiograph, peer *target) string {
	t.Helper()
	endpoint := server.OTLP
	if l.http {
		endpoint = server.OTLPHTTP
	}
	address := rig.Address(t)
	cmd := l.app(t)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "AWS_") || strings.HasPrefix(v, "OTEL_")
	})
	cmd.Env = append(cmd.Env,
		"LISTEN_PORT="+port(t, address), "TARGET_URL="+peer.URL,
		"AWS_ENDPOINT_URL_S3="+peer.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=key", "AWS_SECRET_ACCESS_KEY=secret",
		"OTEL_SERVICE_NAME="+l.name,
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://"+endpoint,
		"OTEL_PROPAGATORS=tracecontext,baggage,xray",
		"OTEL_TRACES_SAMPLER=xray", "OTEL_TRACES_SAMPLER_ARG=endpoint=http://"+server.Daemon+",polling_interval=300",
		"OTEL_RESOURCE_ATTRIBUTES=k8s.namespace.name=sample,k8s.pod.name=pod-1",
		"OTEL_METRICS_EXPORTER=none", "OTEL_LOGS_EXPORTER=none",
	)
	cmd.Env = append(cmd.Env, l.env(volume)...)
	rig.Start(t, l.name, cmd)
	rig.Eventually(t, l.name+" answers", func() error { return get(t, "http://"+address+"/", "") })
	return "http://" + address
}

// sampleEverything makes the default rule take every request.
func sampleEverything(t *testing.T, server *rig.Radiograph) {
	t.Helper()
	_, err := server.API.UpdateSamplingRule(t.Context(), &xray.UpdateSamplingRuleInput{
		SamplingRuleUpdate: &types.SamplingRuleUpdate{RuleName: aws.String("Default"), FixedRate: aws.Float64(1)},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// rulesObeyed returns when eight requests in a row were taken. Without the central rules
// the samplers take one a second and 5 % of the others.
func rulesObeyed(t *testing.T, url string, peer *target) {
	t.Helper()
	rig.Eventually(t, "sampling rules obeyed", func() error {
		for range 8 {
			if err := get(t, url+"/outgoing-http-call", ""); err != nil {
				return err
			}
			if header := peer.last(); !strings.Contains(header, "Sampled=1") {
				return fmt.Errorf("the call has the header %q", header)
			}
		}
		return nil
	})
}

// document is what the tests read of a segment or subsegment.
type document struct {
	Name, ID, Namespace, Origin string

	ParentID    string `json:"parent_id"`
	AWS         struct{ Operation string }
	HTTP        struct{ Request struct{ URL string } }
	Subsegments []document
}

// find says whether a subsegment at any depth is of the namespace.
func (d document) find(namespace string) bool {
	return slices.ContainsFunc(d.Subsegments, func(s document) bool { return s.Namespace == namespace || s.find(namespace) })
}

// oneTrace makes requests with an X-Ray header and reads their traces.
func oneTrace(t *testing.T, l language, url string, server *rig.Radiograph, peer *target) {
	t.Helper()
	if !l.server {
		// The calls are the roots of their traces.
		id := strings.TrimPrefix(strings.Split(peer.last(), ";")[0], "Root=")
		waitForSegment(t, server, id, l.name)
		return
	}
	for path, namespace := range map[string]string{"/outgoing-http-call": "remote", "/aws-sdk-call": "aws"} {
		id := newTrace()
		if err := get(t, url+path, "Root="+id+";Parent=53995c3f42cd8ad8;Sampled=1"); err != nil {
			t.Fatal(err)
		}
		if header := peer.last(); !strings.Contains(header, "Root="+id) || !strings.Contains(header, "Sampled=1") {
			t.Errorf("%s: the call has the header %q, the request's trace is %s", path, header, id)
		}
		d := waitForSegment(t, server, id, l.name)
		if d.ParentID != "53995c3f42cd8ad8" {
			t.Errorf("%s: segment's parent is %s", path, d.ParentID)
		}
		if !d.find(namespace) {
			t.Errorf("%s: no subsegment of namespace %s in %+v", path, namespace, d)
		}
	}
}

// newTrace returns the id of a trace of now.
func newTrace() string {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails
	return fmt.Sprintf("1-%08x-%x", time.Now().Unix(), random)
}

// waitForSegment waits until the service's segment is in the trace.
func waitForSegment(t *testing.T, server *rig.Radiograph, id, service string) (found document) {
	t.Helper()
	rig.Eventually(t, "segment of "+service+" in "+id, func() error {
		out, err := server.API.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: []string{id}})
		if err != nil {
			return err
		}
		for _, trace := range out.Traces {
			for _, s := range trace.Segments {
				found = document{}
				if err := json.Unmarshal([]byte(aws.ToString(s.Document)), &found); err != nil {
					return err
				}
				if found.Name == service {
					return nil
				}
			}
		}
		return fmt.Errorf("trace has %d segments of others", len(out.Traces))
	})
	return found
}

// get makes a request, with an X-Ray header unless it is empty.
func get(t *testing.T, url, header string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	if header != "" {
		req.Header.Set("X-Amzn-Trace-Id", header)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %s", url, resp.Status, body)
	}
	return nil
}
