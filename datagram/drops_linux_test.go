package datagram_test

import (
	"strings"
	"testing"

	"github.com/radiograph/radiograph/datagram"
)

func TestKernelDropsAreCounted(t *testing.T) {
	sockets, err := datagram.ListenUDP(t.Context(), "127.0.0.1:0", 1, 4096)
	if err != nil {
		t.Fatal(err)
	}
	s := sockets[0]
	conn := dial(t, s.Addr())
	for s.Drops() == 0 {
		send(t, conn, header+`{"pad":"`+strings.Repeat("x", 1000)+`"}`)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if s.Drops() == 0 {
		t.Error("drops are forgotten when the socket is closed")
	}
}
