package block

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Report is what [Check] found.
type Report struct {
	Blocks    int
	Documents int64 // in blocks
	Rows      int64
	Logs      int
	Batches   int64 // in the log
	Bytes     int64
	Problems  []string // empty when the store is sound
	SetAside  []string // files that were found corrupt earlier
}

// Check reads every byte of the store in dir and verifies it, without changing
// anything. The store should not be open meanwhile: what is being written looks
// broken.
func Check(dir string) (Report, error) {
	c := checker{dir: dir}
	if err := c.blocks(); err != nil {
		return c.report, fmt.Errorf("check store: %w", err)
	}
	if err := c.logs(); err != nil {
		return c.report, fmt.Errorf("check store: %w", err)
	}
	return c.report, nil
}

type checker struct {
	dir    string
	report Report
}

func (c *checker) problem(format string, args ...any) {
	c.report.Problems = append(c.report.Problems, fmt.Sprintf(format, args...))
}

func (c *checker) blocks() error {
	dir := filepath.Join(c.dir, blockDir)
	m, err := c.manifest()
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), corruptSuffix) {
			c.report.SetAside = append(c.report.SetAside, filepath.Join(blockDir, e.Name()))
		}
	}
	for _, name := range m.Blocks {
		if err := c.block(filepath.Join(dir, name)); err != nil {
			c.problem("block %s: %v", name, err)
		}
	}
	return nil
}

// manifest reads the manifest. A store without blocks has none.
func (c *checker) manifest() (m manifest, err error) {
	text, err := os.ReadFile(filepath.Join(c.dir, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return guessManifest(filepath.Join(c.dir, blockDir))
	}
	if err != nil {
		return m, err
	}
	m, err = parseManifest(text)
	if err != nil {
		c.problem("%s: %v", manifestFile, err)
		return guessManifest(filepath.Join(c.dir, blockDir))
	}
	return m, nil
}

func (c *checker) block(path string) error {
	b, err := openBlock(path, newLRU(4<<20))
	if err != nil {
		return err
	}
	defer b.release()
	c.report.Blocks++
	c.report.Bytes += int64(len(b.data))
	c.report.Rows += int64(b.dir.rows())
	c.report.Documents += b.dir.docs
	return b.verify()
}

// verify reads everything that the block holds.
func (b *blockFile) verify() error {
	docs := int64(0)
	for i := range b.dir.stripes {
		n, err := b.verifyStripe(i)
		if err != nil {
			return err
		}
		docs += n
	}
	if docs != b.dir.docs {
		return corrupt("%d documents, the directory says %d", docs, b.dir.docs)
	}
	entries, err := b.entries(0)
	if err != nil {
		return err
	}
	if !slices.IsSortedFunc(entries, compareEntries) || len(entries) != b.dir.rows() {
		return corrupt("index of %d entries for %d rows, or out of order", len(entries), b.dir.rows())
	}
	for _, k := range b.table {
		if _, err := b.rollup(k); err != nil {
			return err
		}
	}
	return nil
}

// verifyStripe decodes every row of a stripe, finds it in the index, and reads its
// documents, which it counts.
func (b *blockFile) verifyStripe(i int) (docs int64, err error) {
	st, err := b.sources[i].load(summaryColumns | columnsOf(colDocBytes))
	if err != nil {
		return 0, err
	}
	at := b.dir.stripes[i].docs
	for k := range st.n {
		if _, err := st.summary(k); err != nil {
			return docs, err
		}
		rows, err := b.find(st.ids[k])
		if err != nil {
			return docs, err
		}
		if !slices.Contains(rows, b.dir.stripes[i].firstAt+k) {
			return docs, corrupt("trace %s is not in the index", st.ids[k])
		}
		list, err := b.documentsAt(at, int(st.docBytes[k]))
		if err != nil {
			return docs, err
		}
		docs += int64(len(list))
		at += int64(st.docBytes[k])
	}
	return docs, nil
}

func (c *checker) logs() error {
	dir := filepath.Join(c.dir, logDir)
	seqs, err := listLogs(dir)
	if err != nil {
		return err
	}
	for i, seq := range seqs {
		data, err := os.ReadFile(filepath.Join(dir, logName(seq)))
		if err != nil {
			return err
		}
		c.report.Logs++
		c.report.Bytes += int64(len(data))
		c.log(logFile{path: logName(seq), seq: seq, data: data, last: i == len(seqs)-1})
	}
	return nil
}

func (c *checker) log(f logFile) {
	if !validLogHeader(f.data, f.seq) {
		c.problem("log %s: no valid header", f.path)
		return
	}
	for at := logHeaderBytes; at < len(f.data); {
		fr, err := nextFrame(f.data[at:])
		if err == nil {
			if fr.id.IsZero() {
				c.report.Batches++
			}
			at += fr.size
			continue
		}
		n := findFrame(f.data[at:])
		c.problem("log %s: %d bytes at offset %d: %v", f.path, n, at, err)
		at += n
	}
}
