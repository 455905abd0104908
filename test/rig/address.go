package rig

import (
	"fmt"
	"net"
	"testing"
)

// Address returns a loopback address whose port is free for both TCP and UDP.
func Address(t testing.TB) string {
	t.Helper()
	var err error
	for range 20 {
		var address string
		if address, err = freeAddress(t); err == nil {
			return address
		}
	}
	t.Fatalf("find a free port: %v", err)
	return ""
}

func freeAddress(t testing.TB) (string, error) {
	var config net.ListenConfig
	tcp, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	address := tcp.Addr().String()
	udp, err := config.ListenPacket(t.Context(), "udp", address)
	if err != nil {
		_ = tcp.Close()
		return "", fmt.Errorf("listen: %w", err)
	}
	if err := udp.Close(); err != nil {
		return "", err
	}
	return address, tcp.Close()
}
