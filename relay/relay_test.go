package relay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/relay"
	"github.com/radiograph/radiograph/segment"
)

func TestMain(m *testing.M) {
	if target := os.Getenv(senderTarget); target != "" {
		os.Exit(runSender(target))
	}
	goleak.VerifyTestMain(m)
}

const header = `{"format":"json","version":1}` + "\n"

// basket is a sink that keeps documents in memory. It rejects those that contain
// "bad".
type basket struct {
	mu    sync.Mutex
	docs  []string
	added chan struct{} // gets an element, if there is room, after every Put
	fail  func(call int) error
	calls int
}

func newBasket() *basket { return &basket{added: make(chan struct{}, 1)} }

func (b *basket) Put(_ context.Context, docs [][]byte) ([]*segment.Rejection, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	if b.fail != nil {
		if err := b.fail(b.calls); err != nil {
			return nil, err
		}
	}
	var rejections []*segment.Rejection
	for _, d := range docs {
		if bytes.Contains(d, []byte("bad")) {
			rejections = append(rejections, &segment.Rejection{Code: segment.CodeParseError})
			continue
		}
		b.docs = append(b.docs, string(d))
	}
	select {
	case b.added <- struct{}{}:
	default:
	}
	return rejections, nil
}

// wait waits until there are n documents, and returns them sorted.
func (b *basket) wait(t *testing.T, n int) []string {
	t.Helper()
	for {
		b.mu.Lock()
		docs := slices.Clone(b.docs)
		b.mu.Unlock()
		if len(docs) >= n {
			slices.Sort(docs)
			return docs
		}
		select {
		case <-b.added:
		case <-t.Context().Done():
			t.Fatalf("%d documents arrived, want %d", len(docs), n)
		}
	}
}

