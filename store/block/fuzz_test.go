package block

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/radiograph/radiograph/trace"
)

// sampleBlock writes a block of n traces and returns its path.
func sampleBlock(t testing.TB, n int) string {
	t.Helper()
	s := open(t, t.TempDir(), Options{})
	mustAppend(t, s, newWorkload(1), n)
	mustFlush(t, s)
	return files(t, s, "blocks/*.block")[0]
}

// sampleStripe returns a stripe of a head with n traces.
func sampleStripe(t testing.TB, n int) *stripe {
	t.Helper()
	s := open(t, t.TempDir(), Options{})
	mustAppend(t, s, newWorkload(1), n)
	if err := s.settleAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head.builders[0].snapshot()
}

func FuzzSummary(f *testing.F) {
	st := sampleStripe(f, 3)
	for i := range st.n {
		p, err := st.payloads.payload(i)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p.shape, p.numbers)
	}
	f.Fuzz(func(t *testing.T, shape, numbers []byte) {
		sum, err := decodeRow(&st.columns, 0, st.dict, payload{shape: shape, numbers: numbers})
		if err != nil {
			return
		}
		// What decodes, survives being encoded again.
		d := newDict()
		var e rowEncoder
		p := e.encode(d, sum, nil, nil)
		again := &columns{}
		r := rowOf(sum, d)
		again.append(&r)
		got, err := decodeRow(again, 0, d.view(), p)
		if err != nil {
			t.Fatalf("encoded again: %v", err)
		}
		if diff := cmp.Diff(sum, got, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("encoded again (-before +after):\n%s", diff)
		}
	})
}

func FuzzBlock(f *testing.F) {
	data := readFile(f, sampleBlock(f, 3))
	b, err := openBlock(sampleBlock(f, 3), newLRU(1<<20))
	if err != nil {
		f.Fatal(err)
	}
	defer b.release()
	header, err := b.bytes(b.dir.stripes[0].extent)
	if err != nil {
		f.Fatal(err)
	}
	st := sampleStripe(f, 3)
	f.Add(data)
	f.Add(b.dir.appendTo(nil))
	f.Add(st.dict.appendTo(nil))
	f.Add(header)
	for c := range columnCount {
		if c != colDocBytes {
			f.Add(st.columns.encode(nil, c))
		}
	}
	for _, k := range b.table {
		r, err := b.rollup(k)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(r.appendTo(nil))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		// Checksums keep nearly all damage from the decoders; here they get it.
		if d, err := decodeDirectory(raw, int64(len(raw))); err == nil && d.rows() < 0 {
			t.Error("a directory of fewer than no rows")
		}
		if d, err := decodeDict(raw); err == nil {
			_ = d.appendTo(nil)
		}
		_, _ = decodeStripeHeader(raw, 3)
		_, _ = decodePayloads(raw, 3)
		_, _ = readDocuments(raw, raw)
		_, _ = decodeRollup(raw)
		_, _ = parseManifest(raw)
		for c := range columnCount {
			cols := columns{start: make([]int64, 3), duration: make([]int64, 3), last: make([]int64, 3)}
			_ = cols.decode(raw, c, 3, st.dict)
		}
		path := filepath.Join(t.TempDir(), "f.block")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if b, err := openBlock(path, newLRU(1<<20)); err == nil {
			_ = b.verify()
			b.release()
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(cursor{position: position{clock: 5, id: crashID(1, 0)}, asOf: trace.Unknown}.String())
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text, 0)
		if err != nil {
			return
		}
		if again, err := parseCursor(c.String(), 0); err != nil || again != c {
			t.Errorf("%q is %+v, written and read again %+v, %v", text, c, again, err)
		}
	})
}

func FuzzPack(f *testing.F) {
	_, docs := newWorkload(1).trace()
	for _, d := range docs {
		f.Add(d)
	}
	f.Add([]byte("\x01\x05\"0123456789abcdef\"\"0123456789abcdef\"\"0123456789ABCDEF\"\"1-01234567-89abcdef0123456789abcdef\""))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var p packer
		p.row()
		p.document(raw)
		u := unpacker{units: reader{b: p.units}}
		got, err := u.document(nil, p.text)
		if err != nil || string(got) != string(raw) {
			t.Errorf("%q became %q, %v", raw, got, err)
		}
	})
}
