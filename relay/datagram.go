package relay

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/radiograph/radiograph/datagram"
)

// datagramSocket is one open socket.
type datagramSocket struct {
	*datagram.Socket
	path string // of a Unix socket, to be removed
}

func (s *datagramSocket) close() error {
	err := s.Close()
	if s.path != "" {
		err = errors.Join(err, removeSocket(s.path))
	}
	return err
}

func (r *Relay) listenUDP() error {
	sockets, err := datagram.ListenUDP(context.Background(), r.opts.UDP, r.opts.Readers, r.opts.ReceiveBuffer)
	for _, s := range sockets {
		r.datagrams = append(r.datagrams, &datagramSocket{Socket: s})
	}
	return err
}

// listenUnixgram opens a datagram socket at path. Its senders wait when it is
// full, so it gathers nothing and needs no larger buffer.
func (r *Relay) listenUnixgram(path string) error {
	if err := removeStale("unixgram", path); err != nil {
		return err
	}
	var config net.ListenConfig
	conn, err := config.ListenPacket(context.Background(), "unixgram", path)
	if err != nil {
		return fmt.Errorf("listen for datagrams: %w", err)
	}
	s, err := datagram.NewSocket(conn)
	if err != nil {
		return errors.Join(err, removeSocket(path))
	}
	r.datagrams = append(r.datagrams, &datagramSocket{Socket: s, path: path})
	return nil
}

// readDatagrams reads s until ctx is done, then what the kernel still holds.
func (r *Relay) readDatagrams(ctx context.Context, s *datagramSocket) error {
	reader := datagram.Reader{Socket: s.Socket, Queue: r.queue, Counts: &r.counters.received}
	return reader.Run(ctx)
}
