package block

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"sync/atomic"

	"github.com/radiograph/radiograph/internal/mmap"
	"github.com/radiograph/radiograph/traceid"
)

// blockFile is an open block.
type blockFile struct {
	path    string
	number  uint64 // of this opening, for the cache
	file    *mmap.File
	data    []byte
	dir     *directory
	table   rollupTable
	sources []stripeSource
	cache   *lru
	checked []atomic.Bool // index pages whose checksum has been found right
	refs    atomic.Int32
	dropped atomic.Bool // delete the file when the last reference goes
}

var blockNumbers atomic.Uint64

// openBlock opens a block and checks what every query needs: directory and filter.
// Everything else is checked when it is read.
func openBlock(path string, cache *lru) (*blockFile, error) {
	file, err := mmap.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open block: %w", err)
	}
	b := &blockFile{path: path, number: blockNumbers.Add(1), file: file, data: file.Bytes(), cache: cache}
	if err := b.readDirectory(); err != nil {
		return nil, errors.Join(fmt.Errorf("open block %s: %w", path, err), file.Close())
	}
	b.checked = make([]atomic.Bool, len(b.dir.index))
	for i := range b.dir.rollups {
		b.table = append(b.table, b.dir.rollups[i].rollupKey)
	}
	for i := range b.dir.stripes {
		b.sources = append(b.sources, &blockStripe{b: b, i: i})
	}
	b.refs.Store(1)
	return b, nil
}

func (b *blockFile) readDirectory() error {
	size := len(b.data)
	if size < len(blockMagic)+trailerBytes || string(b.data[:len(blockMagic)]) != blockMagic {
		return corrupt("%d bytes without the magic number of a block", size)
	}
	trailer := b.data[size-trailerBytes:]
	if string(trailer[16:]) != blockMagic {
		return corrupt("no trailer at offset %d", size-trailerBytes)
	}
	e := extent{
		offset: int64(binary.LittleEndian.Uint64(trailer)), length: int(binary.LittleEndian.Uint32(trailer[8:])),
		sum: binary.LittleEndian.Uint32(trailer[12:]),
	}
	if e.offset < 0 || e.offset+int64(e.length) != int64(size-trailerBytes) {
		return corrupt("directory of %d bytes at offset %d of %d", e.length, e.offset, size)
	}
	raw, err := b.bytes(e)
	if err != nil {
		return err
	}
	if b.dir, err = decodeDirectory(raw, e.offset); err != nil {
		return err
	}
	_, err = b.bytes(b.dir.filter)
	return err
}

// bytes returns an extent, checked.
func (b *blockFile) bytes(e extent) ([]byte, error) {
	raw := b.data[e.offset : e.offset+int64(e.length)]
	if got := checksum(raw); got != e.sum {
		return nil, corrupt("%s: checksum %08x of %d bytes at offset %d, want %08x", filepath.Base(b.path), got, e.length, e.offset, e.sum)
	}
	return raw, nil
}

func (b *blockFile) decompress(e extent, size int) ([]byte, error) {
	raw, err := b.bytes(e)
	if err != nil {
		return nil, err
	}
	out, err := decompress(raw, size)
	if err != nil {
		return nil, fmt.Errorf("%s: offset %d: %w", filepath.Base(b.path), e.offset, err)
	}
	return out, nil
}

func (b *blockFile) acquire() { b.refs.Add(1) }

func (b *blockFile) release() {
	if b.refs.Add(-1) > 0 {
		return
	}
	// Nothing can be done about an error, and nothing is lost: unmapping reads
	// only, and a file that stays is deleted at the next start.
	_ = b.file.Close()
	if b.dropped.Load() {
		_ = os.Remove(b.path)
	}
}

func (b *blockFile) info() partInfo {
	return partInfo{rows: b.dir.rows(), docs: b.dir.docs, bytes: int64(len(b.data)), received: b.dir.received}
}

func (b *blockFile) stripes() []stripeSource { return b.sources }

func (b *blockFile) minutes(ms minutes) rollupTable { return b.table.minutes(ms) }
func (b *blockFile) bounds() (from, to int64)       { return b.table.bounds() }

func (b *blockFile) minute(m int64) minuteState {
	switch i, ok := slices.BinarySearchFunc(b.table, rollupKey{perMinute, m, ""}, compareRollupKeys); {
	case !ok:
		return minuteEmpty
	case b.dir.rollups[i].fine:
		return minuteFine
	}
	return minuteLoose
}

