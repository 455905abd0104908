package awsxrayexporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/exporter/exportertest"

	"github.com/radiograph/radiograph/collector/internal/session"
	"github.com/radiograph/radiograph/collector/internal/session/sessiontest"
	"github.com/radiograph/radiograph/otlp"
)

var testCredentials = aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

// answers is a network behind which one X-Ray answers: with the next of the list,
// and with success after them.
type answers struct {
	mu   sync.Mutex // guards the fields below
	list []answer
	got  []request
}

type answer struct {
	status int
	header map[string]string
	body   string
	err    error
	hang   bool // until the request is given up
}

type request struct {
	at     time.Time
	path   string
	header http.Header
	body   string
	verify error
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := sessiontest.ReadBody(r)
	if err != nil {
		return nil, err
	}
	r.Host = r.URL.Host
	a.mu.Lock()
	a.got = append(a.got, request{
		at: time.Now(), path: r.URL.Path, header: r.Header, body: string(body),
		verify: sessiontest.Verify(r, body, testCredentials, service, "eu-west-1"),
	})
	next := answer{status: http.StatusOK, body: string(allTaken)}
	if len(a.list) > 0 {
		next, a.list = a.list[0], a.list[1:]
	}
	a.mu.Unlock()
	if next.hang {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if next.err != nil {
		return nil, next.err
	}
	h := http.Header{}
	for k, v := range next.header {
		h.Set(k, v)
	}
	return &http.Response{StatusCode: next.status, Header: h, Body: io.NopCloser(strings.NewReader(next.body)), Request: r}, nil
}

func (a *answers) requests() []request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]request(nil), a.got...)
}

// newTestPusher returns an exporter in front of the network.
func newTestPusher(t testing.TB, network http.RoundTripper, edit func(*Config)) *pusher {
	t.Helper()
	cfg := defaultConfig().(*Config)
	if edit != nil {
		edit(cfg)
	}
	e, err := newPusher(exportertest.NewNopSettings(Type), cfg)
	if err != nil {
		t.Fatal(err)
	}
	e.sender = &sender{
		client:      &http.Client{Transport: network, Timeout: 30 * time.Second},
		credentials: aws.CredentialsProviderFunc(testProvider),
		signer:      v4.NewSigner(),
		region:      "eu-west-1", url: "https://xray.eu-west-1.amazonaws.com",
		userAgent: userAgent(e.set.BuildInfo), retries: cfg.AWS.MaxRetries, compress: cfg.Compression == compressionGzip,
		workers: make(chan struct{}, cfg.AWS.NumWorkers), metrics: e.metrics, counts: &e.counts, log: e.set.Logger, draining: e.draining,
	}
	return e
}

func testProvider(context.Context) (aws.Credentials, error) { return testCredentials, nil }

func (e *pusher) callTest(ctx context.Context) ([]byte, *requestError) {
	b := newBody()
	defer b.release()
	b.b = append(b.b, `{"TraceSegmentDocuments":["{}"]}`...)
	return e.sender.call(ctx, segmentsPath, b)
}

func TestRequest(t *testing.T) {
	t.Setenv("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE")
	synctest.Test(t, func(t *testing.T) {
		network := &answers{}
		e := newTestPusher(t, network, nil)
		if got, err := e.callTest(t.Context()); err != nil || string(got) != string(allTaken) {
			t.Fatalf("got %s, %v", got, err)
		}
		r := network.requests()[0]
		if r.verify != nil {
			t.Error(r.verify)
		}
		if r.path != "/TraceSegments" || r.body != `{"TraceSegmentDocuments":["{}"]}` {
			t.Errorf("got %s %s", r.path, r.body)
		}
		// The bubble's clock stands at its beginning.
		for name, want := range map[string]string{
			"Content-Type": "application/json", "X-Amzn-Xray-Timestamp": "946684800.000000000", "Content-Encoding": "",
		} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		if ua := r.header.Get("User-Agent"); !strings.HasPrefix(ua, "xray-otel-exporter/latest exec-env/AWS_ECS_FARGATE OS/") {
			t.Errorf("User-Agent %q", ua)
		}
	})
}