// serve starts a relay. The returned function ends it; it is called at the end of
// the test at the latest.
func serve(t *testing.T, opts relay.Options) (*relay.Relay, func()) {
	t.Helper()
	r, err := relay.Listen(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Serve(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	t.Cleanup(stop)
	return r, stop
}

func dial(t *testing.T, network, address string) net.Conn {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func write(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

func TestDatagrams(t *testing.T) {
	big := `{"name":"` + strings.Repeat("x", 60_000) + `"}`
	sink := newBasket()
	r, stop := serve(t, relay.Options{UDP: "127.0.0.1:0", Sink: sink})
	conn := dial(t, "udp", r.UDPAddr().String())
	good := []string{
		`{"format":"json","version":1}` + "\n" + `{"n":1}`,
		`{"format": "json", "version": 1}` + "\n" + `{"n":2}` + "\n",
		"{\"version\":1,\r\t\"format\":\"JSON\"}\r\n{\"n\":3}\r\n",
		header + big,
		header + `no json, but that is the sink's business`,
	}
	bad := []string{
		"",
		"\n",
		header,
		header + " \n",
		`{"n":4}`,
		`{"format":"json","version":2}` + "\n" + `{"n":5}`,
		`{"format":"xml","version":1}` + "\n" + `{"n":6}`,
		`{"format":"json","version":1,"pad":"` + strings.Repeat("x", 256) + `"}` + "\n" + `{"n":7}`,
	}
	for _, d := range append(good, bad...) {
		write(t, conn, d)
	}
	write(t, conn, header+`{"bad":true}`)
	want := []string{`{"n":1}`, `{"n":2}`, `{"n":3}`, big, `no json, but that is the sink's business`}
	slices.Sort(want)
	got := sink.wait(t, len(want))
	stop()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
	s := r.Stats()
	if s.Datagrams != int64(len(good)+len(bad)+1) || s.Documents != int64(len(good)) || s.Rejected["ParseError"] != 1 {
		t.Errorf("stats %+v", s)
	}
	if want := (relay.Drops{BadHeader: int64(len(bad))}); s.Dropped != want {
		t.Errorf("dropped %+v, want %+v", s.Dropped, want)
	}
}

func TestManyReadersShareAPort(t *testing.T) {
	sink := newBasket()
	r, _ := serve(t, relay.Options{UDP: "127.0.0.1:0", Readers: 3, Sink: sink})
	var want []string
	for i := range 20 { // senders with ports of their own
		conn := dial(t, "udp", r.UDPAddr().String())
		doc := fmt.Sprintf(`{"n":%02d}`, i)
		write(t, conn, header+doc)
		want = append(want, doc)
	}
	if diff := cmp.Diff(want, sink.wait(t, len(want))); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

func TestStreams(t *testing.T) {
	large := `{"name":"` + strings.Repeat(`\"}`, 200_000) + `"}`
	medium := `{"name":"` + strings.Repeat(`[{`, 50_000) + `"}`
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			sink := newBasket()
			opts := relay.Options{Sink: sink}
			path := filepath.Join(t.TempDir(), "s")
			if network == "tcp" {
				opts.TCP = "127.0.0.1:0"
			} else {
				opts.Unix = path
			}
			r, stop := serve(t, opts)
			if network == "tcp" {
				path = r.TCPAddr().String()
			}
			conn := dial(t, network, path)
			write(t, conn, "{\"format\": \"json\", \"version\": 1}\r\n")
			write(t, conn, `{"n":1}`+"\n"+`{"n":2}{"n":3}`+"\r\n\n")
			sink.wait(t, 3) // without waiting for the end of the stream
			write(t, conn, "{\n  \"n\": [4,\n    {}]\n}\n")
			write(t, conn, large+"\n"+medium)
			got := sink.wait(t, 6)
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
			stop()
			want := []string{`{"n":1}`, `{"n":2}`, `{"n":3}`, "{\n  \"n\": [4,\n    {}]\n}", large, medium}
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("documents (-want +got):\n%s", diff)
			}
			s := r.Stats()
			if s.Streams != 1 || s.StreamDocuments != 6 || s.OpenStreams != 0 || s.QueuedBytes != 0 || s.Dropped != (relay.Drops{}) {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestBadStreamsAreClosed(t *testing.T) {
	for _, tc := range []struct {
		name, sent string
		want       relay.Drops
		documents  int64
	}{
		{name: "another version", sent: `{"format":"json","version":2}` + "\n" + `{"n":1}`, want: relay.Drops{BadHeader: 1}},
		{name: "no header", sent: `{"n":1,"pad":"` + strings.Repeat("x", 300) + `"}`, want: relay.Drops{BadHeader: 1}},
		{name: "an array", sent: header + `{"n":1}[{"n":2}]`, want: relay.Drops{BadFrame: 1}, documents: 1},
		{name: "too large", sent: header + `{"n":1}` + "\n" + `{"n":"` + strings.Repeat("x", 100_000) + `"}`, want: relay.Drops{TooLarge: 1}, documents: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, stop := serve(t, relay.Options{TCP: "127.0.0.1:0", Sink: newBasket(), MaxDocumentBytes: 90_000})
			conn := dial(t, "tcp", r.TCPAddr().String())
			_, _ = io.WriteString(conn, tc.sent) // may fail when the relay closes early
			if _, err := conn.Read(make([]byte, 1)); err == nil {
				t.Error("the relay answered")
			}
			stop()
			if s := r.Stats(); s.Dropped != tc.want || s.Documents != tc.documents {
				t.Errorf("dropped %+v, %d documents, want %+v, %d", s.Dropped, s.Documents, tc.want, tc.documents)
			}
		})
	}
}

func TestCutStreamIsCounted(t *testing.T) {
	sink := newBasket()
	r, stop := serve(t, relay.Options{TCP: "127.0.0.1:0", Sink: sink})
	conn := dial(t, "tcp", r.TCPAddr().String())
	write(t, conn, header+`{"n":1}{"n":`)
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	sink.wait(t, 1)
	stop()
	if s := r.Stats(); s.Dropped != (relay.Drops{BadFrame: 1}) {
		t.Errorf("dropped %+v", s.Dropped)
	}
}

func TestMemoryForLargeDocumentsIsBounded(t *testing.T) {
	r, stop := serve(t, relay.Options{TCP: "127.0.0.1:0", Sink: newBasket(), QueueBytes: 1 << 20})
	conn := dial(t, "tcp", r.TCPAddr().String())
	_, _ = io.WriteString(conn, header+`{"n":"`+strings.Repeat("x", 2<<20)+`"}`) // fails when the relay closes early
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the relay answered")
	}
	stop()
	if s := r.Stats(); s.Dropped != (relay.Drops{QueueFull: 1}) {
		t.Errorf("dropped %+v", s.Dropped)
	}
}

func TestHTTP(t *testing.T) {
	api := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		if _, err := fmt.Fprintf(w, "%s %s %s", req.Method, req.URL.Path, body); err != nil {
			t.Error(err)
		}
	})
	socket := filepath.Join(t.TempDir(), "s")
	r, _ := serve(t, relay.Options{TCP: "127.0.0.1:0", Unix: socket, Sink: newBasket(), API: api})
	overUnix := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	for name, transport := range map[string]*http.Transport{"tcp": {}, "unix": overUnix} {
		client := http.Client{Transport: transport}
		for _, path := range []string{"/GetSamplingRules", "/SamplingTargets", "/anything"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.TCPAddr().String()+path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			if want := "POST " + path + " {}"; err != nil || string(got) != want {
				t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
		}
		client.CloseIdleConnections()
	}
}

func TestUnixDatagrams(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	sink := newBasket()
	_, stop := serve(t, relay.Options{Unixgram: path, Sink: sink})
	conn := dial(t, "unixgram", path)
	var want []string
	for i := range 100 {
		doc := fmt.Sprintf(`{"n":%02d}`, i)
		write(t, conn, header+doc)
		want = append(want, doc)
	}
	if diff := cmp.Diff(want, sink.wait(t, len(want))); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
	stop()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestStaleSockets(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, "stale")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	serve(t, relay.Options{Unix: stale, Sink: newBasket()})
	if _, err := relay.Listen(relay.Options{Unix: stale, Sink: newBasket()}); err == nil || !strings.Contains(err.Error(), "another process listens") {
		t.Errorf("a socket in use: got %v", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := relay.Listen(relay.Options{Unixgram: file, Sink: newBasket()}); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("a file: got %v", err)
	}
	if got, err := os.ReadFile(filepath.Clean(file)); err != nil || string(got) != "precious" {
		t.Errorf("the file is now %q, %v", got, err)
	}
}

func TestThrottledIsTriedAgain(t *testing.T) {
	sink := newBasket()
	sink.fail = func(call int) error {
		if call <= 3 {
			return fmt.Errorf("append: %w", problem.New(problem.Throttled, "slow down"))
		}
		return nil
	}
	r, stop := serve(t, relay.Options{UDP: "127.0.0.1:0", Sink: sink})
	write(t, dial(t, "udp", r.UDPAddr().String()), header+`{"n":1}`)
	sink.wait(t, 1)
	stop()
	if s := r.Stats(); s.Retries != 3 || s.Documents != 1 || s.Dropped != (relay.Drops{}) {
		t.Errorf("stats %+v", s)
	}
}

func TestLossesAreCountedAndLogged(t *testing.T) {
	var log bytes.Buffer
	failed := make(chan struct{})
	sink := newBasket()
	sink.fail = func(call int) error {
		if call == 1 {
			return errors.New("disk is gone")
		}
		select {
		case <-failed:
		default:
			close(failed)
		}
		return problem.New(problem.Throttled, "slow down")
	}
	r, stop := serve(t, relay.Options{
		UDP: "127.0.0.1:0", Sink: sink, Workers: 1, RetryFor: time.Nanosecond,
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	conn := dial(t, "udp", r.UDPAddr().String())
	for {
		write(t, conn, header+`{"n":1}`)
		select {
		case <-failed:
		default:
			continue
		}
		break
	}
	stop()
	s := r.Stats()
	if s.Dropped.Failed < 1 || s.Dropped.Throttled < 1 || s.Documents != 0 {
		t.Errorf("stats %+v", s)
	}
	for _, want := range []string{"relay listens for datagrams", "documents lost", "failed=", "throttled=", "relay stopped"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &log)
		}
	}
}

// TestShutdownDrains fills the queue and the receive buffer while the sink is
// stuck, then ends the relay: nothing that was sent is lost.
func TestShutdownDrains(t *testing.T) {
	const n = 3000
	stuck := make(chan struct{})
	entered := make(chan struct{}, n)
	sink := newBasket()
	sink.fail = func(int) error {
		entered <- struct{}{}
		<-stuck
		return nil
	}
	r, stop := serve(t, relay.Options{UDP: "127.0.0.1:0", Sink: sink})
	conn := dial(t, "udp", r.UDPAddr().String())
	for i := range n {
		write(t, conn, fmt.Sprintf("%s{\"n\":%d}", header, i))
	}
	<-entered
	var wg sync.WaitGroup
	wg.Go(stop)
	close(stuck)
	wg.Wait()
	if got, s := sink.wait(t, 0), r.Stats(); len(got)+int(s.Dropped.Kernel) != n {
		t.Errorf("%d documents, %d lost in the kernel, sent %d", len(got), s.Dropped.Kernel, n)
	}
}

func TestListenRefuses(t *testing.T) {
	if _, err := relay.Listen(relay.Options{UDP: "127.0.0.1:0"}); err == nil {
		t.Error("no sink: no error")
	}
	r, err := relay.Listen(relay.Options{TCP: "127.0.0.1:0", Sink: newBasket()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := relay.Listen(relay.Options{UDP: "127.0.0.1:0", TCP: r.TCPAddr().String(), Sink: newBasket()}); err == nil {
		t.Error("port in use: no error")
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Errorf("Close: %v", err)
	}
}
