//go:build e2e

package test

import (
	"path/filepath"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/radiograph/radiograph/test/rig"
)

// TestKilledCollectorLosesNothing kills a collector that could not reach the service:
// everything that it had accepted arrives when both are there.
func TestKilledCollectorLosesNothing(t *testing.T) {
	queue, data := t.TempDir(), t.TempDir()
	at, endpoint := newAddresses(t), rig.Address(t)
	env := append(environment("http://"+endpoint), "QUEUE_DIRECTORY="+queue)
	start := func() *rig.Collector {
		return rig.StartCollector(t, env, example(t, "durable-queue.yaml"), at.onlyOTLP())
	}
	accepted := 0
	for range 3 {
		c := start()
		conn := dial(t, at.grpc)
		for range 100 {
			if err := sendSpans(t, conn, request(traceID(accepted), "front", false)); err != nil {
				t.Fatal(err)
			}
			accepted++
		}
		c.Kill()
	}
	service := rig.StartRadiographAt(t, endpoint, data)
	start()
	for n := range accepted {
		arrives(t, service.API, xrayID(traceID(n)), `"name":"front"`, `"sanitized_query"`)
	}
	if files, err := filepath.Glob(filepath.Join(queue, "*")); err != nil || len(files) == 0 {
		t.Errorf("the queue left no file in its directory: %v", err)
	}
}

// TestFullQueuePushesBack sends to a collector without a service until it refuses:
// the error tells the sender to try again, and what was accepted is not lost.
func TestFullQueuePushesBack(t *testing.T) {
	queue, data := t.TempDir(), t.TempDir()
	at, endpoint := newAddresses(t), rig.Address(t)
	env := append(environment("http://"+endpoint), "QUEUE_DIRECTORY="+queue)
	small := "exporters: {awsxray: {sending_queue: {queue_size: 20, sizer: requests}}}"
	rig.StartCollector(t, env, example(t, "durable-queue.yaml"), small, at.onlyOTLP())
	conn := dial(t, at.grpc)
	accepted := 0
	var refusal error
	for refusal == nil && accepted < 10_000 {
		if refusal = sendSpans(t, conn, request(traceID(accepted), "front", false)); refusal == nil {
			accepted++
		}
	}
	if code := status.Code(refusal); code != codes.Unavailable && code != codes.ResourceExhausted {
		t.Fatalf("after %d accepted requests: %v, want an error that asks to try again", accepted, refusal)
	}
	service := rig.StartRadiographAt(t, endpoint, data)
	for n := range accepted {
		arrives(t, service.API, xrayID(traceID(n)), `"name":"front"`)
	}
	rig.Eventually(t, "room in the queue", func() error {
		return sendSpans(t, conn, request(traceID(accepted), "front", false))
	})
	arrives(t, service.API, xrayID(traceID(accepted)), `"name":"front"`)
}
