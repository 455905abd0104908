package sampling

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// sdk is a client that samples as the X-Ray SDKs do: within its lease, or one
// borrowed request a second while it has none; it reports every ten seconds when
// it had requests.
type sdk struct {
	id    string
	rate  int           // requests a second
	phase time.Duration // of its reports within ten seconds

	lease              *Lease
	requests           int64
	sampled, borrowing int // in the current second of the clock
	taken              int // by lease, ever
}

func (c *sdk) request(now time.Time) {
	c.requests++
	switch {
	case c.lease != nil && now.Before(c.lease.Expires):
		if c.sampled < c.lease.Quota {
			c.sampled++
			c.taken++
		}
	case c.borrowing == 0:
		c.borrowing = 1
	}
}

func (c *sdk) poll(r *Registry) {
	if c.requests == 0 {
		return
	}
	got := r.Targets([]Statistics{{RuleName: "r", ClientID: c.id, Timestamp: time.Now(), Requests: c.requests}}, nil)
	c.requests = 0
	if l := got.Targets[0].Lease; l != nil {
		c.lease = l
	}
}

// TestFiftyClients lets fifty clients of very different traffic share a reservoir
// for ten minutes; the busy ones come late, change places and fall silent.
func TestFiftyClients(t *testing.T) {
	const size, tick = 100, 100 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		r := newRegistry(t, reservoirRule(size))
		rng := rand.New(rand.NewPCG(1, 2))
		clients := make([]*sdk, 50)
		for i := range clients {
			clients[i] = &sdk{id: clientID(i), rate: 1, phase: time.Duration(rng.IntN(100)) * tick}
		}
		traffic := func(from, to, rate int) {
			for _, c := range clients[from:to] {
				c.rate = rate
			}
		}
		begin := time.Now().Truncate(10 * time.Second)
		for second := range 600 {
			switch second {
			case 60:
				traffic(40, 50, 200) // ten busy ones
			case 120:
				traffic(40, 45, 1) // five calm down, five others come
				traffic(0, 5, 200)
			case 180:
				traffic(45, 50, 0) // five fall silent for good, with their leases
			}
			leased, borrowed, unleased := 0, 0, 0
			for _, c := range clients {
				if c.lease == nil || !time.Now().Before(c.lease.Expires) {
					unleased++
				}
			}
			for n := range 10 {
				now := time.Now()
				for _, c := range clients {
					if now.Sub(begin)%(10*time.Second) == c.phase {
						c.poll(r)
					}
					for range c.rate/10 + min(1, max(0, c.rate%10-n)) {
						c.request(now)
					}
				}
				time.Sleep(tick)
			}
			for _, c := range clients {
				leased, borrowed = leased+c.sampled, borrowed+c.borrowing
				c.sampled, c.borrowing = 0, 0
			}
			if leased > size {
				t.Fatalf("second %d: %d requests sampled by lease, the reservoir has %d", second, leased, size)
			}
			if borrowed > unleased {
				t.Fatalf("second %d: %d requests borrowed by %d clients", second, borrowed, unleased)
			}
			checkDistribution(t, second, leased, clients)
		}
	})
}

// checkDistribution checks what has become of the reservoir when the clients had
// time for four reports: one that mixes old and new traffic, one that is pure, one
// by which the calm ones give back, one by which the busy ones get it.
func checkDistribution(t *testing.T, second, leased int, clients []*sdk) {
	t.Helper()
	busy := func(from, to int) (sum int) {
		for _, c := range clients[from:to] {
			sum += c.lease.Quota
		}
		return sum
	}
	switch second {
	case 50: // everybody has one request a second: all are sampled
		if leased != 50 {
			t.Errorf("second %d: %d requests sampled by lease, want each of 50", second, leased)
		}
	case 105: // forty need one each, ten could use up the rest
		if got := busy(40, 50); got != 60 || leased != 100 {
			t.Errorf("second %d: busy clients hold %d of 60, %d sampled", second, got, leased)
		}
	case 165:
		if got := busy(0, 5) + busy(45, 50); got != 60 || leased != 100 {
			t.Errorf("second %d: busy clients hold %d of 60, %d sampled", second, got, leased)
		}
	case 570: // what the silent ones held is free again
		if got := busy(0, 5); got != 60 || leased != 100 {
			t.Errorf("second %d: busy clients hold %d of 60, %d sampled", second, got, leased)
		}
	}
}