func (b *blockFile) rollup(k rollupKey) (*rollup, error) {
	i, ok := slices.BinarySearchFunc(b.table, k, compareRollupKeys)
	if !ok {
		return nil, nil
	}
	return cached(b.cache, cacheKey{kind: cacheRollup, block: b.number, item: i}, func() (*rollup, int64, error) {
		e := &b.dir.rollups[i]
		raw, err := b.decompress(e.extent, e.size)
		if err != nil {
			return nil, 0, err
		}
		r, err := decodeRollup(raw)
		if err != nil {
			return nil, 0, err
		}
		r.fine = e.fine
		return r, int64(4 * e.size), nil
	})
}

// find implements content: filter, index, and the ids themselves.
func (b *blockFile) find(id traceid.ID) ([]int, error) {
	h := hashOf(id)
	f := b.dir.filter
	if !filterHas(b.data[f.offset:f.offset+int64(f.length)], h) {
		return nil, nil
	}
	var rows []int
	// Equal hashes may begin on the page before the first that begins with h.
	p := max(0, sort.Search(len(b.dir.index), func(i int) bool { return b.dir.index[i].first >= h })-1)
	for ; p < len(b.dir.index) && b.dir.index[p].first <= h; p++ {
		page, err := b.indexPage(p)
		if err != nil {
			return nil, err
		}
		for i := searchPage(page, h); i < len(page)/indexEntryBytes && entryHash(page, i) == h; i++ {
			row := entryRow(page, i)
			same, err := b.hasID(row, id)
			if err != nil {
				return nil, err
			}
			if same {
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}

func (b *blockFile) indexPage(p int) ([]byte, error) {
	n := min(indexPageEntries, b.dir.entries-p*indexPageEntries)
	e := extent{
		offset: b.dir.indexAt + int64(p)*indexPageEntries*indexEntryBytes, length: n * indexEntryBytes, sum: b.dir.index[p].sum,
	}
	if b.checked[p].Load() {
		return b.data[e.offset : e.offset+int64(e.length)], nil
	}
	page, err := b.bytes(e)
	if err == nil {
		b.checked[p].Store(true)
	}
	return page, err
}

// locate returns the stripe of a row and its index there.
func (b *blockFile) locate(row int) (*blockStripe, int, error) {
	i := sort.Search(len(b.dir.stripes), func(i int) bool { return b.dir.stripes[i].firstAt > row }) - 1
	if i < 0 || row >= b.dir.rows() {
		return nil, 0, corrupt("%s: row %d of %d", filepath.Base(b.path), row, b.dir.rows())
	}
	return &blockStripe{b: b, i: i}, row - b.dir.stripes[i].firstAt, nil
}

func (b *blockFile) hasID(row int, id traceid.ID) (bool, error) {
	src, i, err := b.locate(row)
	if err != nil {
		return false, err
	}
	st, err := src.load(columnsOf(colID))
	if err != nil {
		return false, err
	}
	return st.ids[i] == id, nil
}

func (b *blockFile) documents(row int) ([]doc, error) {
	src, i, err := b.locate(row)
	if err != nil {
		return nil, err
	}
	st, err := src.load(columnsOf(colDocBytes))
	if err != nil {
		return nil, err
	}
	at := b.dir.stripes[src.i].docs
	for _, n := range st.docBytes[:i] {
		at += int64(n)
	}
	return b.documentsAt(at, int(st.docBytes[i]))
}

// documentsAt reads n bytes of documents at a place of their stream.
func (b *blockFile) documentsAt(at int64, n int) ([]doc, error) {
	if n == 0 {
		return nil, nil
	}
	p := sort.Search(len(b.dir.pages), func(i int) bool { return b.dir.pages[i].start > at }) - 1
	if p < 0 || at+int64(n) > b.dir.pages[p].start+int64(b.dir.pages[p].size) {
		return nil, corrupt("%s: documents at %d are in no page", filepath.Base(b.path), at)
	}
	page, err := b.docPage(p)
	if err != nil {
		return nil, err
	}
	at -= b.dir.pages[p].start
	return readDocuments(page.text[at:at+int64(n)], page.units)
}

// docText is a page of documents: packed, but not compressed.
type docText struct{ text, units []byte }

func (b *blockFile) docPage(p int) (docText, error) {
	return cached(b.cache, cacheKey{kind: cacheDocuments, block: b.number, item: p}, func() (docText, int64, error) {
		e := &b.dir.pages[p]
		raw, err := b.bytes(e.extent)
		if err != nil {
			return docText{}, 0, err
		}
		text, err := decompress(raw[:e.length-e.units], e.size)
		if err != nil {
			return docText{}, 0, fmt.Errorf("%s: offset %d: %w", filepath.Base(b.path), e.offset, err)
		}
		return docText{text: text, units: clone(raw[e.length-e.units:])}, int64(e.size + e.units), nil
	})
}
