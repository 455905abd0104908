package console_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/console"
	"github.com/radiograph/radiograph/ingest"
	"github.com/radiograph/radiograph/load"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/store/storetest"
	assembled "github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

func get(t *testing.T, opts console.Options) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	console.New(opts).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	return w
}

// loaded returns a store with n traces that have just ended.
func loaded(t *testing.T, n int) store.Store {
	t.Helper()
	st := storetest.NewMemory(nil)
	in := ingest.New(st, ingest.Options{})
	g := load.NewGenerator(1, 0)
	for i := range n {
		tr := g.Trace(uint64(i), time.Now())
		var docs [][]byte
		for d := range load.DocumentsPerTrace {
			docs = append(docs, g.AppendDocument(nil, &tr, d))
		}
		if rejected, err := in.Put(t.Context(), docs); err != nil || len(rejected) > 0 {
			t.Fatal(rejected, err)
		}
	}
	return st
}

func TestPageShowsMapAndTraces(t *testing.T) {
	page := get(t, console.Options{Store: loaded(t, 20), Version: "v1.2.3", Endpoint: "http://127.0.0.1:2080", Daemon: "127.0.0.1:2000"}).Body.String()
	for _, want := range []string{
		`<svg xmlns=`, `>storefront<`, `>AWS::DynamoDB::Table<`, "Newest traces", "v1.2.3",
		"radiograph trace 1-", "AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000", "https://shop.example.com/orders/",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

// trace asks for the page of a trace.
func trace(t *testing.T, opts console.Options, id string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, console.TracePath+id, nil)
	r.SetPathValue("id", id)
	console.New(opts).Trace(w, r)
	return w
}

// TestTraceIsALinkAway follows the first link to a trace on the page.
func TestTraceIsALinkAway(t *testing.T) {
	opts := console.Options{Store: loaded(t, 1), Endpoint: "http://127.0.0.1:2080"}
	link := regexp.MustCompile(`href="` + console.TracePath + `(1-[0-9a-f-]+)"`).FindStringSubmatch(get(t, opts).Body.String())
	if link == nil {
		t.Fatal("the page has no link to a trace")
	}
	r := trace(t, opts, link[1])
	page := r.Body.String()
	if r.Code != http.StatusOK {
		t.Errorf("got %d", r.Code)
	}
	for _, want := range []string{
		"<b>storefront</b>", "<b>orders</b>", "PutObject", `<rect class="ok" x="0" width="1000"`,
		"radiograph trace --endpoint http://127.0.0.1:2080 " + link[1], `<a href="/">Service map</a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	for _, unwanted := range []string{"<script", "style=", "http-equiv"} {
		if strings.Contains(page, unwanted) {
			t.Errorf("the page has %s", unwanted)
		}
	}
}

func TestTraceThatIsNotThere(t *testing.T) {
	for _, id := range []string{"1-5759e988-bd862e3fe1be46a994272793", `<script>"`} {
		r := trace(t, console.Options{Store: loaded(t, 1)}, id)
		if page := r.Body.String(); r.Code != http.StatusNotFound || !strings.Contains(page, "There is no such trace") || strings.Contains(page, "<script") {
			t.Errorf("%s: got %d:\n%s", id, r.Code, page)
		}
	}
}

func TestEmptyPageSaysWhatToDo(t *testing.T) {
	page := get(t, console.Options{Store: storetest.NewMemory(nil)}).Body.String()
	for _, want := range []string{"No traces yet", "radiograph up --demo"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

// TestPolicyAllowsTheStyleSheetOnly checks that the browser will apply the style
// sheet as it is on the page, and that nothing else is inline.
func TestPolicyAllowsTheStyleSheetOnly(t *testing.T) {
	r := get(t, console.Options{Store: loaded(t, 5)})
	page := r.Body.String()
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page)
	if style == nil {
		t.Fatal("no style sheet")
	}
	sum := sha256.Sum256([]byte(style[1]))
	policy := r.Header().Get("Content-Security-Policy")
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
		t.Errorf("policy %q does not allow the style sheet, whose hash is %s", policy, want)
	}
	if !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("policy %q allows more than it must", policy)
	}
	for _, unwanted := range []string{"<script", "style=", "onload=", "http-equiv=\"Content"} {
		if strings.Contains(page, unwanted) {
			t.Errorf("the page has %s", unwanted)
		}
	}
}

// broken is a store that cannot answer.
type broken struct{ console.Reader }

func (broken) Traces(context.Context, []traceid.ID) iter.Seq2[*assembled.Trace, error] {
	return func(yield func(*assembled.Trace, error) bool) { yield(nil, errors.New("disk on fire")) }
}

func (broken) Graph(context.Context, store.GraphQuery) (store.Graph, error) {
	return store.Graph{}, errors.New("disk on fire")
}

func TestBrokenStoreTellsNoDetails(t *testing.T) {
	opts := console.Options{Store: broken{}}
	for _, r := range []*httptest.ResponseRecorder{get(t, opts), trace(t, opts, "1-5759e988-bd862e3fe1be46a994272793")} {
		if page := r.Body.String(); r.Code != http.StatusInternalServerError || strings.Contains(page, "fire") {
			t.Errorf("got %d:\n%s", r.Code, page)
		}
	}
}
