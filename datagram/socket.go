package datagram

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

const (
	// maxGather is how long a reader lets datagrams gather in the receive buffer
	// before it takes them, many at a time.
	maxGather = 2 * time.Millisecond

	// gatherRate is the bytes a second of receive buffer that a burst may fill while
	// datagrams gather: about 100 000 datagrams of 1 kB, which weigh 2.3 kB each.
	gatherRate = 256 << 20
)

// Socket is one open datagram socket.
type Socket struct {
	addr     net.Addr
	receiver *receiver
	gather   time.Duration // see maxGather
	buffer   int           // achieved bytes of the receive buffer; 0 when not asked for
	asked    int           // bytes of the receive buffer that were asked for
	shared   bool          // other sockets have the same address

	before    int64        // drops of the sockets in whose place this one is
	lastDrops atomic.Int64 // see Drops
}

// ListenUDP opens n sockets on one address, each with a receive buffer of that many
// bytes if the system grants them. On an error it returns those that are open.
func ListenUDP(ctx context.Context, address string, n, buffer int) ([]*Socket, error) {
	var sockets []*Socket
	for range n {
		s, err := listen(ctx, address, n > 1, buffer)
		if err != nil {
			return sockets, err
		}
		sockets = append(sockets, s)
		address = s.addr.String() // port 0 means the same for all
	}
	return sockets, nil
}

func listen(ctx context.Context, address string, shared bool, buffer int) (*Socket, error) {
	var config net.ListenConfig
	if shared {
		config.Control = sharePort
	}
	conn, err := config.ListenPacket(ctx, "udp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for datagrams: %w", err)
	}
	s, err := NewSocket(conn)
	if err != nil {
		return nil, err
	}
	s.asked, s.shared = buffer, shared
	if s.buffer, err = s.receiver.growBuffer(buffer); err != nil {
		return nil, errors.Join(fmt.Errorf("grow receive buffer of %s: %w", s.addr, err), s.Close())
	}
	s.gather = gatherFor(s.buffer)
	return s, nil
}

// Reopen opens a socket in the place of one that [ListenUDP] has opened and that
// does not work any more, and closes the old one. No [Reader] of it may run.
func (s *Socket) Reopen(ctx context.Context) (*Socket, error) {
	// What closing says about a broken socket is of no use.
	_ = s.Close()
	n, err := listen(ctx, s.addr.String(), s.shared, s.asked)
	if err != nil {
		return nil, err
	}
	n.before = s.Drops()
	n.lastDrops.Store(n.before)
	return n, nil
}

// gatherFor returns how long datagrams may gather in a receive buffer of that
// size: no burst may fill more than half of it.
func gatherFor(buffer int) time.Duration {
	return min(maxGather, time.Duration(float64(buffer)/2/gatherRate*float64(time.Second)))
}

// NewSocket takes over conn, also on an error. It gathers nothing and leaves the
// receive buffer as it is, which suits Unix sockets: their senders wait when it is
// full.
func NewSocket(conn net.PacketConn) (*Socket, error) {
	addr := conn.LocalAddr()
	r, err := newReceiver(conn)
	if err != nil {
		return nil, fmt.Errorf("listen for datagrams on %s: %w", addr, err)
	}
	return &Socket{addr: addr, receiver: r}, nil
}

// Addr returns the address of the socket.
func (s *Socket) Addr() net.Addr { return s.addr }

// Buffer returns the usable bytes of the receive buffer; 0 when unknown.
func (s *Socket) Buffer() int { return s.buffer }

// Drops returns how many datagrams the kernel has dropped because the receive
// buffer was full, those of sockets before [Socket.Reopen] included; when the socket
// is closed, what was last known.
func (s *Socket) Drops() int64 {
	if n, ok := s.receiver.drops(); ok {
		s.lastDrops.Store(s.before + n)
	}
	return s.lastDrops.Load()
}

// Close closes the socket. No [Reader] of it may run.
func (s *Socket) Close() error {
	s.Drops() // the last chance to ask
	return s.receiver.close()
}
