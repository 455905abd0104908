package block

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/internal/atomicfile"
)

// manifest lists the blocks that make up the store, oldest first. It is replaced
// atomically: what it does not list is not there.
type manifest struct {
	Version  int      `json:"version"`
	Blocks   []string `json:"blocks"`   // file names, see blockName
	Next     uint64   `json:"next"`     // number of the next block
	LogFloor uint64   `json:"logFloor"` // documents of older log files are in blocks
	Floor    int64    `json:"floor"`    // receipt times (ns) before have been dropped; 0: none
}

const (
	manifestFile    = "MANIFEST.json"
	manifestVersion = 1
	blockSuffix     = ".block"
)

// blockName names the block that holds the heads first to last.
func blockName(first, last uint64) string {
	return fmt.Sprintf("%08x-%08x%s", first, last, blockSuffix)
}

func parseBlockName(name string) (first, last uint64, ok bool) {
	n, err := fmt.Sscanf(name, "%08x-%08x.block", &first, &last)
	return first, last, err == nil && n == 2 && name == blockName(first, last) && first <= last
}

// writeManifest makes m the store's manifest, durably. The caller holds
// maintenance.
func (s *Store) writeManifest(m manifest) error {
	m.Version = manifestVersion
	text, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = atomicfile.Write(filepath.Join(s.dir, manifestFile), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	s.manifest = m
	return nil
}

// readManifest reads the manifest. One that is corrupt is set aside, and the
// blocks that are there are taken.
func (s *Store) readManifest() (manifest, error) {
	path := filepath.Join(s.dir, manifestFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return guessManifest(s.blockDir())
	}
	if err != nil {
		return manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	m, err := parseManifest(text)
	if !errors.Is(err, ErrCorrupt) {
		return m, err
	}
	s.log.Error("manifest set aside", "file", path, "err", err)
	s.quarantined.Add(1)
	if err := os.Rename(path, path+corruptSuffix); err != nil {
		return manifest{}, fmt.Errorf("set manifest aside: %w", err)
	}
	return guessManifest(s.blockDir())
}

func parseManifest(text []byte) (m manifest, err error) {
	if err := json.Unmarshal(text, &m); err != nil {
		return m, corrupt("manifest: %v", err)
	}
	if m.Version != manifestVersion {
		return m, fmt.Errorf("manifest of version %d; this program knows %d", m.Version, manifestVersion)
	}
	for _, name := range m.Blocks {
		if _, _, ok := parseBlockName(name); !ok {
			return m, corrupt("manifest: block name %q", name)
		}
	}
	return m, nil
}

// guessManifest lists the blocks that are there, without those that are part of
// others. Their names say how they follow each other.
func guessManifest(dir string) (manifest, error) {
	m := manifest{Next: 1}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return m, fmt.Errorf("list blocks: %w", err)
	}
	type named struct{ first, last uint64 }
	var found []named
	for _, e := range entries {
		if first, last, ok := parseBlockName(e.Name()); ok {
			found = append(found, named{first, last})
		}
	}
	slices.SortFunc(found, func(a, b named) int { // wider ones first
		if a.first != b.first {
			return int(a.first) - int(b.first)
		}
		return int(b.last) - int(a.last)
	})
	for _, f := range found {
		if f.last >= m.Next {
			m.Blocks = append(m.Blocks, blockName(f.first, f.last))
			m.Next = f.last + 1
		}
	}
	return m, nil
}

// openBlocks opens the blocks of the manifest and deletes what unfinished work has
// left behind.
func (s *Store) openBlocks() error {
	m, err := s.readManifest()
	if err != nil {
		return err
	}
	s.manifest = m
	if m.Floor != 0 {
		s.floor.Store(m.Floor)
	}
	var opened []string
	for _, name := range m.Blocks {
		b, err := openBlock(filepath.Join(s.blockDir(), name), s.cache)
		switch {
		case errors.Is(err, ErrCorrupt):
			s.log.Error("block set aside", "block", name, "err", err)
			s.quarantined.Add(1)
			if err := os.Rename(filepath.Join(s.blockDir(), name), filepath.Join(s.blockDir(), name+corruptSuffix)); err != nil {
				return err
			}
		case errors.Is(err, os.ErrNotExist):
			s.log.Error("block missing", "block", name)
		case err != nil:
			return err
		default:
			s.parts = append(s.parts, &part{content: b})
			opened = append(opened, name)
		}
	}
	s.findDead()
	if err := s.sweep(m); err != nil {
		return err
	}
	if len(opened) == len(m.Blocks) {
		return nil
	}
	m.Blocks = opened
	return s.writeManifest(m)
}

// sweep deletes temporary files and blocks that the manifest does not list: their
// content is in other blocks, or still in the log. A manifest that was lost lists
// what is there, so what it leaves out is part of other blocks.
func (s *Store) sweep(m manifest) error {
	entries, err := os.ReadDir(s.blockDir())
	if err != nil {
		return fmt.Errorf("list blocks: %w", err)
	}
	for _, e := range entries {
		name := e.Name()
		_, _, isBlock := parseBlockName(name)
		if strings.HasSuffix(name, atomicfile.Suffix) || isBlock && !slices.Contains(m.Blocks, name) {
			if err := os.Remove(filepath.Join(s.blockDir(), name)); err != nil {
				return fmt.Errorf("sweep: %w", err)
			}
		}
	}
	return nil
}

// findDead marks the rows that newer rows replace.
func (s *Store) findDead() {
	for i, p := range s.parts {
		for _, id := range p.content.(*blockFile).dir.supersedes { //nolint:forcetypeassert // there are no others yet
			for k, o := range s.parts[:i+1] {
				rows, err := o.find(id)
				if err != nil {
					s.log.Error("trace index unreadable", "trace_id", id.String(), "err", err)
					continue
				}
				if k == i && len(rows) > 0 {
					rows = rows[:len(rows)-1]
				}
				for _, row := range rows {
					o.dead = o.dead.with(row)
				}
			}
		}
	}
}
