package block

import "context"

type rollupCache struct{ bound int64 }
type manifest struct{ LogFloor uint64 }

func (s *Store) openBlocks() error            { return nil }
func (s *Store) maintain(ctx context.Context) { <-ctx.Done() }
