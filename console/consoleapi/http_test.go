package consoleapi_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/console/consoleapi"
	"github.com/radiograph/radiograph/relay"
	"github.com/radiograph/radiograph/sampling"
	"github.com/radiograph/radiograph/xrayapi"
)

func TestMe(t *testing.T) {
	w := newWorld(t)
	type answer struct {
		Version, AccountID, Daemon string
		RetentionSeconds           float64
		HasTraces                  bool
		Traces                     int
		Oldest                     *float64
	}
	want := answer{Version: "v1", AccountID: "000000000000", Daemon: "127.0.0.1:2000", RetentionSeconds: 3600}
	if diff := cmp.Diff(want, get[answer](w, "me")); diff != "" {
		t.Errorf("empty (-want +got):\n%s", diff)
	}
	w.load(3)
	if got := get[answer](w, "me"); !got.HasTraces || got.Traces != 3 || got.Oldest == nil {
		t.Errorf("with traces: %+v", got)
	}
}

func TestHTTP(t *testing.T) {
	w := newWorld(t)
	w.load(20)
	for _, tc := range []struct {
		method, path, origin, body string
		status                     int
		code                       string
	}{
		{http.MethodPost, "me", "", "", 405, "UnknownOperationException"},
		{http.MethodGet, "sampling/test", "", "", 405, "UnknownOperationException"},
		{http.MethodGet, "", "", "", 404, "ResourceNotFoundException"},
		{http.MethodGet, "traces/x", "", "", 400, "InvalidRequestException"},
		{http.MethodGet, "traces/1-00000000-000000000000000000000000", "", "", 404, "ResourceNotFoundException"},
		{http.MethodGet, "traces/1-00000000-000000000000000000000000/entities/x", "", "", 400, "InvalidRequestException"},
		{http.MethodPost, "sampling/test", "http://evil.example", "{}", 403, "AccessDeniedException"},
		{http.MethodPost, "sampling/test", "", `{"nonsense":1}`, 400, "InvalidRequestException"},
		{http.MethodPost, "sampling/test", "", `{} {}`, 400, "InvalidRequestException"},
		{http.MethodPost, "sampling/test", "", `{"host":"` + strings.Repeat("x", 2<<20) + `"}`, 400, "InvalidRequestException"},
		{http.MethodGet, "complete?cursor=-1", "", "", 400, "InvalidRequestException"},
		{http.MethodGet, "nodes/operations", "", "", 400, "InvalidRequestException"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), tc.method, consoleapi.Path+tc.path, strings.NewReader(tc.body))
		if tc.origin != "" {
			r.Header.Set("Origin", tc.origin)
		}
		rec := httptest.NewRecorder()
		w.api.ServeHTTP(rec, r)
		var got struct{ Code, Message, Detail, Title string }
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if rec.Code != tc.status || got.Code != tc.code || got.Message == "" || got.Detail != got.Message || rec.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %+v", tc.method, tc.path, rec.Code, got)
		}
	}

	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, consoleapi.Path+"analyze", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	z, err := gzip.NewReader(rec.Body)
	if err != nil {
		t.Fatalf("%s: %v", rec.Header().Get("Content-Encoding"), err)
	}
	if b, err := io.ReadAll(z); err != nil || !json.Valid(b) {
		t.Errorf("compressed: %v", err)
	}
}

func TestTracesAndEntities(t *testing.T) {
	w := newWorld(t)
	w.put(
		document(7, "1", "", "web", 0, 1, `"metadata":{"m":{"k":1}},"subsegments":[{"id":"0000000000000002","name":"api","namespace":"remote","start_time":1700000000.1,"end_time":1700000000.9,"subsegments":[{"id":"0000000000000004","name":"x","start_time":1700000000.1,"end_time":1700000000.2}]}]`),
		document(7, "3", "2", "api", 0.2, 0.8, `"origin":"AWS::ECS::Container"`),
	)
	for _, id := range []string{"1-65530000-000000000000000000000007", "65530000000000000000000000000007"} {
		got := get[struct {
			ID      string
			Count   int
			Columns struct {
				ID     []string
				Parent []int
			}
		}](w, "traces/"+id)
		if got.Count != 4 || got.ID != "1-65530000-000000000000000000000007" || len(got.Columns.ID) != 4 || got.Columns.ID[0] != "0000000000000001" {
			t.Errorf("%s: %+v", id, got)
		}
	}
	type entity struct {
		Kind, Outcome     string
		Parent, Segment   *string
		Children, Callees []string
		Node              *struct{ Name, Type string }
		Document          map[string]any
	}
	got := get[entity](w, "traces/1-65530000-000000000000000000000007/entities/0000000000000002")
	if got.Kind != "subsegment" || *got.Parent != "0000000000000001" || got.Node.Name != "api" || got.Node.Type != "AWS::ECS::Container" ||
		!cmp.Equal(got.Children, []string{"0000000000000004"}) || !cmp.Equal(got.Callees, []string{"0000000000000003"}) || got.Document["subsegments"] != nil {
		t.Errorf("entity: %+v", got)
	}
	if got := get[entity](w, "traces/1-65530000-000000000000000000000007/entities/0000000000000001"); got.Document["metadata"] == nil || got.Parent != nil {
		t.Errorf("segment: %+v", got)
	}
	if status, _ := w.problem("traces/1-65530000-000000000000000000000007/entities/00000000000000ff", ""); status != 404 {
		t.Errorf("unknown entity: %d", status)
	}
}

