package block

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// logDirectory writes a directory as a crash leaves it: the log and nothing else.
func logDirectory(t *testing.T, data []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, logDir), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, logDir, logName(1)), data)
	return dir
}

// smallLog returns a log file of n batches with a trace each, where the frames end,
// and the traces.
func smallLog(n int) (data []byte, ends []int, ids []traceid.ID) {
	data = logHeader(1)
	ends = []int{len(data)}
	for i := range n {
		b := store.Batch{Received: int64(i + 1), Documents: []store.Document{{
			TraceID: crashID(i, 0),
			Raw:     []byte(`{"trace_id":"` + crashID(i, 0).String() + `","id":"` + crashEntity(i, 0) + `","name":"a","start_time":1,"end_time":2}`),
		}}}
		data = appendBatchFrame(data, b)
		ends = append(ends, len(data))
		ids = append(ids, crashID(i, 0))
	}
	return data, ends, ids
}

func TestLogTornAtEveryByte(t *testing.T) {
	data, ends, ids := smallLog(3)
	for cut := ends[1]; cut <= len(data); cut++ {
		s := open(t, logDirectory(t, data[:cut]), Options{Sync: SyncNever})
		whole := 0
		for whole+1 < len(ends) && ends[whole+1] <= cut {
			whole++
		}
		if n := missing(t, s, ids[:whole]); n > 0 {
			t.Errorf("cut at %d: %d of %d whole batches are gone", cut, n, whole)
		}
		if st := s.Stats(); st.TruncatedBytes != int64(cut-ends[whole]) || st.Quarantined != 0 {
			t.Errorf("cut at %d: %d bytes truncated, %d set aside; want %d, 0", cut, st.TruncatedBytes, st.Quarantined, cut-ends[whole])
		}
		// The torn file is repaired: opened again, nothing is cut.
		mustClose(t, s)
		s = open(t, s.dir, Options{Sync: SyncNever})
		if st := s.Stats(); st.TruncatedBytes != 0 || missing(t, s, ids[:whole]) > 0 {
			t.Errorf("cut at %d, opened again: %+v", cut, st)
		}
		mustClose(t, s)
	}
}

func TestLogCorruptInTheMiddle(t *testing.T) {
	data, ends, ids := smallLog(3)
	for at := ends[1]; at < ends[2]; at++ {
		broken := bytes.Clone(data)
		broken[at] ^= 0xff
		s := open(t, logDirectory(t, broken), Options{Sync: SyncNever})
		if missing(t, s, ids[:1]) != 0 || missing(t, s, ids[2:]) != 0 {
			t.Errorf("byte %d: whole batches are gone", at)
		}
		if st := s.Stats(); st.Quarantined != 1 {
			t.Errorf("byte %d: %d set aside, want 1", at, st.Quarantined)
		}
		aside := files(t, s, "wal/*"+corruptSuffix)
		if len(aside) != 1 || !bytes.Equal(readFile(t, aside[0]), broken[ends[1]:ends[2]]) {
			t.Errorf("byte %d: set aside %v", at, aside)
		}
		mustClose(t, s)
	}
}

func TestLogWithoutHeader(t *testing.T) {
	for _, data := range [][]byte{nil, []byte("rgr"), []byte(strings.Repeat("x", 100))} {
		s := open(t, logDirectory(t, data), Options{Sync: SyncNever})
		st := s.Stats()
		if len(data) < logHeaderBytes && st.TruncatedBytes != int64(len(data)) || len(data) > logHeaderBytes && st.Quarantined != 1 {
			t.Errorf("%q: %+v", data, st)
		}
		ids := mustAppend(t, s, newWorkload(1), 1)
		mustClose(t, s)
		s = open(t, s.dir, Options{})
		if missing(t, s, ids) > 0 {
			t.Errorf("%q: what was appended later is gone", data)
		}
	}
}

func TestMembershipFrame(t *testing.T) {
	want := []trace.Membership{{GroupID: "g", Version: 3, Admitted: 17}, {GroupID: "", Version: -1, Admitted: -5}}
	f, err := nextFrame(appendGroupsFrame(nil, crashID(1, 0), want))
	if err != nil || f.id != crashID(1, 0) {
		t.Fatalf("%v, %v", f, err)
	}
	if diff := cmp.Diff(want, f.groups); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzLog(f *testing.F) {
	data, ends, _ := smallLog(2)
	f.Add(data[ends[0]:])
	f.Add(data[ends[0] : ends[1]-3])
	f.Add(appendGroupsFrame(nil, crashID(1, 0), []trace.Membership{{GroupID: "g", Version: 1, Admitted: 2}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, err := nextFrame(b)
		if err == nil && (fr.size <= frameHeader || fr.size > len(b)) {
			t.Errorf("frame of %d bytes from %d", fr.size, len(b))
		}
		if n := findFrame(b); n < 0 || n > len(b) {
			t.Errorf("next frame at %d of %d", n, len(b))
		}
	})
}
