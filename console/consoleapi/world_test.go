package consoleapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/radiograph/radiograph/console/consoleapi"
	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/ingest"
	"github.com/radiograph/radiograph/load"
	"github.com/radiograph/radiograph/sampling"
	"github.com/radiograph/radiograph/store/block"
	"github.com/radiograph/radiograph/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a served API on a store of its own.
type world struct {
	testing.TB
	store    *block.Store
	ingest   *ingest.Ingester
	groups   *group.Registry
	sampling *sampling.Registry
	api      *consoleapi.API
	server   *httptest.Server
	senders  consoleapi.Senders
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t}
	var err error
	loaded := make(chan struct{})
	w.store, err = block.Open(t.TempDir(), block.Options{Classify: func(s *trace.Summary, known []trace.Membership) []trace.Membership {
		<-loaded
		return w.groups.Classify(s, known)
	}})
	w.must(err)
	t.Cleanup(func() { w.must(w.store.Close()) })
	w.groups, err = group.New(t.Context(), w.store, "arn:aws:xray:us-east-1:000000000000:")
	w.must(err)
	close(loaded)
	w.sampling, err = sampling.New(t.Context(), w.store)
	w.must(err)
	w.ingest = ingest.New(w.store, ingest.Options{})
	w.api, err = consoleapi.New(consoleapi.Options{
		Store: w.store, Groups: w.groups, Sampling: w.sampling,
		About: consoleapi.About{
			Version: "v1", Region: "us-east-1", AccountID: "000000000000", Endpoint: "http://127.0.0.1:2080",
			Daemon: "127.0.0.1:2000", Retention: time.Hour, Started: time.Unix(1_000_000_000, 0),
		},
		Senders: func() consoleapi.Senders { return w.senders },
		Logger:  slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	w.must(err)
	w.server = httptest.NewServer(w.api)
	t.Cleanup(func() {
		w.api.Close()
		w.server.Client().CloseIdleConnections()
		w.server.Close()
	})
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// put stores documents.
func (w *world) put(docs ...string) {
	w.Helper()
	raw := make([][]byte, len(docs))
	for i, d := range docs {
		raw[i] = []byte(d)
	}
	if rejected, err := w.ingest.Put(w.Context(), raw); err != nil || len(rejected) > 0 {
		w.Fatal(rejected, err)
	}
}

// load stores n generated traces that ended within the last minutes.
func (w *world) load(n int) {
	w.Helper()
	w.loadFrom(0, n)
}

// loadFrom stores n generated traces beginning with the first.
func (w *world) loadFrom(first, n int) {
	w.Helper()
	g := load.NewGenerator(1, 20)
	var docs []string
	for i := range n {
		tr := g.Trace(uint64(first+i), time.Now().Add(-time.Duration(n-i)*time.Second/2))
		for d := range load.DocumentsPerTrace {
			docs = append(docs, string(g.AppendDocument(nil, &tr, d)))
		}
	}
	w.put(docs...)
}

// params are the parameters of a request, name and value in turn.
func params(pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "?" + q.Encode()
}

// request sends a request, a POST if there is a body.
func (w *world) request(path, body string) (status int, text string) {
	w.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(w.Context(), method, w.server.URL+consoleapi.Path+path, strings.NewReader(body))
	w.must(err)
	resp, err := w.server.Client().Do(req)
	w.must(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	w.must(err)
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		w.Errorf("%s: Cache-Control is %q", path, got)
	}
	return resp.StatusCode, string(b)
}

// get decodes the answer of a request that must succeed.
func get[T any](w *world, path string) T { return post[T](w, path, "") }

func post[T any](w *world, path, body string) (out T) {
	w.Helper()
	status, text := w.request(path, body)
	if status != http.StatusOK {
		w.Fatalf("%s: %d %s", path, status, text)
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		w.Fatalf("%s: %v in %s", path, err, text)
	}
	return out
}

// problem returns an error answer.
func (w *world) problem(path, body string) (status int, out map[string]any) {
	w.Helper()
	status, text := w.request(path, body)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		w.Fatalf("%s: %v in %s", path, err, text)
	}
	return status, out
}

// document is the document of a segment that began so many seconds after base.
func document(trace int, id, parent, name string, start, end float64, more string) string {
	const base = 1_700_000_000
	if parent != "" {
		parent = fmt.Sprintf(`"parent_id":"%016s",`, parent)
	}
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"trace_id":"1-65530000-%024x","id":"%016s",%s"name":%q,"start_time":%.6f,"end_time":%.6f%s}`,
		trace, id, parent, name, base+start, base+end, more)
}

const documentsFrom, documentsTo = "1699999000", "1700001000"

func fault(status int, exception string) string {
	return fmt.Sprintf(`"fault":true,"http":{"request":{"method":"GET","url":"http://shop/%d"},"response":{"status":%d}},"cause":{"exceptions":[{"id":"00000000000000aa","type":"E","message":%q}]}`, status, status, exception)
}
