// Command probe is what tests put into pods to see whether a cluster's network works.
//
//	probe serve ADDRESS          answers on TCP (HTTP) and UDP with what it was sent and its host's name
//	probe ask tcp|udp ADDRESS X  sends X there and prints the answer
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// patience is how long an answer may take. A datagram can get lost; who asks, asks again.
const patience = 2 * time.Second

// maxText is the most that is sent or answered, and fits into a datagram.
const maxText = 1400

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "serve":
		return serve(ctx, args[1])
	case len(args) == 4 && args[0] == "ask" && args[1] == "tcp":
		return askTCP(ctx, args[2], args[3])
	case len(args) == 4 && args[0] == "ask" && args[1] == "udp":
		return askUDP(ctx, args[2], args[3])
	default:
		return errors.New("usage: probe serve ADDRESS | probe ask tcp|udp ADDRESS TEXT")
	}
}

func serve(ctx context.Context, address string) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	var config net.ListenConfig
	packets, err := config.ListenPacket(ctx, "udp", address)
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr:              address,
		ReadHeaderTimeout: patience,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxText))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			fmt.Printf("tcp from %s: %q\n", r.RemoteAddr, text)
			fmt.Fprintf(w, "%s from %s", text, host)
		}),
	}
	ended := make(chan error, 2)
	go func() { ended <- server.ListenAndServe() }()
	go func() { ended <- echo(packets, host) }()
	fmt.Printf("serving on %s\n", address)
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return errors.Join(server.Close(), packets.Close())
	}
}

func echo(packets net.PacketConn, host string) error {
	buffer := make([]byte, maxText)
	for {
		n, from, err := packets.ReadFrom(buffer)
		if err != nil {
			return err
		}
		fmt.Printf("udp from %s: %q\n", from, buffer[:n])
		if _, err := packets.WriteTo(fmt.Appendf(nil, "%s from %s", buffer[:n], host), from); err != nil {
			return err
		}
	}
}

func askTCP(ctx context.Context, address, text string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address, bytes.NewReader([]byte(text)))
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: patience}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // only read
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}

func askUDP(ctx context.Context, address, text string) error {
	dialer := net.Dialer{Timeout: patience}
	conn, err := dialer.DialContext(ctx, "udp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // the answer is what counts
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte(text)); err != nil {
		return err
	}
	buffer := make([]byte, 2*maxText)
	n, err := conn.Read(buffer)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(buffer[:n])
	return err
}