// events reads a stream.
type events struct {
	*testing.T
	lines *bufio.Scanner
	resp  *http.Response
}

func (w *world) tail(t *testing.T, query, lastID string) *events {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.server.URL+consoleapi.Path+"tail"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", lastID)
	resp, err := w.server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return &events{t, bufio.NewScanner(resp.Body), resp}
}

// next returns the next event of one of the kinds; "" when the stream has ended.
func (e *events) next(kinds ...string) (kind, id string, data map[string]any) {
	e.Helper()
	for e.lines.Scan() {
		name, value, _ := strings.Cut(e.lines.Text(), ": ")
		switch name {
		case "event":
			kind = value
		case "id":
			id = value
		case "data":
			data = nil
			if err := json.Unmarshal([]byte(value), &data); err != nil {
				e.Fatal(err)
			}
		case "":
			if slices.Contains(kinds, kind) {
				return kind, id, data
			}
		}
	}
	return "", "", nil
}

func TestTail(t *testing.T) {
	w := newWorld(t)
	e := w.tail(t, params("q", "fault"), "")
	if got := e.resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
	if kind, _, data := e.next("hello"); kind == "" || data["perSecond"] != 20.0 {
		t.Fatalf("hello: %v", data)
	}
	w.put(document(1, "1", "", "shop", 0, 1, ""), document(2, "1", "", "shop", 0, 1, fault(500, "x")))
	_, id, data := e.next("trace")
	if data["Id"] != "1-65530000-000000000000000000000002" || data["HasFault"] != true || data["MatchedEventTime"] == nil {
		t.Fatalf("trace: %v", data)
	}
	if _, _, data := e.next("heartbeat"); data["matched"] != 1.0 || data["sent"] != 1.0 {
		t.Errorf("heartbeat: %v", data)
	}

	// A client that was there long ago.
	old := w.tail(t, "", strconv.FormatInt(time.Now().Add(-time.Hour).UnixNano(), 10))
	if kind, _, data := old.next("gap"); kind == "" || data["reason"] != "reconnect" {
		t.Errorf("gap: %v", data)
	}
	again := w.tail(t, "", id)
	again.next("hello")

	w.api.Close()
	for _, e := range []*events{e, old, again} {
		if _, _, data := e.next("end"); data["reason"] != "shutdown" {
			t.Errorf("end: %v", data)
		}
		if kind, _, _ := e.next("trace", "end", "hello", "gap", "heartbeat"); kind != "" {
			t.Errorf("%s after the end", kind)
		}
	}
}

func TestTailsAreBounded(t *testing.T) {
	w := newWorld(t)
	for range 32 {
		if kind, _, _ := w.tail(t, "", "").next("hello"); kind == "" {
			t.Fatal("no stream")
		}
	}
	if status, p := w.problem("tail", ""); status != 429 || p["kind"] != "throttled" {
		t.Errorf("one more: %d %v", status, p)
	}
}

