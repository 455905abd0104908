package awsxrayexporter

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/collector/internal/session/sessiontest"
)

func telemetryRequests(t *testing.T, a *answers) []telemetryRequest {
	t.Helper()
	var list []telemetryRequest
	for _, r := range a.requests() {
		var req telemetryRequest
		if err := json.Unmarshal([]byte(r.body), &req); err != nil {
			t.Fatal(err)
		}
		if r.path != telemetryPath || len(req.TelemetryRecords) == 0 || r.verify != nil {
			t.Errorf("%s with %d records, %v", r.path, len(req.TelemetryRecords), r.verify)
		}
		list = append(list, req)
	}
	return list
}

func TestTelemetryEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &answers{}
		e := newTestPusher(t, a, func(c *Config) {
			c.Telemetry = TelemetryConfig{Enabled: true, Hostname: "h", InstanceID: "i-1", ResourceARN: "arn:x"}
		})
		w := startTelemetry(t.Context(), e)
		minutes := func(n int) {
			time.Sleep(time.Duration(n) * time.Minute)
			synctest.Wait()
		}
		minutes(3)
		if n := len(a.requests()); n != 0 {
			t.Fatalf("%d requests before the first span", n)
		}
		e.counts.received.Add(10)
		e.counts.sent.Add(6)
		e.counts.rejected.Add(1)
		e.counts.spilled.Add(3)
		e.counts.failure(&requestError{status: 429})
		e.counts.failure(&requestError{status: 503})
		e.counts.failure(&requestError{err: os.NewSyscallError("connect", syscall.ECONNREFUSED)})
		e.counts.failure(&requestError{err: &net.DNSError{IsNotFound: true}})
		e.counts.failure(&requestError{err: &url.Error{Err: os.ErrDeadlineExceeded}})
		e.counts.failure(&requestError{err: fmt.Errorf("reset")})
		minutes(2)
		got := telemetryRequests(t, a)
		want := []telemetryRequest{
			{EC2InstanceID: "i-1", Hostname: "h", ResourceARN: "arn:x", TelemetryRecords: []record{{
				Timestamp: 946684800 + 240, SegmentsReceivedCount: 10, SegmentsSentCount: 6, SegmentsRejectedCount: 1, SegmentsSpilloverCount: 3,
				BackendConnectionErrors: connectionErrors{
					TimeoutCount: 1, ConnectionRefusedCount: 1, HTTPCode4XXCount: 1, HTTPCode5XXCount: 1, UnknownHostCount: 1, OtherCount: 1,
				},
			}}},
			{EC2InstanceID: "i-1", Hostname: "h", ResourceARN: "arn:x", TelemetryRecords: []record{{Timestamp: 946684800 + 300}}},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		e.counts.received.Add(1)
		w.stop(t.Context())
		if got := telemetryRequests(t, a); len(got) != 3 || got[2].TelemetryRecords[0].SegmentsReceivedCount != 1 {
			t.Errorf("after stop: got %+v", got)
		}
	})
}

// While X-Ray is away, records wait: thirty at most, and ten in a request.
func TestTelemetryWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &answers{}
		for range 40 * 3 { // attempts
			a.list = append(a.list, answer{status: 503})
		}
		e := newTestPusher(t, a, func(c *Config) { c.Telemetry.Enabled = true })
		e.counts.received.Add(1)
		w := startTelemetry(t.Context(), e)
		time.Sleep(40*time.Minute + 30*time.Second)
		synctest.Wait()
		a.mu.Lock()
		a.got, a.list = nil, nil
		a.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		var sizes []int
		var times []float64
		for _, r := range telemetryRequests(t, a) {
			sizes = append(sizes, len(r.TelemetryRecords))
			times = append(times, (r.TelemetryRecords[0].Timestamp-946684800)/60)
		}
		if d := cmp.Diff([]int{10, 10, 10}, sizes); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]float64{12, 22, 32}, times); d != "" {
			t.Error(d)
		}
		w.stop(t.Context())
	})
}

func TestTelemetryIdentity(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*Config)
		env  map[string]string
		want telemetryRequest
	}{
		{name: "nothing", env: map[string]string{"AWS_HOSTNAME": "env"}},
		{
			name: "written", edit: func(c *Config) { c.Telemetry.Hostname, c.AWS.ResourceARN = "written", "arn:session" },
			want: telemetryRequest{Hostname: "written"},
		},
		{
			name: "metadata of the environment", env: map[string]string{"AWS_HOSTNAME": "env", "AWS_INSTANCE_ID": "i-env"},
			edit: func(c *Config) { c.Telemetry.IncludeMetadata, c.AWS.ResourceARN = true, "arn:session" },
			want: telemetryRequest{Hostname: "env", EC2InstanceID: "i-env", ResourceARN: "arn:session"},
		},
		{
			name: "written wins", env: map[string]string{"AWS_HOSTNAME": "env", "AWS_INSTANCE_ID": "longer than an instance's id"},
			edit: func(c *Config) {
				c.Telemetry = TelemetryConfig{IncludeMetadata: true, Hostname: "written", ResourceARN: "arn:written"}
				c.AWS.ResourceARN = "arn:session"
			},
			want: telemetryRequest{Hostname: "written", ResourceARN: "arn:written"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sessiontest.Isolate(t)
			for k, v := range tc.env {
				t.Setenv(k, v)
			}
			e := newTestPusher(t, &answers{}, tc.edit)
			w := &telemetryWorker{pusher: e}
			if d := cmp.Diff(tc.want, w.identify(t.Context())); d != "" {
				t.Error(d)
			}
		})
	}
}
