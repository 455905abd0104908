package xrayapi

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

type backendErrors struct {
	TimeoutCount, ConnectionRefusedCount integer
	HTTPCode4XXCount, HTTPCode5XXCount   integer
	UnknownHostCount, OtherCount         integer
}

type telemetryRecord struct {
	Timestamp                                     *reportedAt
	SegmentsReceivedCount, SegmentsSentCount      integer
	SegmentsSpilloverCount, SegmentsRejectedCount integer
	BackendConnectionErrors                       *backendErrors
}

type putTelemetryInput struct {
	TelemetryRecords      []*telemetryRecord
	EC2InstanceID         *string `json:"EC2InstanceId"`
	Hostname, ResourceARN *string
}

func (in *putTelemetryInput) check(v *violations) {
	v.Required("telemetryRecords", in.TelemetryRecords != nil)
	v.Length("eC2InstanceId", in.EC2InstanceID, 0, 20)
	v.Length("hostname", in.Hostname, 0, 255)
	v.Length("resourceARN", in.ResourceARN, 0, 500)
}

// putTelemetryRecords adds up what daemons and collectors report about
// themselves. The collector sends an empty list now and then: that is fine.
func (a *API) putTelemetryRecords(_ context.Context, in *putTelemetryInput) (*empty, error) {
	c := Client{
		Hostname:    text(in.Hostname),
		InstanceID:  text(in.EC2InstanceID),
		ResourceARN: text(in.ResourceARN),
		Reported:    a.opts.Now(),
	}
	for _, r := range in.TelemetryRecords {
		if r != nil {
			c.Telemetry.addRecord(r)
		}
	}
	a.telemetry.add(c)
	return &empty{}, nil
}

// Telemetry is what a client, a daemon or a collector, counted at its end.
type Telemetry struct {
	Received, Sent, Spillover, Rejected               int64 // segments
	Timeouts, ConnectionsRefused, UnknownHosts, Other int64 // failed calls by cause
	HTTP4XX, HTTP5XX                                  int64
}

func (t *Telemetry) addRecord(r *telemetryRecord) {
	e := r.BackendConnectionErrors
	if e == nil {
		e = &backendErrors{}
	}
	t.add(Telemetry{
		Received:           r.SegmentsReceivedCount.positive(),
		Sent:               r.SegmentsSentCount.positive(),
		Spillover:          r.SegmentsSpilloverCount.positive(),
		Rejected:           r.SegmentsRejectedCount.positive(),
		Timeouts:           e.TimeoutCount.positive(),
		ConnectionsRefused: e.ConnectionRefusedCount.positive(),
		UnknownHosts:       e.UnknownHostCount.positive(),
		Other:              e.OtherCount.positive(),
		HTTP4XX:            e.HTTPCode4XXCount.positive(),
		HTTP5XX:            e.HTTPCode5XXCount.positive(),
	})
}

// positive returns i, or 0 when it is negative: counters only grow.
func (i integer) positive() int64 { return int64(max(i, 0)) }

func (t *Telemetry) add(o Telemetry) {
	t.Received += o.Received
	t.Sent += o.Sent
	t.Spillover += o.Spillover
	t.Rejected += o.Rejected
	t.Timeouts += o.Timeouts
	t.ConnectionsRefused += o.ConnectionsRefused
	t.UnknownHosts += o.UnknownHosts
	t.Other += o.Other
	t.HTTP4XX += o.HTTP4XX
	t.HTTP5XX += o.HTTP5XX
}

// Client is one reporting client and the sum of its reports since the start.
type Client struct {
	Hostname, InstanceID, ResourceARN string
	Reported                          time.Time // last report
	Telemetry
}

// maxClients bounds how many clients are told apart.
const maxClients = 1000

type clientKey struct{ hostname, instance, resource string }

// telemetry keeps the reports.
type telemetry struct {
	mu      sync.Mutex // guards the fields below
	total   Telemetry
	clients map[clientKey]*Client
}

func (t *telemetry) add(c Client) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total.add(c.Telemetry)
	key := clientKey{c.Hostname, c.InstanceID, c.ResourceARN}
	if known := t.clients[key]; known != nil {
		known.Telemetry.add(c.Telemetry)
		known.Reported = c.Reported
		return
	}
	if t.clients == nil {
		t.clients = map[clientKey]*Client{}
	}
	if len(t.clients) >= maxClients {
		t.forgetOldest()
	}
	t.clients[key] = &c
}

// forgetOldest makes room for another client. Totals keep what it reported.
func (t *telemetry) forgetOldest() {
	var oldest clientKey
	var when time.Time
	for key, c := range t.clients {
		if when.IsZero() || c.Reported.Before(when) {
			oldest, when = key, c.Reported
		}
	}
	delete(t.clients, oldest)
}

// Telemetry returns the sum of all reports of clients since the start.
func (a *API) Telemetry() Telemetry {
	a.telemetry.mu.Lock()
	defer a.telemetry.mu.Unlock()
	return a.telemetry.total
}

// Clients returns the clients that reported, the latest first. Of very many only
// the latest are remembered.
func (a *API) Clients() []Client {
	a.telemetry.mu.Lock()
	defer a.telemetry.mu.Unlock()
	clients := make([]Client, 0, len(a.telemetry.clients))
	for _, c := range a.telemetry.clients {
		clients = append(clients, *c)
	}
	slices.SortFunc(clients, func(x, y Client) int {
		return cmp.Or(y.Reported.Compare(x.Reported), cmp.Compare(x.Hostname, y.Hostname),
			cmp.Compare(x.InstanceID, y.InstanceID), cmp.Compare(x.ResourceARN, y.ResourceARN))
	})
	return clients
}
