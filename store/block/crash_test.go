package block

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/traceid"
)

// crashDir tells a child process of TestCrash where to append.
const crashDir = "RADIOGRAPH_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		crashChild(dir, os.Getenv(crashDir+"_FROM"))
		return
	}
	os.Exit(m.Run())
}

// crashBatch is batch n of a crash test: three traces, one of which batch n-20 had
// begun.
func crashBatch(n int) store.Batch {
	b := store.Batch{Received: workloadEpoch + int64(n)*1e6}
	for k, id := range crashIDs(n) {
		b.Documents = append(b.Documents, store.Document{TraceID: id, Raw: fmt.Appendf(nil,
			`{"trace_id":%q,"id":%q,"name":"svc","start_time":%d,"end_time":%d.25,"metadata":{"x":{"filler":%q}}}`,
			id, crashEntity(n, k), 1_772_366_400+n, 1_772_366_400+n, strings.Repeat("abcdefgh", 40))})
	}
	return b
}

func crashIDs(n int) []traceid.ID {
	return []traceid.ID{crashID(n, 0), crashID(n, 1), crashID(max(0, n-20), 0)}
}

func crashID(n, k int) traceid.ID {
	id, err := traceid.Parse(fmt.Sprintf("1-%08x-%024x", 1_772_366_400+n, n<<8|k))
	if err != nil {
		panic(err)
	}
	return id
}

func crashEntity(n, k int) string { return fmt.Sprintf("%016x", (n+1)<<8|k) }

func crashOptions() Options {
	return Options{
		Sync: SyncNever, HeadBytes: 40 << 10, Settle: 4 * time.Millisecond, Retention: -1,
	}
}

// crashChild appends batches until it is killed and prints the number of each when
// it is acknowledged.
func crashChild(dir, from string) {
	n, err := strconv.Atoi(from)
	if err != nil {
		panic(err)
	}
	s, err := Open(dir, crashOptions())
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	for ; ; n++ {
		if err := s.Append(context.Background(), crashBatch(n)); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println(n)
	}
}

// TestCrash kills a process that appends, seals and merges, at random moments, and
// finds everything that was acknowledged.
func TestCrash(t *testing.T) {
	kills := 200
	if testing.Short() {
		kills = 20
	}
	dir := t.TempDir()
	acknowledged, verified := -1, -1
	for i := range kills {
		acknowledged = crashOnce(t, dir, acknowledged+1)
		if i%10 != 9 {
			continue
		}
		verifyCrash(t, dir, verified+1, acknowledged)
		verified = acknowledged
	}
	verifyCrash(t, dir, 0, acknowledged)
	report, err := Check(dir)
	if err != nil || len(report.Problems) > 0 || len(report.SetAside) > 0 {
		t.Errorf("check: %+v, %v", report, err)
	}
	t.Logf("%d batches, %d blocks, %d documents in blocks", acknowledged+1, report.Blocks, report.Documents)
}

// crashOnce runs a child from batch n on, kills it, and returns the last batch that
// it acknowledged.
func crashOnce(t *testing.T, dir string, n int) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir, crashDir+"_FROM="+strconv.Itoa(n))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last := n - 1
	lines := bufio.NewScanner(out)
	for stop := n + rand.IntN(60); last < stop && lines.Scan(); {
		last = crashLine(t, lines.Text())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // what it had acknowledged before it died
		last = crashLine(t, lines.Text())
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Fatalf("child: %v", err)
	}
	return last
}

func crashLine(t *testing.T, line string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("child says %q", line)
	}
	return n
}

// verifyCrash opens the store and looks for the documents of the batches.
func verifyCrash(t *testing.T, dir string, from, to int) {
	t.Helper()
	s, err := Open(dir, crashOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	if st := s.Stats(); st.Quarantined > 0 {
		t.Errorf("files set aside: %+v", st)
	}
	checkGraph(t, s)
	for n := from; n <= to; n++ {
		for k, id := range crashIDs(n) {
			tr, err := s.traceByID(t.Context(), id)
			if err != nil || tr == nil {
				t.Fatalf("batch %d was acknowledged; trace %s: %v, %v", n, id, tr, err)
			}
			found := false
			for _, e := range tr.Segments {
				found = found || e.ID.String() == crashEntity(n, k)
			}
			if !found {
				t.Errorf("batch %d was acknowledged; segment %d of trace %s is gone", n, k, id)
			}
		}
	}
}
