package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/otlpapi"
	"github.com/radiograph/radiograph/problem"
)

func (s *Server) otlpOptions() otlpapi.Options {
	c := s.config.OTLP
	return otlpapi.Options{
		Ingest: s.newIntake(protocolOTLP),
		Encoder: otlp.Options{
			IndexedAttributes:  c.IndexedAttributes,
			IndexAllAttributes: c.IndexAllAttributes,
			MaxDocumentBytes:   s.ingestOptions().MaxDocumentBytes,
		},
		MaxBodyBytes: s.config.HTTP.MaxBody,
		Gate:         s.gate,
		Logger:       s.log,
	}
}

// bindOTLP opens the addresses of their own that spans are sent to.
func (s *Server) bindOTLP(ctx context.Context) (err error) {
	if s.otlp, err = otlpapi.New(s.otlpOptions()); err != nil {
		return err
	}
	c := s.config.OTLP
	if c.GRPC != "" {
		if s.otlpGRPC, err = listenOTLP(ctx, c.GRPC, "--otlp-grpc"); err != nil {
			return err
		}
		s.grpc = s.otlp.NewGRPCServer(s.grpcCredentials()...)
	}
	if c.HTTP != "" {
		if s.otlpHTTP, err = listenOTLP(ctx, c.HTTP, "--otlp-http"); err != nil {
			return err
		}
	}
	return nil
}

func listenOTLP(ctx context.Context, addr, flag string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &problem.Error{
			Kind: problem.Unavailable, Message: "the address for OTLP " + addr + " is in use", Err: err,
			Hint: "is an OpenTelemetry collector running? another address: " + flag + " 127.0.0.1:0, none: " + flag + "=",
		}
	}
	if err != nil {
		return nil, fmt.Errorf("listen for OTLP on %s: %w", addr, err)
	}
	return l, nil
}

// OTLPGRPCAddress is where OTLP is taken by gRPC, "" when it is not.
func (s *Server) OTLPGRPCAddress() string { return address(s.otlpGRPC) }

// OTLPEndpoint is the URL below which OTLP is taken by HTTP on an address of its own,
// "" when there is none.
func (s *Server) OTLPEndpoint() string {
	if s.otlpHTTP == nil {
		return ""
	}
	return s.scheme(config.ListenerOTLPHTTP) + address(s.otlpHTTP)
}

func address(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}

// runGRPC serves until ctx ends, then lets calls that have begun finish, up to the
// configured time.
func (s *Server) runGRPC(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error {
		if err := s.grpc.Serve(s.otlpGRPC); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			return fmt.Errorf("serve gRPC: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		s.stopGRPC(ctx)
		return nil
	})
}

func (s *Server) stopGRPC(ctx context.Context) {
	// ctx has ended: that is why the server stops.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Shutdown)
	defer cancel()
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		s.grpc.GracefulStop()
	}()
	select {
	case <-finished:
	case <-ctx.Done():
		s.log.Warn("calls cut off at stop", "err", ctx.Err())
		s.grpc.Stop() // ends GracefulStop, too
		<-finished
	}
}
