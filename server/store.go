package server

import (
	"context"
	"fmt"
	"os"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/store/storetest"
	"github.com/radiograph/radiograph/trace"
)

// openStore opens the store and the groups. They need each other: the groups live
// in the store, and the store asks them which traces belong to them. The store
// asks only in the background and in reads, so it may wait until they are loaded.
func (s *Server) openStore(ctx context.Context) error {
	dir := Scope(s.config.Data, s.config.AccountID, s.config.Region)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return &problem.Error{Kind: problem.Unavailable, Message: "data directory", Err: err, Hint: "name a directory that can be written with --data"}
	}
	loaded := make(chan struct{})
	var opts struct{ Classify store.Classify }
	opts.Classify = func(sum *trace.Summary, known []trace.Membership) []trace.Membership {
		<-loaded
		return s.groups.Classify(sum, known)
	}
	st, err := storetest.NewMemory(opts.Classify), error(nil)
	if err != nil {
		return fmt.Errorf("open store %s: %w", dir, err)
	}
	s.store = st
	s.groups, err = group.New(ctx, st, "arn:aws:xray:"+s.config.Region+":"+s.config.AccountID+":")
	if err != nil {
		// The waiting callers get an empty registry's answer while the store closes.
		return fmt.Errorf("load groups: %w", err)
	}
	close(loaded)
	return nil
}
