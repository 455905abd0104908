package datagram_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/radiograph/radiograph/datagram"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const header = `{"format":"json","version":1}` + "\n"

// listen opens a socket. The returned function starts a reader; the one that this
// returns ends it.
func listen(t *testing.T, address string, r *datagram.Reader) (start func() (stop func())) {
	t.Helper()
	sockets, err := datagram.ListenUDP(t.Context(), address, 1, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	r.Socket, r.Counts = sockets[0], new(datagram.Counts)
	if r.Queue == nil {
		r.Queue = datagram.NewQueue(1 << 20)
	}
	t.Cleanup(func() {
		if err := r.Socket.Close(); err != nil {
			t.Error(err)
		}
	})
	return func() (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		return func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
		}
	}
}

func dial(t *testing.T, address net.Addr) net.Conn {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "udp", address.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func send(t *testing.T, conn net.Conn, datagrams ...string) {
	t.Helper()
	for _, d := range datagrams {
		if _, err := conn.Write([]byte(d)); err != nil {
			t.Fatal(err)
		}
	}
}

func text(docs [][]byte) (s []string) {
	for _, d := range docs {
		s = append(s, string(d))
	}
	return s
}

func TestSources(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", ":0"} { // the second sees IPv4 in IPv6
		r := datagram.Reader{}
		stop := listen(t, address, &r)()
		port := netip.MustParseAddrPort(r.Socket.Addr().String()).Port()
		var want []netip.Addr
		for i := range 3 {
			source := netip.AddrFrom4([4]byte{127, 0, 0, byte(i + 1)})
			want = append(want, source)
			d := net.Dialer{LocalAddr: net.UDPAddrFromAddrPort(netip.AddrPortFrom(source, 0))}
			conn, err := d.DialContext(t.Context(), "udp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				t.Fatal(err)
			}
			send(t, conn, "no document", header+"{}")
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}
		var got []netip.Addr
		for len(got) < len(want) {
			c := <-r.Queue.Ready()
			got = append(got, c.Sources...)
			r.Queue.Release(c)
		}
		stop()
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Errorf("%s: sources (-want +got):\n%s", address, diff)
		}
		if bad, all := r.Counts.BadHeader.Load(), r.Counts.Datagrams.Load(); bad != 3 || all != 6 {
			t.Errorf("%d of %d datagrams are bad, want 3 of 6", bad, all)
		}
	}
}

// TestMaxDelay has documents wait for as long as the reader runs, and then for a
// moment only.
func TestMaxDelay(t *testing.T) {
	r := datagram.Reader{MaxDelay: time.Hour}
	stop := listen(t, "127.0.0.1:0", &r)()
	conn := dial(t, r.Socket.Addr())
	send(t, conn, header+`{"n":1}`)
	for r.Counts.Datagrams.Load() < 1 { // it has been taken
		runtime.Gosched()
	}
	send(t, conn, header+`{"n":2}`)
	stop()
	r.Queue.Close()
	var chunks [][]string
	for c := range r.Queue.Ready() {
		chunks = append(chunks, text(c.Docs))
		r.Queue.Release(c)
	}
	if diff := cmp.Diff([][]string{{`{"n":1}`, `{"n":2}`}}, chunks); diff != "" {
		t.Errorf("chunks (-want +got):\n%s", diff)
	}

	short := datagram.Reader{MaxDelay: time.Millisecond}
	stop = listen(t, "127.0.0.1:0", &short)()
	send(t, dial(t, short.Socket.Addr()), header+`{"n":3}`)
	c := <-short.Queue.Ready()
	if got := text(c.Docs); len(got) != 1 || got[0] != `{"n":3}` {
		t.Errorf("documents %q", got)
	}
	short.Queue.Release(c)
	stop()
}

func TestListenRefuses(t *testing.T) {
	first, err := datagram.ListenUDP(t.Context(), "127.0.0.1:0", 1, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := datagram.ListenUDP(t.Context(), first[0].Addr().String(), 2, 1<<20); err == nil || len(s) != 0 {
		t.Errorf("an address in use: %d sockets, %v", len(s), err)
	}
	if err := errors.Join(first[0].Close(), first[0].Close()); err != nil {
		t.Errorf("Close: %v", err)
	}
}
