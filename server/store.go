package server

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/store/block"
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
	boundMemory(s.config.Store)
	loaded := make(chan struct{})
	defer close(loaded)
	opts := StoreOptions(s.config.Store)
	opts.Logger = s.log
	opts.Account = s.config.AccountID
	opts.Classify = func(sum *trace.Summary, known []trace.Membership) []trace.Membership {
		<-loaded
		if s.groups == nil { // they could not be loaded, and the store is closing
			return known
		}
		return s.groups.Classify(sum, known)
	}
	var err error
	if s.store, err = block.Open(dir, opts); err != nil { //nolint:contextcheck // the store stops when it is closed
		if problem.KindOf(err) != problem.Internal {
			return err // it names the store
		}
		return fmt.Errorf("open store %s: %w", dir, err)
	}
	if s.groups, err = group.New(ctx, s.store, "arn:aws:xray:"+s.config.Region+":"+s.config.AccountID+":", s.groupOptions()...); err != nil {
		return fmt.Errorf("load groups: %w", err)
	}
	return nil
}

// boundMemory asks the runtime to collect garbage more often before the heap grows
// far beyond what the store keeps. A bound much nearer to the store's own makes the
// collector take half of the machine just when the store is busiest. GOMEMLIMIT
// says otherwise.
func boundMemory(c config.Store) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(4 * c.Memory)
	}
}

// StoreOptions translates what users write to what the engine takes.
func StoreOptions(c config.Store) block.Options {
	head := c.Head
	if head == 0 {
		head = c.Memory / 4
	}
	return block.Options{
		Sync:        map[string]block.Sync{"always": block.SyncAlways, "interval": block.SyncInterval, "never": block.SyncNever}[c.Sync],
		HeadBytes:   head,
		MemoryBytes: c.Memory,
		Settle:      c.Settle,
		Retention:   c.Retention,
		DiskBytes:   c.Disk,
	}
}
