// Package tracingtest takes the place of the X-Ray daemon in tests, so that what they
// record goes nowhere else.
package tracingtest

import (
	"bytes"
	"context"
	"encoding/json"
	"net"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// Segment is what tests read of a segment.
type Segment struct {
	Name    string `json:"name"`
	TraceID string `json:"trace_id"`
}

// Daemon receives segments.
type Daemon struct{ conn net.PacketConn }

// Start makes the SDK send to a new daemon, which lives as long as the process.
func Start() (*Daemon, error) {
	conn, err := new(net.ListenConfig).ListenPacket(context.Background(), "udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &Daemon{conn}, xray.Configure(xray.Config{DaemonAddr: conn.LocalAddr().String()})
}

// Wait returns the first segment that is accepted; those before it are dropped.
func (d *Daemon) Wait(accept func(Segment) bool) (Segment, error) {
	buf := make([]byte, 64<<10)
	for {
		n, _, err := d.conn.ReadFrom(buf)
		if err != nil {
			return Segment{}, err
		}
		_, document, _ := bytes.Cut(buf[:n], []byte("\n")) // after the header
		var s Segment
		if err := json.Unmarshal(document, &s); err != nil {
			return Segment{}, err
		}
		if accept(s) {
			return s, nil
		}
	}
}
