package slab

import "testing"

func TestSlabHandsOutZeroedMemory(t *testing.T) {
	var s Slab[int64]
	for range 4 {
		s.Reset()
		for n := range 60 {
			run := s.Take(n)
			if len(run) != n || cap(run) != n {
				t.Fatalf("Take(%d) has length %d and capacity %d", n, len(run), cap(run))
			}
			for i := range run {
				if run[i] != 0 {
					t.Fatalf("Take(%d) has used memory", n)
				}
				run[i] = 1
			}
		}
	}
}

func TestHugeMemoryIsGivenUp(t *testing.T) {
	var s Slab[byte]
	s.Take(maxKept + 1)
	if s.Reset(); s.chunks != nil {
		t.Error("a huge slab survives a reset")
	}
	var l List[byte]
	l.stack = make([]byte, 0, maxKept+1)
	if l.Reset(); l.stack != nil {
		t.Error("a huge stack survives a reset")
	}
	var a Arena
	a.Close(append(a.Open(maxKept+1), make([]byte, maxKept+1)...))
	if a.Reset(); cap(a.chunk) != 0 {
		t.Error("a huge arena survives a reset")
	}
}

func TestArenaKeepsPiecesApart(t *testing.T) {
	var a Arena
	var pieces [][]byte
	for i := range byte(100) {
		b := a.Open(5)
		for range 1 + int(i)*7 { // most outgrow what was asked for
			b = append(b, i)
		}
		pieces = append(pieces, a.Close(b))
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
