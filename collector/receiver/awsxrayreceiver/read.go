package awsxrayreceiver

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.uber.org/zap"

	"github.com/radiograph/radiograph/datagram"
	"github.com/radiograph/radiograph/internal/backoff"
)

// reopenPause lies between attempts to open a socket that does not work any more.
const reopenPause = time.Second

// socket is one of the receiver's sockets, or the one that has taken its place.
type socket struct {
	current atomic.Pointer[datagram.Socket]
}

func newSocket(s *datagram.Socket) *socket {
	n := new(socket)
	n.current.Store(s)
	return n
}

func (s *socket) load() *datagram.Socket { return s.current.Load() }

// read reads s until ctx is done. When it cannot be read any more it is opened
// again.
func (r *xrayReceiver) read(ctx context.Context, s *socket, host component.Host) {
	for {
		reader := datagram.Reader{
			Socket:   s.load(),
			Queue:    r.queue,
			Counts:   &r.telemetry.received,
			MaxDelay: r.cfg.Batch.MaxDelay,
		}
		err := reader.Run(ctx)
		if err == nil {
			return
		}
		componentstatus.ReportStatus(host, componentstatus.NewRecoverableErrorEvent(err))
		if !r.reopen(ctx, s, err) {
			return
		}
		componentstatus.ReportStatus(host, componentstatus.NewEvent(componentstatus.StatusOK))
	}
}

// reopen reports false when ctx was done before there was a socket again.
func (r *xrayReceiver) reopen(ctx context.Context, s *socket, cause error) bool {
	for {
		r.log.Warn("socket is opened again", zap.Stringer("address", s.load().Addr()), zap.NamedError("cause", cause))
		r.telemetry.reopened(ctx)
		n, err := s.load().Reopen(ctx)
		if err == nil {
			s.current.Store(n)
			return true
		}
		cause = err
		if !backoff.Wait(ctx, reopenPause) {
			return false
		}
	}
}
