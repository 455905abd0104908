package block

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/radiograph/radiograph/store"
)

// Sync says when appended batches are forced to disk.
type Sync uint8

// The policies. After a kill of the process none loses an acknowledged batch; they
// differ in what a crash of the machine loses.
const (
	SyncInterval Sync = iota // at most the last Options.SyncEvery of batches
	SyncAlways               // nothing: Append returns after fsync
	SyncNever                // what the operating system had not written yet
)

// String returns the name that configuration uses.
func (s Sync) String() string {
	switch s {
	case SyncAlways:
		return "always"
	case SyncNever:
		return "never"
	case SyncInterval:
	}
	return "interval"
}

// Options configure a [Store]. Zero fields mean the defaults.
type Options struct {
	Sync      Sync
	SyncEvery time.Duration // for SyncInterval; 1 s

	HeadBytes   int64         // documents in memory before they are written as a block; 64 MiB
	MemoryBytes int64         // documents in memory, being written included, above which batches are refused; 256 MiB
	HeadAge     time.Duration // write the head when its first document is so old; 1 h
	Settle      time.Duration // how long a trace must be quiet before its summary is computed unasked; 500 ms
	CacheBytes  int64         // of decoded rollups and columns kept for queries; 32 MiB

	Retention time.Duration // drop what was received longer ago; 30 days; negative: keep
	DiskBytes int64         // drop the oldest blocks beyond this; 0: no bound

	Account  string           // the own account's id, which is left out of nodes, see trace.Trace
	Classify store.Classify   // may be nil
	Logger   *slog.Logger     // slog.DiscardHandler
	Now      func() time.Time // time.Now
}

func (o Options) withDefaults() Options {
	o.SyncEvery = cmp.Or(o.SyncEvery, time.Second)
	o.HeadBytes = cmp.Or(o.HeadBytes, 64<<20)
	o.MemoryBytes = cmp.Or(o.MemoryBytes, 256<<20)
	o.HeadAge = cmp.Or(o.HeadAge, time.Hour)
	o.Settle = cmp.Or(o.Settle, 500*time.Millisecond)
	o.CacheBytes = cmp.Or(o.CacheBytes, 32<<20)
	o.Retention = cmp.Or(o.Retention, 30*24*time.Hour)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
