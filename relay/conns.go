package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/radiograph/radiograph/internal/backoff"
)

const (
	firstByteTimeout = 10 * time.Second
	acceptPause      = 100 * time.Millisecond // when the process has no descriptors left
	streamGrace      = 250 * time.Millisecond // to read what is on its way when the relay stops
)

// connections limits and tracks accepted connections. Those that were handed to
// the HTTP server count until they are closed, but are no longer tracked.
type connections struct {
	slots  chan struct{}
	wg     sync.WaitGroup // of tracked connections
	stopAt atomic.Pointer[time.Time]

	mu   sync.Mutex // guards open
	open map[net.Conn]struct{}
}

func (c *connections) init(limit int) {
	c.slots = make(chan struct{}, limit)
	c.open = map[net.Conn]struct{}{}
}

// acquire waits for a slot; it reports false when ctx is done.
func (c *connections) acquire(ctx context.Context) bool {
	select {
	case c.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *connections) release() { <-c.slots }

func (c *connections) track(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[conn] = struct{}{}
}

func (c *connections) untrack(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
}

// stop ends all waiting for input at t.
func (c *connections) stop(t time.Time) {
	c.stopAt.Store(&t)
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		_ = conn.SetReadDeadline(t) // fails only when it is closed
	}
}

// waitUntil lets reads of conn wait until t, or until the relay stops.
func (c *connections) waitUntil(conn net.Conn, t time.Time) error {
	err := conn.SetReadDeadline(t)
	// stop may have come before or after; its deadline wins in either case.
	if stop := c.stopAt.Load(); stop != nil && stop.Before(t) {
		err = conn.SetReadDeadline(*stop)
	}
	return err
}

// wait waits for the tracked connections to be closed or handed over.
func (c *connections) wait() { c.wg.Wait() }

// slotConn gives its slot back when it is closed.
type slotConn struct {
	net.Conn
	first   []byte // read already
	release func()
}

// Read returns the first byte again, then what follows.
func (c *slotConn) Read(b []byte) (int, error) {
	if len(c.first) > 0 && len(b) > 0 {
		n := copy(b, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}

func (c *slotConn) Close() error {
	err := c.Conn.Close()
	c.release()
	return err
}

// accept serves the connections of l until ctx is done.
func (r *Relay) accept(ctx context.Context, l net.Listener, web *webServer) error {
	defer context.AfterFunc(ctx, func() {
		_ = l.Close() // Relay.Close reports what there is to report
	})()
	for r.conns.acquire(ctx) {
		conn, err := l.Accept()
		if err != nil {
			r.conns.release()
			switch {
			case ctx.Err() != nil:
				return nil
			case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ECONNABORTED):
				r.opts.Logger.Warn("connection not accepted", "err", err)
				backoff.Wait(ctx, acceptPause)
				continue
			}
			return fmt.Errorf("accept on %s: %w", l.Addr(), err)
		}
		c := &slotConn{Conn: conn, release: sync.OnceFunc(r.conns.release)}
		r.conns.track(c)
		r.conns.wg.Go(func() { r.serveConn(c, web) })
	}
	return nil
}

// serveConn finds out by its first byte what conn speaks.
func (r *Relay) serveConn(conn *slotConn, web *webServer) {
	defer r.conns.untrack(conn)
	var first [1]byte
	err := r.conns.waitUntil(conn, time.Now().Add(firstByteTimeout))
	if err == nil {
		_, err = conn.Conn.Read(first[:])
	}
	if err != nil {
		_ = conn.Close() // nothing was said, nothing is lost
		return
	}
	conn.first = first[:]
	if first[0] == '{' {
		r.serveStream(conn)
		return
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		_ = conn.Close()
		return
	}
	web.offer(conn)
}
