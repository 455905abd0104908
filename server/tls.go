package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/internal/tlsfile"
	"github.com/radiograph/radiograph/problem"
)

// clientAuth is what the values of tls.client_auth mean. A certificate that comes is
// verified in either case.
var clientAuth = map[string]tls.ClientAuthType{
	config.ClientAuthRequest: tls.VerifyClientCertIfGiven,
	config.ClientAuthRequire: tls.RequireAndVerifyClientCert,
}

// openTLS reads the certificate, if there is one, and says where one is missed.
func (s *Server) openTLS() (err error) {
	c := s.config.TLS
	if plain := s.config.Plain(); len(plain) > 0 {
		s.log.Warn("no TLS on addresses that other machines can reach: secrets and traces travel in clear unless a proxy before them has TLS", "addresses", strings.Join(plain, ", "))
	}
	if c.CertFile == "" {
		return nil
	}
	s.tls, err = tlsfile.Open(tlsfile.Options{
		Cert: c.CertFile, Key: c.KeyFile, ClientCA: c.ClientCAFile, ClientAuth: clientAuth[c.ClientAuth], Logger: s.log,
	})
	if err != nil {
		return &problem.Error{Kind: problem.Invalid, Message: "tls", Err: err}
	}
	return nil
}

// tlsConfig is that of a listener, nil when it has no TLS.
func (s *Server) tlsConfig(listener string) *tls.Config {
	if s.tls == nil || !s.config.TLS.On(listener) {
		return nil
	}
	return s.tls.Server()
}

// grpcCredentials are the options of a gRPC server for TLS.
func (s *Server) grpcCredentials() []grpc.ServerOption {
	c := s.tlsConfig(config.ListenerOTLPGRPC)
	if c == nil {
		return nil
	}
	return []grpc.ServerOption{grpc.Creds(credentials.NewTLS(c))}
}

// scheme begins the URLs of a listener.
func (s *Server) scheme(listener string) string {
	if s.tlsConfig(listener) != nil {
		return "https://"
	}
	return "http://"
}

// watchTLS looks for new certificates until ctx ends.
func (s *Server) watchTLS(ctx context.Context, g *errgroup.Group) {
	if s.tls == nil {
		return
	}
	g.Go(func() error {
		s.tls.Watch(ctx)
		return nil
	})
}

// strictTransport tells browsers to come by TLS only, if that is configured. Browsers
// ignore it when they did not, see RFC 6797, section 8.1.
func (s *Server) strictTransport(next http.Handler) http.Handler {
	if s.config.TLS.HSTS == 0 {
		return next
	}
	value := fmt.Sprintf("max-age=%d", s.config.TLS.HSTS/time.Second)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil {
			w.Header().Set("Strict-Transport-Security", value)
		}
		next.ServeHTTP(w, r)
	})
}
