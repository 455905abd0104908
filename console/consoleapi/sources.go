package consoleapi

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/radiograph/radiograph/relay"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
	"github.com/radiograph/radiograph/xrayapi"
)

// Senders is what is known of those who send, since the start of the server.
type Senders struct {
	Intakes []Intake
	Daemon  *relay.Stats // nil when there is no daemon
	Clients []xrayapi.Client
}

// Intake is one way in which documents come.
type Intake struct {
	Protocol  string
	Calls     int64
	Documents int64 // stored
	Bytes     int64 // of all documents of these calls
	Last      int64 // when something came last, ns since the epoch; 0: never
	Throttled int64 // documents of calls of which nothing was stored: the store could not keep up
	Failed    int64 // or could not write
	Rejected  []RejectedCode
}

// RejectedCode is one reason for which documents were refused.
type RejectedCode struct {
	Code    string
	Count   int64
	Message string
	LastID  *string // as written in the last document that was refused
	Last    int64   // when that was, ns since the epoch
}

const (
	sdkTraces   = 200
	sdkPeriod   = 15 * time.Minute
	sdkServices = 10
)

type (
	sourcesAnswer struct {
		Since     seconds           `json:"since"`
		Intakes   []intakeAnswer    `json:"intakes"`
		Daemon    *daemonAnswer     `json:"daemon"`
		SDKs      []sdkAnswer       `json:"sdks"`
		SDKSample sdkSample         `json:"sdkSample"`
		Telemetry []telemetryAnswer `json:"telemetry"`
	}
	intakeAnswer struct {
		Protocol     string           `json:"protocol"`
		Calls        int64            `json:"calls"`
		Documents    int64            `json:"documents"`
		Bytes        int64            `json:"bytes"`
		LastReceived *seconds         `json:"lastReceived"`
		Rejected     []rejectedAnswer `json:"rejected"`
		Throttled    int64            `json:"throttled"`
		Failed       int64            `json:"failed"`
	}
	rejectedAnswer struct {
		Code    string  `json:"code"`
		Count   int64   `json:"count"`
		Message string  `json:"message"`
		LastID  *string `json:"lastId"`
		Last    seconds `json:"last"`
	}
	daemonAnswer struct {
		Datagrams       int64       `json:"datagrams"`
		DatagramBytes   int64       `json:"datagramBytes"`
		Streams         int64       `json:"streams"`
		StreamDocuments int64       `json:"streamDocuments"`
		OpenStreams     int64       `json:"openStreams"`
		QueuedBytes     int64       `json:"queuedBytes"`
		ReceiveBuffer   int         `json:"receiveBuffer"`
		Dropped         dropsAnswer `json:"dropped"`
	}
	dropsAnswer struct {
		BadHeader int64 `json:"badHeader"`
		BadFrame  int64 `json:"badFrame"`
		TooLarge  int64 `json:"tooLarge"`
		QueueFull int64 `json:"queueFull"`
		Throttled int64 `json:"throttled"`
		Failed    int64 `json:"failed"`
		Kernel    int64 `json:"kernel"`
	}
	sdkAnswer struct {
		SDK          *string  `json:"sdk"`
		Version      *string  `json:"version"`
		Segments     int      `json:"segments"`
		LastReceived seconds  `json:"lastReceived"`
		Services     []string `json:"services"`
	}
	sdkSample struct {
		Traces   int     `json:"traces"`
		Segments int     `json:"segments"`
		From     seconds `json:"from"`
		To       seconds `json:"to"`
	}
	telemetryAnswer struct {
		Hostname           *string `json:"hostname"`
		Instance           *string `json:"instance"`
		Resource           *string `json:"resource"`
		Reported           seconds `json:"reported"`
		Received           int64   `json:"received"`
		Sent               int64   `json:"sent"`
		Spillover          int64   `json:"spillover"`
		Rejected           int64   `json:"rejected"`
		Timeouts           int64   `json:"timeouts"`
		ConnectionsRefused int64   `json:"connectionsRefused"`
		HTTP4XX            int64   `json:"http4xx"`
		HTTP5XX            int64   `json:"http5xx"`
		UnknownHosts       int64   `json:"unknownHosts"`
		Other              int64   `json:"other"`
	}
)

// sources answers with who sends.
func (a *API) sources(r *http.Request) (any, error) {
	s := a.opts.Senders()
	out := sourcesAnswer{Since: seconds(a.opts.About.Started.UnixNano()), Intakes: []intakeAnswer{}, Telemetry: []telemetryAnswer{}}
	for i := range s.Intakes {
		out.Intakes = append(out.Intakes, s.Intakes[i].answer())
	}
	if s.Daemon != nil {
		out.Daemon = daemonOf(s.Daemon)
	}
	for i := range s.Clients {
		out.Telemetry = append(out.Telemetry, telemetryOf(&s.Clients[i]))
	}
	var err error
	out.SDKs, out.SDKSample, err = a.sdks(r)
	return out, err
}

