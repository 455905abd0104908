//go:build !linux

package relay

import (
	"errors"
	"net"
	"syscall"
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

func newReceiver(conn syscall.Conn) (*receiver, error) {
	p, ok := conn.(net.PacketConn)
	if !ok {
		return nil, errors.New("not a packet connection")
	}
	return &receiver{conn: p, slot: make([]byte, slotBytes)}, nil
}

// receive waits for a datagram. Without waiting there is none to be had.
func (r *receiver) receive(wait bool) (int, error) {
	if !wait {
		return 0, nil
	}
	n, _, err := r.conn.ReadFrom(r.slot)
	if err != nil {
		return 0, err
	}
	r.n = n
	return 1, nil
}

// datagram returns the datagram received last. It is valid until the next receive.
// One that fills the slot may have been cut.
func (r *receiver) datagram(int) (b []byte, truncated bool) { return r.slot[:r.n], r.n == slotBytes }

// drops is unknown here.
func (r *receiver) drops() (n int64, ok bool) { return 0, true }

// growReceiveBuffer leaves the buffer as it is.
func growReceiveBuffer(syscall.RawConn, int) (achieved int, err error) { return 0, nil }

// sharePort is not to be had here.
func sharePort(_, _ string, _ syscall.RawConn) error {
	return errors.New("several readers of one UDP port are not supported on this system")
}
