package servicegraph_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/servicegraph"
)

func TestHistogramRounds(t *testing.T) {
	for _, tc := range []struct {
		name string
		ns   int64
		want float64
	}{
		{"nothing", 0, 0},
		{"negative", -5, 0},
		{"below half a millisecond", 499_999, 0},
		{"half a millisecond", 500_000, 0.001},
		{"exact", int64(1500 * time.Millisecond), 1.5},
		{"longer than the longest", math.MaxInt64, 4294967.295},
	} {
		var h servicegraph.Histogram
		h.Add(tc.ns, 1)
		for v, n := range h.Values() {
			if v != tc.want || n != 1 {
				t.Errorf("%s: %d ns: %v counted %d times, want %v once", tc.name, tc.ns, v, n, tc.want)
			}
		}
		if h.Count() != 1 {
			t.Errorf("%s: %d observations, want 1", tc.name, h.Count())
		}
	}
}

// upTo counts n distinct milliseconds from first on.
func upTo(first, n int) servicegraph.Histogram {
	var h servicegraph.Histogram
	for ms := range n {
		h.Add(int64(first+ms)*int64(time.Millisecond), 1)
	}
	return h
}

func distinct(h *servicegraph.Histogram) int {
	n := 0
	for range h.Values() {
		n++
	}
	return n
}

func TestHistogramShowsManyValuesInBuckets(t *testing.T) {
	exact := upTo(1000, servicegraph.ExactValues)
	if n := distinct(&exact); n != servicegraph.ExactValues {
		t.Errorf("%d values of %d distinct ones", n, servicegraph.ExactValues)
	}
	many := upTo(1000, servicegraph.ExactValues+1)
	if n := distinct(&many); n > 20 {
		t.Errorf("%d buckets from 1 to 1.128 s, want them 1/64 wide", n)
	}
	many.Add(int64(1128*time.Millisecond), -1)
	if !many.Equal(exact) {
		t.Error("taking back the value too many does not restore the exact picture")
	}
}

func TestHistogramIsPreciseEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		filler := upTo(0, 1000) // makes it coarse
		ms := rapid.Int64Range(1000, math.MaxUint32).Draw(t, "milliseconds")
		filler.Add(ms*int64(time.Millisecond), 1)
		got, _ := filler.Quantile(1)
		if want := float64(ms) / 1000; math.Abs(got-want) > want/128+0.001 {
			t.Fatalf("%v shown as %v", want, got)
		}
		if filler.Count() != 1001 {
			t.Fatalf("%d observations, want 1001", filler.Count())
		}
	})
}

// change is one step: n observations of a time.
type change struct{ ms, n int64 }

func randomChanges(t *rapid.T) []change {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) change {
		return change{rapid.Int64Range(0, 5000).Draw(t, "ms"), rapid.Int64Range(1, 3).Draw(t, "n")}
	}), 0, 400).Draw(t, "changes")
}

func histogramOf(changes []change) *servicegraph.Histogram {
	var h servicegraph.Histogram
	for _, c := range changes {
		h.Add(c.ms*int64(time.Millisecond), c.n)
	}
	return &h
}

func TestHistogramDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		changes := randomChanges(t)
		want := histogramOf(changes)
		other := rapid.Permutation(slices.Clone(changes)).Draw(t, "order")
		cut := rapid.IntRange(0, len(other)).Draw(t, "cut")
		for _, parts := range [][2]*servicegraph.Histogram{
			{histogramOf(other), {}},
			{histogramOf(other[:cut]), histogramOf(other[cut:])},
			{histogramOf(other[cut:]), histogramOf(other[:cut])},
		} {
			parts[0].Merge(parts[1], 1)
			if !parts[0].Equal(*want) || parts[0].Count() != want.Count() {
				t.Fatalf("got %s, want %s", printHistogram(parts[0]), printHistogram(want))
			}
		}
		want.Merge(histogramOf(other), -1)
		if want.Count() != 0 || distinct(want) != 0 {
			t.Fatalf("left after taking everything back: %s", printHistogram(want))
		}
	})
}

func TestHistogramEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histogramOf(randomChanges(t))
		var got servicegraph.Histogram
		rest, err := got.DecodeBinary(append(h.AppendBinary(nil), 7))
		if err != nil || len(rest) != 1 || !got.Equal(*h) {
			t.Fatalf("got %s, rest %v, %v; want %s", printHistogram(&got), rest, err, printHistogram(h))
		}
	})
}

func TestQuantile(t *testing.T) {
	h := upTo(1, 100)
	for _, tc := range []struct{ q, want float64 }{
		{-1, 0.001}, {0, 0.001}, {0.01, 0.001}, {0.011, 0.002}, {0.5, 0.05}, {0.9, 0.09}, {0.99, 0.099}, {1, 0.1}, {2, 0.1},
	} {
		if got, ok := h.Quantile(tc.q); got != tc.want || !ok {
			t.Errorf("quantile %v: got %v, %v, want %v", tc.q, got, ok, tc.want)
		}
	}
	var empty servicegraph.Histogram
	if got, ok := empty.Quantile(0.5); ok {
		t.Errorf("quantile of nothing: %v", got)
	}
}

func FuzzHistogramDecode(f *testing.F) {
	for _, n := range []int{0, 1, 100, 300} {
		h := upTo(5, n)
		f.Add(h.AppendBinary(nil))
	}
	f.Add([]byte{1})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, b []byte) {
		var h, again servicegraph.Histogram
		rest, err := h.DecodeBinary(b)
		if err != nil {
			if distinct(&h) != 0 {
				t.Errorf("not empty after %v", err)
			}
			return
		}
		left, err := again.DecodeBinary(append(h.AppendBinary(nil), rest...))
		if err != nil || len(left) != len(rest) || !again.Equal(h) {
			t.Errorf("decoded %s, encoded and decoded %s, %v", printHistogram(&h), printHistogram(&again), err)
		}
		h.Add(int64(time.Second), 1)
		h.Merge(&again, -1)
		h.Quantile(0.5)
	})
}