func (i *Intake) answer() intakeAnswer {
	out := intakeAnswer{
		Protocol: i.Protocol, Calls: i.Calls, Documents: i.Documents, Bytes: i.Bytes,
		Throttled: i.Throttled, Failed: i.Failed, Rejected: []rejectedAnswer{},
	}
	if i.Last != 0 {
		out.LastReceived = new(seconds(i.Last))
	}
	for _, c := range i.Rejected {
		out.Rejected = append(out.Rejected, rejectedAnswer{c.Code, c.Count, c.Message, c.LastID, seconds(c.Last)})
	}
	slices.SortFunc(out.Rejected, func(x, y rejectedAnswer) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Code, y.Code))
	})
	return out
}

func daemonOf(s *relay.Stats) *daemonAnswer {
	return &daemonAnswer{
		Datagrams: s.Datagrams, DatagramBytes: s.DatagramBytes, Streams: s.Streams, StreamDocuments: s.StreamDocuments,
		OpenStreams: s.OpenStreams, QueuedBytes: s.QueuedBytes, ReceiveBuffer: s.ReceiveBuffer,
		Dropped: dropsAnswer(s.Dropped),
	}
}

func telemetryOf(c *xrayapi.Client) telemetryAnswer {
	return telemetryAnswer{
		Hostname: orNull(c.Hostname), Instance: orNull(c.InstanceID), Resource: orNull(c.ResourceARN),
		Reported: seconds(c.Reported.UnixNano()), Received: c.Received, Sent: c.Sent, Spillover: c.Spillover,
		Rejected: c.Rejected, Timeouts: c.Timeouts, ConnectionsRefused: c.ConnectionsRefused,
		HTTP4XX: c.HTTP4XX, HTTP5XX: c.HTTP5XX, UnknownHosts: c.UnknownHosts, Other: c.Other,
	}
}

// sdk is an SDK as segments name it.
type sdk struct{ name, version string }

// sdkCounts are the segments of one SDK.
type sdkCounts struct {
	segments int
	last     int64
	services map[string]int
}

// sdks says which SDKs have made the newest traces.
func (a *API) sdks(r *http.Request) ([]sdkAnswer, sdkSample, error) {
	now := a.opts.Now()
	sample := sdkSample{From: seconds(now.Add(-sdkPeriod).UnixNano()), To: seconds(now.UnixNano())}
	page, err := a.opts.Store.Scan(r.Context(), store.Scan{
		Clock: store.ByReceipt, Start: now.Add(-sdkPeriod), End: now.Add(time.Second), Limit: sdkTraces, MaxScanned: sdkTraces,
	})
	if err != nil {
		return nil, sample, err
	}
	ids := make([]traceid.ID, len(page.Summaries))
	for i, s := range page.Summaries {
		ids[i] = s.ID
	}
	counts := map[sdk]*sdkCounts{}
	for t, err := range a.opts.Store.Traces(r.Context(), ids) {
		if err != nil {
			return nil, sample, err
		}
		sample.Traces++
		for _, e := range t.Segments {
			if !e.Inferred {
				sample.Segments++
				countSDK(counts, e)
			}
		}
	}
	return sdkAnswers(counts), sample, nil
}

func countSDK(counts map[sdk]*sdkCounts, e *trace.Entity) {
	key := sdkOf(e)
	c := counts[key]
	if c == nil {
		c = &sdkCounts{services: map[string]int{}}
		counts[key] = c
	}
	c.segments++
	c.last = max(c.last, e.Received)
	c.services[e.Name]++
}

// sdkOf returns the SDK that a segment names in aws.xray. Source: the X-Ray segment
// document's "aws" object as SDKs write it; the OpenTelemetry exporter does, too.
func sdkOf(e *trace.Entity) sdk {
	if e.AWS == nil {
		return sdk{}
	}
	var aws struct {
		XRay struct {
			SDK        string `json:"sdk"`
			SDKVersion string `json:"sdk_version"`
		} `json:"xray"`
	}
	if err := json.Unmarshal(e.AWS.Raw, &aws); err != nil {
		return sdk{} // it names none in a way that could be read
	}
	return sdk{aws.XRay.SDK, aws.XRay.SDKVersion}
}

func sdkAnswers(counts map[sdk]*sdkCounts) []sdkAnswer {
	out := make([]sdkAnswer, 0, len(counts))
	for key, c := range counts {
		names := make([]string, 0, len(c.services))
		for name := range c.services {
			names = append(names, name)
		}
		slices.SortFunc(names, func(x, y string) int {
			return cmp.Or(cmp.Compare(c.services[y], c.services[x]), strings.Compare(x, y))
		})
		out = append(out, sdkAnswer{
			SDK: orNull(key.name), Version: orNull(key.version), Segments: c.segments,
			LastReceived: seconds(c.last), Services: names[:min(len(names), sdkServices)],
		})
	}
	slices.SortFunc(out, func(x, y sdkAnswer) int {
		return cmp.Or(cmp.Compare(y.Segments, x.Segments), strings.Compare(text0(x.SDK), text0(y.SDK)), strings.Compare(text0(x.Version), text0(y.Version)))
	})
	return out
}

// text0 is the text of an optional member.
func text0(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
