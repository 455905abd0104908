package podidentityagent

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"
	"k8s.io/utils/lru"
)

// How sessions are remembered. The numbers are those of the agent of EKS.
const (
	maxSessions = 2000
	// renewAfter is the age at which a session is asked for anew, if its life allows: what is
	// taken away from a role's association ends so much later at the most.
	renewAfter = 3 * time.Hour
	// renewRate is how many sessions are renewed a second, before they must be.
	renewRate = 3
	// spare is what a session must have left to be of use to a pod.
	spare = time.Minute
)

// Source gives sessions; [Upstream] is the one.
type Source interface {
	Assume(ctx context.Context, token string) (Session, error)
}

// Credentials remembers sessions by the token that they were given for. It is safe for
// concurrent use.
type Credentials struct {
	source  Source
	log     *slog.Logger
	metrics *Metrics

	sessions *lru.Cache // by the token's hash, *entry
	flight   singleflight.Group
	renewals *rate.Limiter
	running  sync.WaitGroup // renewals behind the scenes
}

// entry is a session that was given.
type entry struct {
	session Session
	renew   time.Time // when it should be asked for anew
	until   time.Time // when it is of no more use, or its token is not
}

// NewCredentials returns sessions from source. metrics and log may be nil.
func NewCredentials(source Source, metrics *Metrics, log *slog.Logger) *Credentials {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Credentials{source: source, log: log, metrics: metrics, sessions: lru.New(maxSessions), renewals: rate.NewLimiter(renewRate, renewRate)}
}

// Wait returns when no renewal is under way.
func (c *Credentials) Wait() { c.running.Wait() }

// get returns the session of a token. One that is remembered comes at once; when it is time to
// renew it, that happens behind the scenes, so a pod goes on while radiograph is away, until
// its session ends.
func (c *Credentials) get(ctx context.Context, t token) (Session, error) {
	key := sha256.Sum256([]byte(t.text))
	if found, ok := c.sessions.Get(key); ok {
		e := found.(*entry)
		now := time.Now()
		if now.Before(e.until) {
			c.metrics.asked("cache")
			if !now.Before(e.renew) && c.renewals.AllowN(now, 1) {
				c.renew(ctx, key, t)
			}
			return e.session, nil
		}
		c.sessions.Remove(key)
	}
	c.metrics.asked("radiograph")
	return c.ask(ctx, key, t)
}

// ask asks once however many pods' containers want to know.
func (c *Credentials) ask(ctx context.Context, key [sha256.Size]byte, t token) (Session, error) {
	result := c.flight.DoChan(string(key[:]), func() (any, error) {
		// The answer is for all who wait, also when the first of them goes away.
		s, err := c.source.Assume(context.WithoutCancel(ctx), t.text)
		if err != nil {
			return nil, err
		}
		c.sessions.Add(key, remember(s, t, time.Now()))
		return s, nil
	})
	select {
	case r := <-result:
		if r.Err != nil {
			return Session{}, r.Err
		}
		return r.Val.(Session), nil
	case <-ctx.Done():
		return Session{}, ctx.Err()
	}
}

// renew asks behind the scenes. A session that is refused now is forgotten.
func (c *Credentials) renew(ctx context.Context, key [sha256.Size]byte, t token) {
	ctx = context.WithoutCancel(ctx)
	c.running.Go(func() {
		_, err := c.ask(ctx, key, t)
		if err == nil {
			c.metrics.renewed(true)
			return
		}
		c.metrics.renewed(false)
		if refusal, ok := errors.AsType[*Refusal](err); ok && refusal.final() {
			c.sessions.Remove(key)
		}
		c.log.WarnContext(ctx, "credentials could not be renewed", "err", err)
	})
}

// remember decides for how long. A session that would end soon is asked for after three
// quarters of its life.
func remember(s Session, t token, now time.Time) *entry {
	life := s.Expiration.Sub(now)
	e := &entry{session: s, renew: now.Add(min(renewAfter, life*3/4)), until: s.Expiration.Add(-spare)}
	if t.expires.Before(e.until) {
		e.until = t.expires
	}
	return e
}
