package sampling

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDivide(t *testing.T) {
	for _, tc := range []struct {
		name   string
		free   int
		demand []int64
		want   []int
	}{
		{"one client gets all", 7, []int64{1}, []int{7}},
		{"even, remainder to the first", 10, []int64{9, 9, 9, 9}, []int{3, 3, 2, 2}},
		{"unused share handed on", 10, []int64{1, 20, 1, 20}, []int{1, 4, 1, 4}},
		{"uneven demands", 12, []int64{2, 100, 3, 5}, []int{2, 4, 3, 3}},
		{"beyond all demands", 10, []int64{1, 2, 0}, []int{4, 4, 2}},
		{"fewer than clients", 2, []int64{5, 0, 5, 5}, []int{1, 0, 1, 0}},
		{"nothing", 0, []int64{5, 5}, []int{0, 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := time.Unix(1000, 0)
			var clients []*client
			for i, d := range tc.demand {
				clients = append(clients, &client{id: clientID(i), since: now.Add(-time.Second), reported: now, requests: d})
			}
			divide(tc.free, clients)
			var got []int
			for _, c := range clients {
				got = append(got, c.share)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("divide(%d, %v) (-want +got):\n%s", tc.free, tc.demand, diff)
			}
		})
	}
}

// TestReservoirIsNeverExceeded lets any clients report at any times while the
// reservoir changes its size. What all clients may take in a second of the clock
// never grows beyond the reservoir.
func TestReservoirIsNeverExceeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			r      reservoir
			now    = time.Unix(1_000_000, 0).UTC()
			size   = rapid.IntRange(0, 50).Draw(t, "size")
			leases = map[int][]Lease{} // by client: every lease, and when it began
			begun  = map[int][]time.Time{}
		)
		// allowed is the most that the clients may take in the second that begins at s.
		allowed := func(s time.Time) int {
			sum := 0
			for c, list := range leases {
				most := 0
				for i, l := range list {
					end := l.Expires
					if i+1 < len(list) && begun[c][i+1].Before(end) {
						end = begun[c][i+1] // replaced by the next
					}
					if begun[c][i].Before(s.Add(time.Second)) && end.After(s) {
						most = max(most, l.Quota)
					}
				}
				sum += most
			}
			return sum
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 300, 999, 1000, 5000, 10000, 31000, 301000}).Draw(t, "wait")) * time.Millisecond)
			before := allowed(now.Truncate(time.Second))
			if rapid.IntRange(0, 9).Draw(t, "resize") == 0 {
				size = rapid.IntRange(0, 50).Draw(t, "size")
			}
			bound := max(size, before)
			c := rapid.IntRange(0, 6).Draw(t, "client")
			l := r.report(now, size, clientID(c), rapid.Int64Range(0, 500).Draw(t, "requests"))
			if l == nil {
				continue
			}
			if l.Quota < 0 || !l.Expires.Equal(l.Expires.Truncate(time.Second)) || l.Interval != reportInterval {
				t.Fatalf("lease %+v", *l)
			}
			leases[c], begun[c] = append(leases[c], *l), append(begun[c], now)
			if got := allowed(now.Truncate(time.Second)); got > bound {
				t.Fatalf("clients may take %d in one second, bound %d", got, bound)
			}
		}
	})
}

func TestSilentClientKeepsItsLease(t *testing.T) {
	var r reservoir
	now := time.Unix(1_000_000, 0)
	quota := func(id int, requests int64) int {
		l := r.report(now, 10, clientID(id), requests)
		if l == nil {
			return -1
		}
		return l.Quota
	}
	var got []int
	step := func(wait time.Duration, id int) {
		now = now.Add(wait)
		got = append(got, quota(id, 1000))
	}
	step(0, 1)
	step(10*time.Second, 1)  // all of it
	step(0, 2)               // new: no lease
	step(10*time.Second, 2)  // 1 still has everything, and is then silent
	step(60*time.Second, 2)  // it still counts
	step(239*time.Second, 2) // until its lease runs out, 300 s after it was granted
	if want := []int{-1, 10, -1, 0, 0, 10}; !slices.Equal(got, want) {
		t.Errorf("quotas %v, want %v", got, want)
	}
}

func TestForgottenClientStartsAgain(t *testing.T) {
	var r reservoir
	now := time.Unix(1_000_000, 0)
	r.report(now, 10, clientID(1), 1)
	if l := r.report(now.Add(forgottenAfter), 10, clientID(1), 1); l == nil {
		t.Error("forgotten too early")
	}
	if l := r.report(now.Add(2*forgottenAfter+1), 10, clientID(1), 1); l != nil {
		t.Errorf("after more than five silent minutes: %+v", *l)
	}
}

func TestClientsAreBounded(t *testing.T) {
	var r reservoir
	now := time.Unix(1_000_000, 0)
	for i := range maxClients + 10 {
		r.report(now, 10, clientID(i), 1)
	}
	if len(r.clients) != maxClients {
		t.Errorf("%d clients, want %d", len(r.clients), maxClients)
	}
	if l := r.report(now.Add(10*time.Second), 10, clientID(maxClients+1), 1); l != nil {
		t.Errorf("a client too many got %+v", *l)
	}
}

func BenchmarkReport(b *testing.B) {
	for _, clients := range []int{10, 1000, 10000} {
		b.Run("clients="+clientID(clients)[18:], func(b *testing.B) {
			var r reservoir
			now := time.Unix(1_000_000, 0)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				now = now.Add(reportInterval / time.Duration(clients))
				r.report(now, 100, clientID(i%clients), int64(i%500))
			}
		})
	}
}
