package load

import (
	"context"
	"fmt"
	"net"

	"golang.org/x/net/ipv4"
)

// header begins each datagram of the daemon's protocol.
const header = `{"format": "json", "version": 1}` + "\n"

// udp sends documents as datagrams, many with one system call where the system
// can do that.
type udp struct {
	gen      *Generator
	conn     net.Conn
	packets  *ipv4.PacketConn
	messages []ipv4.Message
}

func dialUDP(ctx context.Context, gen *Generator, addr string) (*udp, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", addr)
	if err != nil {
		return nil, fmt.Errorf("dial daemon: %w", err)
	}
	packets, ok := conn.(net.PacketConn)
	if !ok {
		return nil, fmt.Errorf("dial daemon %s: not a datagram socket", addr)
	}
	return &udp{gen: gen, conn: conn, packets: ipv4.NewPacketConn(packets)}, nil
}

func (u *udp) close() error { return u.conn.Close() }

// send sends each document in a datagram of its own. Datagrams are not
// acknowledged: that they were sent is all that is known.
func (u *udp) send(_ context.Context, traces []Trace) (sent, error) {
	n := len(traces) * DocumentsPerTrace
	for len(u.messages) < n {
		u.messages = append(u.messages, ipv4.Message{Buffers: [][]byte{nil}})
	}
	batch := u.messages[:n]
	for i := range batch {
		b := append(batch[i].Buffers[0][:0], header...)
		batch[i].Buffers[0] = u.gen.AppendDocument(b, &traces[i/DocumentsPerTrace], i%DocumentsPerTrace)
	}
	for len(batch) > 0 {
		done, err := u.packets.WriteBatch(batch, 0)
		if err != nil {
			return sent{}, fmt.Errorf("send datagrams: %w", err)
		}
		batch = batch[done:]
	}
	return sent{documents: int64(n)}, nil
}