// What passes soon is tried again in place; what does not is left to the caller.
func TestCall(t *testing.T) {
	network := errors.New("connection reset by peer")
	busy := answer{status: 503}
	for _, tc := range []struct {
		name     string
		answers  []answer
		attempts int
		least    time.Duration // that it takes
		most     time.Duration
		outcome  outcome // empty: success
		after    time.Duration
	}{
		{name: "success", attempts: 1},
		{name: "once more", answers: []answer{busy}, attempts: 2, least: 50 * time.Millisecond, most: 100 * time.Millisecond},
		{name: "network", answers: []answer{{err: network}, {err: network}}, attempts: 3, least: 150 * time.Millisecond, most: 300 * time.Millisecond},
		{name: "no more", answers: []answer{busy, busy, busy}, attempts: 3, least: 150 * time.Millisecond, most: 300 * time.Millisecond, outcome: failed},
		{
			name: "slower", answers: []answer{{status: 429, header: map[string]string{"Retry-After": "1"}}}, attempts: 2,
			least: time.Second, most: time.Second,
		},
		{
			name: "much slower", answers: []answer{{status: 429, header: map[string]string{"Retry-After": "60"}}}, attempts: 1,
			outcome: throttled, after: time.Minute,
		},
		{name: "refused", answers: []answer{{status: 404}}, attempts: 1, outcome: refused},
		{name: "redirected", answers: []answer{{status: 301}}, attempts: 1, outcome: refused},
		{
			name: "silent", answers: []answer{{hang: true}, {hang: true}, {hang: true}}, attempts: 3,
			least: 90 * time.Second, most: 91 * time.Second, outcome: unreachable,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &answers{list: tc.answers}
				e := newTestPusher(t, a, nil)
				start := time.Now()
				_, err := e.callTest(t.Context())
				took := time.Since(start)
				if n := len(a.requests()); n != tc.attempts {
					t.Errorf("%d attempts, want %d", n, tc.attempts)
				}
				if took < tc.least || took > tc.most {
					t.Errorf("took %v, want %v to %v", took, tc.least, tc.most)
				}
				switch {
				case tc.outcome == "" && err != nil:
					t.Error(err)
				case tc.outcome != "" && (err == nil || err.outcome != tc.outcome || err.retryAfter != tc.after):
					t.Errorf("got %+v", err)
				}
			})
		})
	}
}

// A clock that is wrong is corrected by the server's.
func TestClockSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		date := time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)
		wrong := answer{status: 403, header: map[string]string{"Date": date, "X-Amzn-ErrorType": "InvalidSignatureException"}}
		a := &answers{list: []answer{wrong}}
		e := newTestPusher(t, a, nil)
		for range 2 {
			if _, err := e.callTest(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var signed []string
		for _, r := range a.requests() {
			signed = append(signed, r.header.Get("X-Amz-Date"))
			if r.verify != nil {
				t.Error(r.verify)
			}
		}
		if d := cmp.Diff([]string{"20000101T000000Z", "19991231T230000Z", "19991231T230000Z"}, signed); d != "" {
			t.Error(d)
		}
		// A signature that is wrong for another reason stays refused.
		a.list = []answer{wrong}
		if _, err := e.callTest(t.Context()); err == nil || err.outcome != refused {
			t.Errorf("got %v", err)
		}
	})
}

func TestUnsigned(t *testing.T) {
	none := fmt.Errorf("%w: nothing", session.ErrNoCredentials)
	broken := errors.New("STS is down")
	denied := answer{status: 403, header: map[string]string{"X-Amzn-ErrorType": "MissingAuthenticationTokenException"}}
	for _, tc := range []struct {
		name    string
		err     error
		foreign bool
		answers []answer
		sent    int
		want    string // the error; every one can be tried again
	}{
		{name: "no credentials, none needed", err: none, foreign: true, sent: 1},
		{
			name: "no credentials, but needed", err: none, foreign: true, sent: 1, answers: []answer{denied},
			want: "X-Ray answered 403 MissingAuthenticationTokenException; no AWS credentials: nothing",
		},
		{name: "no credentials for AWS", err: none, want: "no AWS credentials: nothing"},
		{name: "credentials out of order", err: broken, foreign: true, want: "STS is down"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := &answers{list: tc.answers}
			e := newTestPusher(t, a, nil)
			e.sender.foreign = tc.foreign
			e.sender.credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, tc.err })
			_, err := e.callTest(t.Context())
			got := ""
			if err != nil {
				got = err.Error()
				if err.outcome != unsigned || !err.retryable() {
					t.Errorf("got outcome %s", err.outcome)
				}
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if rs := a.requests(); len(rs) != tc.sent {
				t.Errorf("%d requests, want %d", len(rs), tc.sent)
			} else if tc.sent > 0 && rs[0].header.Get("Authorization") != "" {
				t.Error("the request is signed")
			}
		})
	}
}

// While the collector stops, an X-Ray that does not answer is not waited for long.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &answers{list: []answer{{hang: true}, {hang: true}}}
		e := newTestPusher(t, a, nil)
		e.drain()
		start := time.Now()
		if _, err := e.callTest(t.Context()); err == nil || err.outcome != unreachable {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took != drainTimeout || len(a.requests()) != 1 {
			t.Errorf("took %v and %d attempts", took, len(a.requests()))
		}
	})
}

func TestWorkersBoundRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inFlight, most := 0, 0
		var mu sync.Mutex // guards the counters
		network := roundTripper(func(r *http.Request) (*http.Response, error) {
			_, _ = sessiontest.ReadBody(r)
			mu.Lock()
			inFlight++
			most = max(most, inFlight)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			inFlight--
			mu.Unlock()
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(string(allTaken)))}, nil
		})
		e := newTestPusher(t, network, func(c *Config) { c.AWS.NumWorkers, c.MaxDocuments = 3, 1 })
		start := time.Now()
		var wg sync.WaitGroup
		for range 2 { // batches
			wg.Go(func() {
				d := &delivery{pusher: e}
				d.sendAll(t.Context(), rawDocuments("{}", "{}", "{}", "{}", "{}", "{}"))
				if d.taken != 6 {
					t.Errorf("%d documents taken", d.taken)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); most != 3 || took != 4*time.Second {
			t.Errorf("%d requests at once, took %v", most, took)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A request that is refused because of one document is taken apart.
func TestDivide(t *testing.T) {
	const poison = `{"id":"5"}`
	network := roundTripper(func(r *http.Request) (*http.Response, error) {
		b, err := sessiontest.ReadBody(r)
		if err != nil {
			return nil, err
		}
		status, body := 200, string(allTaken)
		if strings.Contains(string(b), `\"5\"`) {
			status, body = 400, `{"Message":"no"}`
		}
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{"X-Amzn-Errortype": {"SerializationException"}}}, nil
	})
	e := newTestPusher(t, network, nil)
	var raw []string
	for i := range 10 {
		raw = append(raw, fmt.Sprintf(`{"id":"%d"}`, i))
	}
	td, _ := batch([][]int{{10}})
	d := &delivery{pusher: e}
	d.sendAll(t.Context(), rawDocuments(raw...))
	if err := d.err(td, false); err != nil || d.taken != 9 || len(d.unsent) != 0 {
		t.Errorf("%d taken, %d unsent, %v", d.taken, len(d.unsent), err)
	}
	if got := e.counts.rejected.Load(); got != 1 {
		t.Errorf("%d rejected", got)
	}
	d = &delivery{pusher: e}
	d.sendAll(t.Context(), rawDocuments(poison))
	if err := d.err(td, false); err == nil || !strings.Contains(err.Error(), "SerializationException: no") {
		t.Errorf("nothing taken: got %v", err)
	}
}

// The answer decides about every document.
func TestSettle(t *testing.T) {
	a := &answers{list: []answer{{status: 200, body: `{"UnprocessedTraceSegments":[` +
		`{"Id":"b","ErrorCode":"ThrottledException","Message":"later"},` +
		`{"Id":"c","ErrorCode":"MissingName","Message":"never"},` +
		`{"Id":null,"ErrorCode":"ParseError","Message":"never"},` +
		`{"Id":"b","ErrorCode":"InternalFailure","Message":"later"},` +
		`{"Id":"z","ErrorCode":"InternalFailure","Message":"not of this request"}]}`}}}
	e := newTestPusher(t, a, nil)
	d := &delivery{pusher: e}
	docs := rawDocuments(`{"id":"a"}`, `{"id":"b"}`, `{"id":"c"}`, `not JSON`, `{"id":"b","x":1}`, `{"id":"f"}`)
	d.sendAll(t.Context(), docs)
	td, _ := batch([][]int{{6}})
	var unsent []string
	for _, doc := range d.unsent {
		unsent = append(unsent, string(doc.Raw))
	}
	if diff := cmp.Diff([]string{`{"id":"b"}`, `{"id":"b","x":1}`}, unsent); diff != "" {
		t.Error(diff)
	}
	if err := d.err(td, false); err == nil || !strings.Contains(err.Error(), "segment b: ThrottledException: later") {
		t.Errorf("got %v", err)
	}
	if d.taken != 1 || e.counts.rejected.Load() != 3 {
		t.Errorf("%d taken, %d rejected", d.taken, e.counts.rejected.Load())
	}
}

// Documents that are too large for X-Ray do not take others down with them.
func TestOversizedDocumentsGoAlone(t *testing.T) {
	a := &answers{}
	e := newTestPusher(t, a, func(c *Config) { c.MaxDocumentBytes = 10 })
	d := &delivery{pusher: e}
	d.sendAll(t.Context(), []otlp.Document{{Raw: []byte(`{"id":"a"}`)}, {Raw: []byte(`{"id":"larger"}`)}, {Raw: []byte(`{"id":"c"}`)}})
	for _, r := range a.requests() {
		if strings.Contains(r.body, "larger") && strings.Count(r.body, "id") > 1 {
			t.Errorf("got %s", r.body)
		}
	}
	if d.taken != 3 || len(a.requests()) != 3 {
		t.Errorf("%d taken in %d requests", d.taken, len(a.requests()))
	}
}
