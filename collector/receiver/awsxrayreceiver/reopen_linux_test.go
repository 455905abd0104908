package awsxrayreceiver_test

import (
	"net/netip"
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// TestBrokenSocketIsOpenedAgain puts something else in the place of the receiver's
// socket.
func TestBrokenSocketIsOpenedAgain(t *testing.T) {
	next := newSink()
	r := start(t, next, nil)
	r.send(1, header+segmentNamed("before", 1))
	next.wait(t, 1)
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	socket := findSocket(t, netip.MustParseAddrPort(r.address))
	if err := unix.Dup3(int(file.Fd()), socket, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	for i := 0; r.logs.FilterMessage("socket is opened again").Len() == 0; i++ {
		r.send(1, header+segmentNamed("lost with the socket", i)) // wakes the reader, which waits on the old socket
	}
	for i := 0; len(next.arrivals()) < 2; i++ {
		r.send(1, header+segmentNamed("after", i))
	}
	r.stop()
	if got := r.count("otelcol_awsxray_receiver_socket_reopens"); got < 1 {
		t.Errorf("%d sockets were opened again", got)
	}
}

// findSocket returns the descriptor of the socket with that address.
func findSocket(t *testing.T, address netip.AddrPort) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		fd, err := strconv.Atoi(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		name, err := unix.Getsockname(fd)
		if err != nil {
			continue
		}
		if n, ok := name.(*unix.SockaddrInet4); ok && netip.AddrPortFrom(netip.AddrFrom4(n.Addr), uint16(n.Port)) == address {
			if kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err == nil && kind == unix.SOCK_DGRAM {
				return fd
			}
		}
	}
	t.Fatalf("no socket has the address %s", address)
	return -1
}
