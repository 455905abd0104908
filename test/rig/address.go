package rig

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Ports are taken from below those that Linux gives to who asks for any, which are from 32768
// on: between here and the start of a process nobody who asks for any gets its port.
const firstPort, lastPort = 15000, 32000

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
	port := firstPort + rand.IntN(lastPort-firstPort)
	tcp, err := config.Listen(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
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
