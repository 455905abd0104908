package segment

import "testing"

func TestSlabHandsOutZeroedMemory(t *testing.T) {
	var s slab[int64]
	for range 4 {
		s.reset()
		for n := range 60 {
			run := s.take(n)
			if len(run) != n || cap(run) != n {
				t.Fatalf("take(%d) has length %d and capacity %d", n, len(run), cap(run))
			}
			for i := range run {
				if run[i] != 0 {
					t.Fatalf("take(%d) has used memory", n)
				}
				run[i] = 1
			}
		}
	}
}

func TestMemoryOfHugeDocumentsIsGivenUp(t *testing.T) {
	var s slab[byte]
	s.take(maxKept + 1)
	if s.reset(); s.chunks != nil {
		t.Error("a huge slab survives a reset")
	}
	var l list[byte]
	l.stack = make([]byte, 0, maxKept+1)
	if l.reset(); l.stack != nil {
		t.Error("a huge stack survives a reset")
	}
	var a arena
	a.close(append(a.open(maxKept+1), make([]byte, maxKept+1)...))
	if a.reset(); cap(a.chunk) != 0 {
		t.Error("a huge arena survives a reset")
	}
	d := Decoder{kept: make([]span, 0, maxSpans+1)}
	if d.Reset(); d.kept != nil {
		t.Error("huge bookkeeping survives a reset")
	}
}

func TestArenaKeepsPiecesApart(t *testing.T) {
	var a arena
	var pieces [][]byte
	for i := range byte(100) {
		b := a.open(5)
		for range 1 + int(i)*7 { // most outgrow what was asked for
			b = append(b, i)
		}
		pieces = append(pieces, a.close(b))
	}
	for i, p := range pieces {
		if len(p) != 1+i*7 {
			t.Errorf("piece %d has %d bytes", i, len(p))
		}
		for _, c := range p {
			if int(c) != i {
				t.Fatalf("piece %d was overwritten by piece %d", i, c)
			}
		}
	}
}
