//go:build e2e

package crash

import (
	"context"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"

	"github.com/radiograph/radiograph/test/rig"
)

const (
	rounds  = 6 // kills of one store, one after the other
	writers = 2 // of segments, and as many of spans
	// A kill falls after between least and most acknowledged traces of its round.
	least, most = 500, 8000

	// memory is so small that the load fills many blocks, and a kill can fall into
	// the writing and merging of one.
	memory = "32MiB"
)

// TestKill kills the server in the middle of radiograph load and of writers of segments
// and of spans that remember what was acknowledged, starts it again on the same
// directory, and looks for every acknowledged segment of all rounds.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	known := &ledger{acknowledged: map[string]string{}}
	for round := range rounds {
		rg := rig.StartRadiograph(t, dir, "--memory", memory, "--otlp-indexed-attributes", "segment")
		target := known.len() + least + mathrand.IntN(most-least)
		killUnderLoad(t, rg, known, round, target)
		t.Logf("round %d: killed after %d acknowledged traces", round, known.len())

		rg = rig.StartRadiograph(t, dir, "--memory", memory)
		checkAll(t, rg, known)
		rg.Stop(t)
		if t.Failed() {
			return
		}
	}
	checkStore(t, dir)
}

// killUnderLoad kills the server when the ledger has reached target.
func killUnderLoad(t *testing.T, rg *rig.Radiograph, known *ledger, round, target int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	load := rig.Start(t, "radiograph load", exec.Command(rig.Binary(t),
		"load", "--endpoint", rg.URL(), "--duration", "5m", "--seed", strconv.Itoa(round+1)))
	exporter := newExporter(t, rg.OTLP)
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() { known.write(ctx, rg.API) })
		wg.Go(func() { known.export(ctx, exporter) })
	}
	rig.Eventually(t, fmt.Sprintf("%d acknowledged traces", target), func() error {
		if load.Ended() {
			t.Fatalf("load ended early: %v\n%s", load.Wait(), load.Output())
		}
		if n := known.len(); n < target {
			return fmt.Errorf("%d acknowledged", n)
		}
		return nil
	})
	rg.Kill()
	cancel()
	wg.Wait()
	load.Kill()
}

// checkAll reads every acknowledged trace back.
func checkAll(t *testing.T, rg *rig.Radiograph, known *ledger) {
	t.Helper()
	ids := make([]string, 0, len(known.acknowledged))
	for id := range known.acknowledged {
		ids = append(ids, id)
	}
	missing := 0
	for chunk := range slices.Chunk(ids, 500) {
		out, err := rg.API.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: chunk})
		if err != nil {
			t.Fatalf("read back: %v", err)
		}
		found := map[string]bool{}
		for _, trace := range out.Traces {
			id := aws.ToString(trace.Id)
			if len(trace.Segments) != 1 {
				t.Fatalf("trace %s has %d segments, want 1", id, len(trace.Segments))
			}
			checkDocument(t, known.acknowledged[id], aws.ToString(trace.Segments[0].Document))
			found[id] = true
		}
		for _, id := range chunk {
			if !found[id] {
				missing++
			}
		}
	}
	if missing > 0 {
		t.Errorf("%d of %d acknowledged traces are lost", missing, len(ids))
	}
}

func checkDocument(t *testing.T, segment, document string) {
	t.Helper()
	var got struct {
		ID          string            `json:"id"`
		Annotations map[string]string `json:"annotations"`
	}
	if err := json.Unmarshal([]byte(document), &got); err != nil {
		t.Fatalf("segment %s: %v in %s", segment, err, document)
	}
	if got.ID != segment || got.Annotations["segment"] != segment {
		t.Errorf("segment %s came back as %s", segment, document)
	}
}

// checkStore lets radiograph verify the files of the stopped store.
func checkStore(t *testing.T, dir string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), rig.Binary(t), "store", "check", "--data", dir).CombinedOutput()
	if err != nil {
		t.Errorf("store check: %v\n%s", err, out)
	}
}
