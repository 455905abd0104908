package sampling

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

const (
	leaseTTL       = 300 * time.Second
	reportInterval = 10 * time.Second
	silentAfter    = 3 * reportInterval // then a client's share is what it still holds
	forgottenAfter = 5 * time.Minute    // not before its lease has run out
	maxClients     = 10000              // of one rule; more get no lease

	// replanPerClient bounds the cost of sharing: with n clients, a plan is used
	// again for n times as long. That is a second at most.
	replanPerClient = 100 * time.Microsecond
)

// Lease is a share of a reservoir, granted to one client until a deadline.
type Lease struct {
	Quota    int // requests a second
	Expires  time.Time
	Interval time.Duration // when to report again
}

// reservoir shares a rule's reservoir among its clients. The zero value is ready.
type reservoir struct {
	clients []*client // by id
	planned time.Time // when the clients' shares were computed; zero: must be
	size    int       // for which they were computed
	swept   time.Time // when forgotten clients were last looked for
}

// client is what is known of one client of a rule.
type client struct {
	id       string
	reported time.Time // last report
	since    time.Time // the report before: start of the time in which there were requests
	requests int64
	share    int // of the current plan

	quota   int // leased until expires
	expires time.Time

	// A lease that was made smaller may have been used in full in the second in
	// which that happened.
	former      int
	formerUntil time.Time
}

// report takes a client's report and grants it a lease, or nil at its first
// report.
func (r *reservoir) report(now time.Time, size int, id string, requests int64) *Lease {
	r.forget(now)
	i, known := slices.BinarySearchFunc(r.clients, id, func(c *client, id string) int {
		return strings.Compare(c.id, id)
	})
	if !known {
		if len(r.clients) >= maxClients {
			return nil
		}
		c := &client{id: strings.Clone(id), since: now.Add(-reportInterval), reported: now, requests: requests}
		r.clients = slices.Insert(r.clients, i, c)
		r.planned = time.Time{}
		return nil
	}
	c := r.clients[i]
	c.count(now, requests)
	r.plan(now, size)
	return c.grant(now, min(c.share, size-r.heldByOthers(now, c)))
}

// forget drops the clients that have been silent for long. What they held has
// run out by then.
func (r *reservoir) forget(now time.Time) {
	if age := now.Sub(r.swept); age >= 0 && age < time.Second {
		return
	}
	r.swept = now
	n := len(r.clients)
	r.clients = slices.DeleteFunc(r.clients, func(c *client) bool { return now.Sub(c.reported) > forgottenAfter })
	if len(r.clients) != n {
		r.planned = time.Time{}
	}
}

func (r *reservoir) heldByOthers(now time.Time, c *client) int {
	sum := 0
	for _, o := range r.clients {
		if o != c {
			sum += o.held(now)
		}
	}
	return sum
}

// plan computes the clients' shares: what silent clients still hold is theirs, the
// rest is divided among those that report.
func (r *reservoir) plan(now time.Time, size int) {
	age := now.Sub(r.planned)
	if size == r.size && age >= 0 && age < time.Duration(len(r.clients))*replanPerClient {
		return
	}
	r.planned, r.size = now, size
	free := size
	reporting := make([]*client, 0, len(r.clients))
	for _, c := range r.clients {
		if now.Sub(c.reported) > silentAfter {
			c.share = c.held(now)
			free -= c.share
			continue
		}
		reporting = append(reporting, c)
	}
	divide(max(0, free), reporting)
}

// divide sets the shares of clients, which are in order of their ids, so that they
// add up to free: evenly, but nobody gets more than its demand while another has
// less than its own. What is beyond all demands is divided evenly too.
// Remainders go to the first ids.
func divide(free int, clients []*client) {
	byDemand := slices.Clone(clients)
	slices.SortFunc(byDemand, func(a, b *client) int {
		return cmp.Or(cmp.Compare(a.demand(), b.demand()), strings.Compare(b.id, a.id))
	})
	for i, c := range byDemand {
		c.share = min(c.demand(), free/(len(byDemand)-i))
		free -= c.share
	}
	for i, c := range clients {
		spare := free / (len(clients) - i)
		if free%(len(clients)-i) > 0 {
			spare++
		}
		c.share += spare
		free -= spare
	}
}

// count takes what the client counted since its last report. Reports that come
// within a second are one.
func (c *client) count(now time.Time, requests int64) {
	if now.Sub(c.reported) < time.Second {
		c.requests += requests
	} else {
		c.since, c.requests = c.reported, requests
	}
	c.reported = now
}

// demand is the client's requests a second, rounded up.
func (c *client) demand() int {
	seconds := max(1, int64(c.reported.Sub(c.since).Round(time.Second)/time.Second))
	return int(c.requests/seconds + min(1, c.requests%seconds))
}

// held is how many requests a second the client may take now at most.
func (c *client) held(now time.Time) int {
	held := 0
	if now.Before(c.expires) {
		held = c.quota
	}
	if now.Before(c.formerUntil) {
		held = max(held, c.former)
	}
	return held
}

func (c *client) grant(now time.Time, quota int) *Lease {
	quota = max(0, quota)
	if held := c.held(now); held > quota {
		c.former, c.formerUntil = held, wholeSecond(now).Add(time.Second)
	}
	c.quota, c.expires = quota, wholeSecond(now.Add(leaseTTL))
	return &Lease{Quota: quota, Expires: c.expires, Interval: reportInterval}
}
