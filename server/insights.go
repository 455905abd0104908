package server

import (
	"context"
	"time"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/insight"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
)

// openInsights loads the insights. The store and the groups must be open.
func (s *Server) openInsights(ctx context.Context) (err error) {
	s.insights, err = insight.New(ctx, insight.Options{
		State: s.store, Groups: s.groups.List, Graph: s.minute, Retention: s.config.Store.Retention,
	})
	return err
}

// minute is the source of what insights are found in.
func (s *Server) minute(ctx context.Context, g group.Group, minute int64) (*servicegraph.Graph, error) {
	start := time.Unix(minute*60, 0)
	found, err := s.store.Graph(ctx, store.GraphQuery{Start: start, End: start.Add(time.Minute), Group: g.ID, Version: g.Version})
	if err != nil {
		return nil, err
	}
	return found.Graph, nil
}

// insightPause is how often the server looks whether a minute is over. Between
// minutes this costs nothing, and a group whose insights have just been enabled is
// followed soon.
const insightPause = 5 * time.Second

// watchInsights judges every minute that is over until ctx ends. What fails is tried
// again. notify is called whenever there may be notices.
func (s *Server) watchInsights(ctx context.Context, notify func()) {
	ticks := time.NewTicker(insightPause)
	defer ticks.Stop()
	for {
		if err := s.insights.Advance(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "insights are late", "err", err)
		}
		notify()
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}
