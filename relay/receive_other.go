//go:build !linux

package relay

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

const (
	receiveBatch = 1
	slotBytes    = 64 << 10 // more than UDP can carry
)

// receiver reads one datagram at a time.
type receiver struct {
	conn net.PacketConn
	slot []byte
	n    int
}

// newReceiver takes over conn.
func newReceiver(conn net.PacketConn) (*receiver, error) {
	return &receiver{conn: conn, slot: make([]byte, slotBytes)}, nil
}

// receive waits for a datagram, or returns errStopped. Without waiting there is
// none to be had.
func (r *receiver) receive(wait bool) (int, error) {
	if !wait {
		return 0, nil
	}
	n, _, err := r.conn.ReadFrom(r.slot)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, errStopped
	}
	if err != nil {
		return 0, err
	}
	r.n = n
	return 1, nil
}

// stop makes receive return errStopped instead of waiting, from now on.
func (r *receiver) stop() {
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

// drops is unknown here.
func (r *receiver) drops() (n int64, ok bool) { return 0, true }

// growBuffer leaves the buffer as it is.
func (r *receiver) growBuffer(int) (achieved int, err error) { return 0, nil }

// sharePort is not to be had here.
func sharePort(_, _ string, _ syscall.RawConn) error {
	return errors.New("several readers of one UDP port are not supported on this system")
}
