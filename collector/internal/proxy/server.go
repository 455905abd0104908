package proxy

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.uber.org/zap"
	"golang.org/x/net/netutil"
	"golang.org/x/sync/semaphore"
)

const (
	maxConns = 1024
	maxBody  = 8 << 20  // bytes of a request; SDKs send a few hundred
	maxHeld  = 64 << 20 // bytes of all requests under way

	headerTimeout  = 10 * time.Second
	requestTimeout = time.Minute
	answerTime     = 2 * requestTimeout // from the end of the request's header to the end of the answer
	idleTimeout    = 90 * time.Second
)

// Server is a proxy. Use [New].
type Server struct {
	address string
	log     *zap.Logger
	route   *route
	bodies  *semaphore.Weighted // of maxHeld

	listener net.Listener
	http     http.Server
	running  sync.WaitGroup
	stop     context.CancelFunc
}

// New returns a proxy that is not listening yet.
func New(cfg *Config, log *zap.Logger) *Server {
	s := &Server{
		address: cmp.Or(cfg.Endpoint, DefaultEndpoint),
		log:     log,
		route:   newRoute(cfg, log),
		bodies:  semaphore.NewWeighted(maxHeld),
	}
	s.http = http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      answerTime,
		IdleTimeout:       idleTimeout,
		ErrorLog:          stdLog(log),
	}
	return s
}

// Start listens, and serves until [Server.Shutdown]. That there are no credentials
// is logged, but no error. A server that fails later tells host, which may be nil.
func (s *Server) Start(ctx context.Context, host component.Host) error {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", s.address)
	if err != nil {
		return fmt.Errorf("listen for requests to AWS: %w", err)
	}
	s.listener = l
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.running.Go(func() {
		if err := s.http.Serve(netutil.LimitListener(l, maxConns)); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("proxy stopped", zap.Error(err))
			componentstatus.ReportStatus(host, componentstatus.NewPermanentErrorEvent(err))
		}
	})
	s.running.Go(func() { s.route.announce(background, l.Addr()) })
	return nil
}

// Addr returns the address of the server, nil before it was started.
func (s *Server) Addr() net.Addr {
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Shutdown finishes the requests under way, until ctx is done. It may be called
// whether the server was started or not.
func (s *Server) Shutdown(ctx context.Context) error {
	if s.listener == nil {
		return nil
	}
	s.stop()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close()) // what is left has had its time
	}
	s.running.Wait()
	s.route.close()
	return err
}

// serve forwards one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	held := int64(maxBody)
	if r.ContentLength >= 0 {
		held = min(r.ContentLength, maxBody)
	}
	if err := s.bodies.Acquire(ctx, held); err != nil {
		refuse(w, http.StatusServiceUnavailable, "too many requests are under way")
		return
	}
	defer s.bodies.Release(held)
	// The signature covers the body, so all of it must be here first.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the request's body has more than %d bytes", maxBody))
		return
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "the request's body ended early")
		return
	}
	t, err := s.route.find(ctx)
	if err != nil {
		unavailable(w, err)
		return
	}
	in := r.WithContext(ctx)
	in.ContentLength = int64(len(body))
	in.TransferEncoding = nil
	in.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	if in.Body, err = in.GetBody(); err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	t.proxy.ServeHTTP(w, in)
}

// unavailable answers a request that cannot be signed or sent, for want of a
// region, of credentials, or of a usable configuration.
func unavailable(w http.ResponseWriter, err error) {
	refuse(w, http.StatusServiceUnavailable, "the proxy cannot forward to AWS: "+err.Error())
}

// refuse answers in the manner of AWS.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	if status == http.StatusServiceUnavailable {
		w.Header().Set("X-Amzn-Errortype", "ServiceUnavailableException")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message}) // the peer may have gone
}