func TestSamplingTest(t *testing.T) {
	w := newWorld(t)
	rule := sampling.Rule{
		Name: "health", Priority: 10, ServiceName: "*", ServiceType: "*", Host: "*", HTTPMethod: "*", URLPath: "/health", ResourceARN: "*",
		Attributes: map[string]string{"tier": "gold"},
	}
	if _, err := w.sampling.Create(t.Context(), rule); err != nil {
		t.Fatal(err)
	}
	type mismatch struct {
		Field, Pattern string
		Value          *string
	}
	type verdict struct {
		Name             string
		Matches, Decides bool
		Mismatches       []mismatch
	}
	type answer struct {
		Match string
		Rules []verdict
	}
	path := "/orders"
	want := answer{"Default", []verdict{
		{"health", false, false, []mismatch{{"urlPath", "/health", &path}, {"attributes.tier", "gold", nil}}},
		{"Default", true, true, []mismatch{}},
	}}
	if diff := cmp.Diff(want, post[answer](w, "sampling/test", `{"urlPath":"/orders","serviceName":"shop"}`)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := post[answer](w, "sampling/test", `{"urlPath":"/health","attributes":{"tier":"GOLD"}}`); got.Match != "health" || !got.Rules[1].Matches || got.Rules[1].Decides {
		t.Errorf("got %+v", got)
	}
}

func TestWhatIf(t *testing.T) {
	w := newWorld(t)
	var docs []string
	for i := range 30 { // ten each second
		path := []string{"orders", "cart"}[i%2]
		docs = append(docs, document(i+1, "1", "", "shop", float64(i/10)+float64(i%10)/100, float64(i/10)+0.5,
			`"http":{"request":{"method":"GET","url":"http://shop.example.com/`+path+`"}}`))
	}
	docs = append(docs, document(100, "1", "9", "rootless", 0, 1, ""))
	w.put(docs...)
	type estimate struct {
		Kept  float64
		Rules []struct {
			Name         string
			Requests     int
			Kept, ByRate float64
			ByReservoir  int
		}
	}
	type answer struct {
		Scanned, Requests, Unknown int
		Complete                   bool
		Current, Proposed          estimate
		Moved                      []struct {
			From, To string
			Requests int
		}
		Caveat string
	}
	got := post[answer](w, "sampling/whatif", `{"from":1699999990,"to":1700000010,"upsert":[
		{"name":"orders","priority":5,"fixedRate":0.5,"reservoirSize":2,"host":"shop.*","urlPath":"/orders"},{"name":"Default","fixedRate":0}]}`)
	if got.Scanned != 31 || got.Requests != 30 || got.Unknown != 1 || !got.Complete || got.Caveat == "" {
		t.Errorf("got %+v", got)
	}
	// Default keeps one a second and 5 % of the rest.
	if got.Current.Kept != 3+27*0.05 {
		t.Errorf("now %+v", got.Current)
	}
	first := got.Proposed.Rules[0]
	if first.Name != "orders" || first.Requests != 15 || first.ByReservoir != 6 || first.ByRate != 4.5 || got.Proposed.Kept != 10.5+3 {
		t.Errorf("then %+v", got.Proposed)
	}
	if len(got.Moved) != 1 || got.Moved[0].To != "orders" || got.Moved[0].Requests != 15 {
		t.Errorf("moved %+v", got.Moved)
	}
	for body, status := range map[string]int{
		`{"upsert":[{"name":"new"}]}`:        400, // no priority
		`{"delete":["nobody"]}`:              404,
		`{"delete":["Default"]}`:             400,
		`{"from":1,"to":1700000000}`:         400, // too long
		`{"from":"yesterday"}`:               400,
		`{"upsert":[{"name":"x","rate":1}]}`: 400,
	} {
		if got, p := w.problem("sampling/whatif", body); got != status {
			t.Errorf("%s: %d %v", body, got, p)
		}
	}
	if n := len(w.sampling.Rules()); n != 1 {
		t.Errorf("there are %d rules now", n)
	}
}

func TestSources(t *testing.T) {
	w := newWorld(t)
	w.put(
		document(1, "1", "", "shop", 0, 1, `"aws":{"xray":{"sdk":"X-Ray for Go","sdk_version":"1.8.5"}}`),
		document(1, "2", "1", "cart", 0, 1, `"aws":{"xray":{"sdk":"X-Ray for Go","sdk_version":"1.8.5"}}`),
		document(2, "1", "", "plain", 0, 1, `"aws":{"xray":7}`),
	)
	id := "12"
	w.senders = consoleapi.Senders{
		Intakes: []consoleapi.Intake{{Protocol: "daemon", Documents: 3, Last: 5e9, Rejected: []consoleapi.RejectedCode{
			{Code: "A", Count: 1, Last: 1e9}, {Code: "B", Count: 2, Message: "m", LastID: &id, Last: 2e9},
		}}},
		Daemon:  &relay.Stats{Datagrams: 7, Dropped: relay.Drops{Kernel: 1}},
		Clients: []xrayapi.Client{{Hostname: "h", Telemetry: xrayapi.Telemetry{Sent: 4}, Reported: time.Unix(9, 0)}},
	}
	type answer struct {
		Intakes []struct {
			Protocol     string
			LastReceived *float64
			Rejected     []struct{ Code string }
		}
		Daemon struct {
			Datagrams int
			Dropped   struct{ Kernel int }
		}
		SDKs []struct {
			SDK, Version *string
			Segments     int
			Services     []string
		}
		SDKSample struct{ Traces, Segments int }
		Telemetry []struct {
			Hostname *string
			Instance *string
			Sent     int
			Reported float64
		}
	}
	got := get[answer](w, "sources")
	if len(got.SDKs) != 2 || *got.SDKs[0].Version != "1.8.5" || got.SDKs[0].Segments != 2 || len(got.SDKs[0].Services) != 2 || got.SDKs[1].SDK != nil || got.SDKSample.Traces != 2 {
		t.Errorf("SDKs: %+v of %+v", got.SDKs, got.SDKSample)
	}
	if in := got.Intakes[0]; in.Protocol != "daemon" || *in.LastReceived != 5 || in.Rejected[0].Code != "B" {
		t.Errorf("intakes: %+v", got.Intakes)
	}
	if got.Daemon.Datagrams != 7 || got.Daemon.Dropped.Kernel != 1 || got.Telemetry[0].Sent != 4 || got.Telemetry[0].Instance != nil || got.Telemetry[0].Reported != 9 {
		t.Errorf("daemon %+v, telemetry %+v", got.Daemon, got.Telemetry)
	}
}

// FuzzRequests asks every endpoint with any parameters and any body: the caller may
// be wrong, but never the server.
func FuzzRequests(f *testing.F) {
	f.Add("analyze", "from=1&a=fault&fields=annotation.x", "")
	f.Add("complete", "text=service(%22&cursor=9", "")
	f.Add("traces/1-65530000-000000000000000000000001", "", "")
	f.Add("traces/1-65530000-000000000000000000000001/entities/0000000000000001", "", "")
	f.Add("graph/compare", "cmp=1", "")
	f.Add("nodes/operations", "name=shop&q=)", "")
	f.Add("sampling/test", "", `{"attributes":{"a":"b"}}`)
	f.Add("sampling/whatif", "", `{"from":1699999990,"to":1700000010,"upsert":[{"name":"a","priority":1,"urlPath":"*"}],"delete":[]}`)
	f.Add("terms", "", `{"q":"fault AND ok","from":1}`)
	f.Add("validate", "q=%ff", "")
	w := newWorld(f)
	w.put(document(1, "1", "", "shop", 0, 1, fault(500, "x")))
	f.Fuzz(func(t *testing.T, path, query, body string) {
		if strings.Trim(path, "/") == "tail" || strings.Contains(path, "..") || strings.Contains(path, "//") {
			return // a stream does not end
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, consoleapi.Path, strings.NewReader(body))
		if body != "" {
			r.Method = http.MethodPost
		}
		r.URL.Path, r.URL.RawQuery = consoleapi.Path+path, query
		rec := httptest.NewRecorder()
		w.api.ServeHTTP(rec, r)
		if rec.Code >= 500 {
			t.Fatalf("%s?%s %s: %d %s", path, query, body, rec.Code, rec.Body)
		}
		if rec.Body.Len() > 0 && strings.HasPrefix(rec.Header().Get("Content-Type"), "application/") && !json.Valid(rec.Body.Bytes()) {
			t.Fatalf("%s?%s: not JSON: %s", path, query, rec.Body)
		}
	})
}

// BenchmarkAnalyze reports how many traces a second are analysed.
func BenchmarkAnalyze(b *testing.B) {
	w := newWorld(b)
	const traces = 20_000
	for i := range traces / 1000 {
		w.loadFrom(i*1000, 1000)
	}
	w.must(w.store.Flush(b.Context()))
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, consoleapi.Path+"analyze"+params("from", "0", "a", "fault"), nil)
		rec := httptest.NewRecorder()
		w.api.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			b.Fatal(rec.Body)
		}
	}
	b.ReportMetric(float64(traces*b.N)/b.Elapsed().Seconds(), "traces/s")
}
