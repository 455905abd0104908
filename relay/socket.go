package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

// listenUDP opens n sockets on one address. On an error it returns those that are
// open.
func listenUDP(address string, n, buffer int) ([]*datagramSocket, error) {
	var config net.ListenConfig
	if n > 1 {
		config.Control = sharePort
	}
	var sockets []*datagramSocket
	for range n {
		conn, err := config.ListenPacket(context.Background(), "udp", address)
		if err != nil {
			return sockets, fmt.Errorf("listen for datagrams: %w", err)
		}
		s, err := newDatagramSocket(conn)
		if err != nil {
			return sockets, err
		}
		sockets = append(sockets, s)
		address = s.addr.String() // port 0 means the same for all
		if s.buffer, err = s.receiver.growBuffer(buffer); err != nil {
			return sockets, fmt.Errorf("grow receive buffer of %s: %w", s.addr, err)
		}
		s.gather = gatherFor(s.buffer)
	}
	return sockets, nil
}

// listenUnixgram opens a datagram socket at path. Its senders wait when it is
// full, so it gathers nothing and needs no larger buffer.
func listenUnixgram(path string) (*datagramSocket, error) {
	if err := removeStale("unixgram", path); err != nil {
		return nil, err
	}
	var config net.ListenConfig
	conn, err := config.ListenPacket(context.Background(), "unixgram", path)
	if err != nil {
		return nil, fmt.Errorf("listen for datagrams: %w", err)
	}
	s, err := newDatagramSocket(conn)
	if err != nil {
		return nil, errors.Join(err, removeSocket(path))
	}
	s.path = path
	return s, nil
}

// newDatagramSocket takes over conn.
func newDatagramSocket(conn net.PacketConn) (*datagramSocket, error) {
	addr := conn.LocalAddr()
	r, err := newReceiver(conn)
	if err != nil {
		return nil, fmt.Errorf("listen for datagrams on %s: %w", addr, err)
	}
	return &datagramSocket{addr: addr, receiver: r}, nil
}

// removeSocket removes the file of a closed socket, which may be gone already.
func removeSocket(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// removeStale removes a Unix socket at path on which nobody listens any more.
func removeStale(network, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("listen on %s: %w", path, err)
	}
	if info.Mode().Type() != os.ModeSocket {
		return fmt.Errorf("listen on %s: the file exists and is not a socket", path)
	}
	d := net.Dialer{Timeout: time.Second}
	conn, err := d.DialContext(context.Background(), network, path)
	if err == nil {
		return errors.Join(fmt.Errorf("listen on %s: another process listens there", path), conn.Close())
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove stale socket: %w", err)
	}
	return nil
}
