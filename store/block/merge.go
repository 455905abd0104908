package block

import (
	"bytes"
	"context"
	"fmt"
	"math/bits"
	"path/filepath"
	"slices"
	"time"

	"github.com/radiograph/radiograph/trace"
)

// mergeWidth is how many neighbouring blocks of about the same size are merged.
const mergeWidth = 4

// Merged blocks stay below these, so that dropping by age and by size is not too
// coarse.
const (
	mergeSpan  = 24 * time.Hour
	mergeBytes = 8 << 30
)

// mergeable returns neighbouring blocks that should become one.
func (s *Store) mergeable() []*part {
	s.mu.RLock()
	defer s.mu.RUnlock()
	// From the newest on: small blocks are there.
	for end := len(s.parts); end >= mergeWidth; end-- {
		if run := s.parts[end-mergeWidth : end]; worthMerging(run) {
			return run
		}
	}
	return nil
}

// worthMerging reports whether the blocks are of about one size and may become one.
func worthMerging(run []*part) bool {
	var total, smallest, largest int64
	var received span
	for i, p := range run {
		if _, ok := p.content.(*blockFile); !ok {
			return false
		}
		info := p.info()
		received.merge(info.received)
		total += info.bytes
		largest = max(largest, info.bytes)
		if i == 0 || info.bytes < smallest {
			smallest = info.bytes
		}
	}
	return tier(largest) <= tier(smallest)+1 && total <= mergeBytes && received.max-received.min <= mergeSpan.Nanoseconds()
}

// tier is the size class of a block: each is four times the one before.
func tier(size int64) int { return bits.Len64(uint64(size)>>16) / 2 }

// merge merges neighbouring blocks. The caller holds maintenance.
func (s *Store) merge(ctx context.Context, run []*part) error {
	began := time.Now()
	blocks := make([]*blockFile, len(run))
	for i, p := range run {
		blocks[i] = p.content.(*blockFile) //nolint:forcetypeassert // mergeable has seen to it
	}
	first, _, _ := parseBlockName(filepath.Base(blocks[0].path))
	_, last, _ := parseBlockName(filepath.Base(blocks[len(blocks)-1].path))
	name := blockName(first, last)
	path := filepath.Join(s.blockDir(), name)
	err := writeBlock(path, func(w *blockWriter) error { return w.merge(ctx, blocks) })
	if err != nil {
		return fmt.Errorf("merge blocks: %w", err)
	}
	b, err := openBlock(path, s.cache)
	if err != nil {
		return fmt.Errorf("merge blocks: %w", err)
	}
	m := s.manifest
	at := slices.Index(m.Blocks, filepath.Base(blocks[0].path))
	m.Blocks = slices.Replace(slices.Clone(m.Blocks), at, at+len(blocks), name)
	if err := s.writeManifest(m); err != nil {
		b.release()
		return err
	}
	for _, p := range run {
		removeBlock(p)
	}
	s.replaceParts(run, b)
	s.log.Info("blocks merged", "block", name, "blocks", len(blocks), "documents", b.dir.docs, "bytes", len(b.data), "took", time.Since(began))
	return nil
}

// merge writes what the blocks hold, oldest first. Pages and stripes are copied as
// they are.
func (w *blockWriter) merge(ctx context.Context, blocks []*blockFile) error {
	var entries []indexEntry
	for _, b := range blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		base := w.dir.rows()
		if err := w.copyBlock(b); err != nil {
			return err
		}
		more, err := b.entries(base)
		if err != nil {
			return err
		}
		entries = append(entries, more...)
		w.dir.docs += b.dir.docs
		w.dir.received.merge(b.dir.received)
		w.dir.supersedes = append(w.dir.supersedes, b.dir.supersedes...)
	}
	sortIndex(entries)
	if err := w.index(entries); err != nil {
		return err
	}
	return w.mergeRollups(ctx, blocks)
}

// copyBlock copies the pages and stripes of b.
func (w *blockWriter) copyBlock(b *blockFile) error {
	base := w.start
	for i := range b.dir.pages {
		p := b.dir.pages[i]
		raw, err := b.bytes(p.extent) // checked, so that corruption does not spread
		if err != nil {
			return err
		}
		p.start += base
		if p.extent, err = w.extent(raw); err != nil {
			return err
		}
		w.dir.pages = append(w.dir.pages, p)
		w.start = p.start + int64(p.size)
	}
	for i := range b.dir.stripes {
		st := b.dir.stripes[i]
		if _, err := b.bytes(st.extent); err != nil {
			return err
		}
		raw := b.data[st.offset : st.offset+int64(st.total)]
		st.offset, st.docs, st.firstAt = w.offset, st.docs+base, w.dir.rows()
		w.dir.stripes = append(w.dir.stripes, st)
		if err := w.copyFrom(bytes.NewReader(raw)); err != nil {
			return err
		}
	}
	return nil
}

// entries returns the index of b with rows numbered from base on.
func (b *blockFile) entries(base int) ([]indexEntry, error) {
	entries := make([]indexEntry, 0, b.dir.entries)
	for p := range b.dir.index {
		page, err := b.indexPage(p)
		if err != nil {
			return nil, err
		}
		for i := range len(page) / indexEntryBytes {
			row := uint32(base + entryRow(page, i))
			entries = append(entries, indexEntry{hash: entryHash(page, i), row: row})
		}
	}
	return entries, nil
}

// mergeRollups adds up the blocks' seconds and minutes. The seconds of a minute hold
// everything if they do in any of the blocks.
func (w *blockWriter) mergeRollups(ctx context.Context, blocks []*blockFile) error {
	var keys rollupTable
	for _, b := range blocks {
		for _, k := range b.table {
			if k.level == perSecond || k.level == perMinute {
				keys = append(keys, k)
			}
		}
	}
	loose := rollups{}
	for _, b := range blocks {
		if err := b.looseSeconds(ctx, blocks, loose); err != nil {
			return err
		}
	}
	for k := range loose {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareRollupKeys)
	return w.rollups(slices.Compact(keys), func(k rollupKey) (*rollup, error) {
		sum := &rollup{}
		if r := loose[k]; r != nil {
			sum.merge(r)
		}
		for _, b := range blocks {
			r, err := b.rollup(k)
			if err != nil {
				return nil, err
			}
			if r != nil {
				sum.merge(r)
				sum.fine = sum.fine || r.fine
			}
		}
		return sum, nil
	})
}

// looseSeconds adds up what rows of b say of the minutes of which b has no seconds
// and others of the blocks have them.
func (b *blockFile) looseSeconds(ctx context.Context, blocks []*blockFile, out rollups) error {
	for _, k := range b.table {
		isFine := func(o *blockFile) bool { return o.minute(k.n) == minuteFine }
		if k.level != perMinute || k.group != "" || isFine(b) || !slices.ContainsFunc(blocks, isFine) {
			continue
		}
		err := looseSeconds(ctx, b.stripes(), minuteSpan(k.n), func(k rollupKey, sum *trace.Summary) { out.observe(k, sum, 1) })
		if err != nil {
			return err
		}
	}
	return nil
}
