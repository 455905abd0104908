//go:build !linux

package datagram

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	receiveBatch = 1
	slotBytes    = 64 << 10 // more than UDP can carry
)

// receiver reads one datagram at a time.
type receiver struct {
	conn    net.PacketConn
	slot    []byte
	n       int
	from    net.Addr
	stopped atomic.Bool
}

// newReceiver takes over conn.
func newReceiver(conn net.PacketConn) (*receiver, error) {
	return &receiver{conn: conn, slot: make([]byte, slotBytes)}, nil
}

// receive waits for a datagram until the deadline, when it returns 0. The zero
// deadline is far away. Once stopped it returns errStopped.
func (r *receiver) receive(deadline time.Time) (int, error) {
	if err := r.conn.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	if r.stopped.Load() { // stop may have set its deadline before ours
		return 0, errStopped
	}
	n, from, err := r.conn.ReadFrom(r.slot)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && r.stopped.Load():
		return 0, errStopped
	case errors.Is(err, os.ErrDeadlineExceeded):
		return 0, nil
	case err != nil:
		return 0, err
	}
	r.n, r.from = n, from
	return 1, nil
}

// poll has nothing: without waiting there is no datagram to be had.
func (r *receiver) poll() (int, error) { return 0, nil }

// stop makes receive return errStopped instead of waiting, from now on.
func (r *receiver) stop() {
	r.stopped.Store(true)
	// It fails only when the socket is closed, and then nobody waits.
	_ = r.conn.SetReadDeadline(time.Unix(1, 0))
}

// close closes the socket.
func (r *receiver) close() error {
	if err := r.conn.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// datagram returns the datagram received last. It is valid until the next receive.
// One that fills the slot may have been cut.
func (r *receiver) datagram(int) (b []byte, truncated bool) { return r.slot[:r.n], r.n == slotBytes }

// source returns the address of the sender of the datagram received last, the zero
// Addr when it has none.
func (r *receiver) source(int) netip.Addr {
	if a, ok := r.from.(*net.UDPAddr); ok {
		return a.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// drops is unknown here.
func (r *receiver) drops() (n int64, ok bool) { return 0, true }

// growBuffer leaves the buffer as it is.
func (r *receiver) growBuffer(int) (achieved int, err error) { return 0, nil }

// sharePort is not to be had here.
func sharePort(_, _ string, _ syscall.RawConn) error {
	return errors.New("several readers of one UDP port are not supported on this system")
}
