package relay

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Timeouts of HTTP. SDKs send small requests.
const (
	headerTimeout  = 10 * time.Second
	requestTimeout = time.Minute
	idleTimeout    = 90 * time.Second
)

// webServer serves HTTP on connections that are offered to it.
type webServer struct {
	server http.Server
	done   sync.WaitGroup

	conns chan net.Conn
	stop  chan struct{}
	close func()
}

// newWebServer returns a running server; shutdown ends it.
func newWebServer(api http.Handler, log *slog.Logger) *webServer {
	w := &webServer{
		server: http.Server{
			Handler:           api,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       requestTimeout,
			IdleTimeout:       idleTimeout,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		},
		conns: make(chan net.Conn),
		stop:  make(chan struct{}),
	}
	w.close = sync.OnceFunc(func() { close(w.stop) })
	w.done.Go(func() {
		if err := w.server.Serve(offered{w}); !errors.Is(err, http.ErrServerClosed) {
			log.Error("http server stopped", "err", err)
		}
	})
	return w
}

// offer hands conn to the server, or closes it when the server has ended.
func (w *webServer) offer(conn net.Conn) {
	select {
	case w.conns <- conn:
	case <-w.stop:
		_ = conn.Close() // no request was read
	}
}

// shutdown finishes the requests under way, until ctx is done.
func (w *webServer) shutdown(ctx context.Context) {
	if err := w.server.Shutdown(ctx); err != nil {
		_ = w.server.Close() // what is left has had its time
	}
	w.done.Wait()
}

// offered is the listener of a webServer.
type offered struct{ w *webServer }

// Accept returns the next connection that was offered.
func (o offered) Accept() (net.Conn, error) {
	select {
	case c := <-o.w.conns:
		return c, nil
	case <-o.w.stop:
		return nil, net.ErrClosed
	}
}

// Close makes Accept fail.
func (o offered) Close() error {
	o.w.close()
	return nil
}

// Addr returns no address: connections come from several listeners.
func (o offered) Addr() net.Addr { return &net.TCPAddr{} }
