package block

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/radiograph/radiograph/internal/atomicfile"
)

// docPageBytes is about how much of documents one page holds.
const docPageBytes = 256 << 10

// blockWriter writes a block front to back.
type blockWriter struct {
	w       *bufio.Writer
	offset  int64
	dir     directory
	open    packer // documents of the open page
	start   int64  // place of the open page's first byte in the stream
	scratch []byte
}

// writeBlock writes a block to path by way of a temporary file. fill adds what the
// block holds.
func writeBlock(path string, fill func(w *blockWriter) error) error {
	tmp := path + atomicfile.Suffix
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write block: %w", err)
	}
	w := &blockWriter{w: bufio.NewWriterSize(f, 1<<20)}
	if err := errors.Join(w.write([]byte(blockMagic)), fill(w), w.finish(), f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write block %s: %w", path, err), os.Remove(tmp))
	}
	if err := atomicfile.Commit(tmp, path); err != nil {
		return fmt.Errorf("write block: %w", err)
	}
	return nil
}

func (w *blockWriter) write(b []byte) error {
	n, err := w.w.Write(b)
	w.offset += int64(n)
	return err
}

// extent writes b and says where it is.
func (w *blockWriter) extent(b []byte) (extent, error) {
	e := extent{offset: w.offset, length: len(b), sum: checksum(b)}
	return e, w.write(b)
}

// stream is the place of the next document.
func (w *blockWriter) stream() int64 { return w.start + int64(len(w.open.text)) }

// documents adds the documents of one row and returns their length. They are never
// split between pages.
func (w *blockWriter) documents(docs []doc) (int, error) {
	p := &w.open
	before := len(p.text)
	p.row()
	p.text = appendUvarint(p.text, len(p.units)/unit)
	received := int64(0)
	for _, d := range docs {
		p.text = appendVarint(p.text, d.received-received)
		p.text = appendUvarint(p.text, d.index)
		w.scratch, p.text = p.text, w.scratch[:0] // the packed length comes first
		p.document(d.raw)
		w.scratch, p.text = p.text, appendUvarint(w.scratch, len(p.text))
		p.text = append(p.text, w.scratch...)
		received = d.received
	}
	w.dir.docs += int64(len(docs))
	length := len(p.text) - before
	if len(p.text) >= docPageBytes {
		return length, w.flushPage()
	}
	return length, nil
}

// readDocuments is the inverse of documents. units are those of the page.
func readDocuments(b, units []byte) ([]doc, error) {
	r := reader{b: b}
	first := r.index(len(units)/unit + 1)
	u := unpacker{units: reader{b: units[first*unit:]}}
	var docs []doc
	received := int64(0)
	text := make([]byte, 0, 2*len(b))
	for len(r.b) > 0 {
		received += r.varint()
		index, packed, start := r.u32(), r.bytes(), len(text)
		var err error
		if text, err = u.document(text, packed); err != nil {
			return nil, err
		}
		docs = append(docs, doc{received: received, index: index, raw: text[start:len(text):len(text)]})
	}
	return docs, r.err("documents")
}

// flushPage writes the open page: its text, compressed, and its units.
func (w *blockWriter) flushPage() error {
	p := &w.open
	if len(p.text) == 0 {
		return nil
	}
	w.scratch = append(compress(w.scratch[:0], p.text), p.units...)
	e, err := w.extent(w.scratch)
	w.dir.pages = append(w.dir.pages, docPage{extent: e, start: w.start, size: len(p.text), units: len(p.units)})
	w.start += int64(len(p.text))
	p.text, p.units = p.text[:0], p.units[:0]
	return err
}

// stripe adds a stripe whose documents begin at place docs of the stream.
func (w *blockWriter) stripe(st *stripe, z zone, docs int64) error {
	header, chunks, err := encodeStripe(st)
	if err != nil {
		return err
	}
	e, err := w.extent(header)
	w.dir.stripes = append(w.dir.stripes, stripeEntry{
		extent: e, total: len(header) + len(chunks), rows: st.n, docs: docs, zone: z, firstAt: w.dir.rows(),
	})
	return errors.Join(err, w.write(chunks))
}

// index adds the sorted index and the filter.
func (w *blockWriter) index(entries []indexEntry) error {
	w.dir.indexAt, w.dir.entries = w.offset, len(entries)
	filter := newFilter(len(entries))
	for _, e := range entries {
		filterAdd(filter, e.hash)
	}
	for len(entries) > 0 {
		n := min(len(entries), indexPageEntries)
		w.scratch = appendEntries(w.scratch[:0], entries[:n])
		w.dir.index = append(w.dir.index, indexPage{first: entries[0].hash, sum: checksum(w.scratch)})
		if err := w.write(w.scratch); err != nil {
			return err
		}
		entries = entries[n:]
	}
	var err error
	w.dir.filter, err = w.extent(filter)
	return err
}

// rollup adds one rollup.
func (w *blockWriter) rollup(k rollupKey, r *rollup) error {
	raw := r.appendTo(nil)
	w.scratch = compress(w.scratch[:0], raw)
	e, err := w.extent(w.scratch)
	w.dir.rollups = append(w.dir.rollups, rollupEntry{rollupKey: k, extent: e, size: len(raw), fine: r.fine})
	return err
}

// finish writes the directory and the trailer.
func (w *blockWriter) finish() error {
	slices.SortFunc(w.dir.rollups, func(a, b rollupEntry) int { return compareRollupKeys(a.rollupKey, b.rollupKey) })
	dir := w.dir.appendTo(nil)
	e, err := w.extent(dir)
	if err != nil {
		return err
	}
	trailer := binary.LittleEndian.AppendUint64(nil, uint64(e.offset))
	trailer = binary.LittleEndian.AppendUint32(trailer, uint32(len(dir)))
	trailer = binary.LittleEndian.AppendUint32(trailer, e.sum)
	return errors.Join(w.write(append(trailer, blockMagic...)), w.w.Flush())
}

// copyFrom adds a run of bytes as they are.
func (w *blockWriter) copyFrom(r io.Reader) error {
	n, err := io.Copy(w.w, r)
	w.offset += n
	return err
}

// writeHead writes a frozen head as a block.
func writeHead(path string, f *frozenHead) error {
	return writeBlock(path, func(w *blockWriter) error {
		w.dir.received, w.dir.supersedes = f.head.received, f.head.supersedes
		rows := f.head.rows
		entries := make([]indexEntry, len(rows))
		for i, t := range rows {
			entries[i] = indexEntry{hash: hashOf(t.id), row: uint32(i)}
		}
		for _, src := range f.sources {
			st := *src.(*memoryStripe).s //nolint:forcetypeassert // a head has no others
			docs := w.stream()
			st.docBytes = make([]uint32, st.n)
			for i, t := range rows[:st.n] {
				n, err := w.documents(t.docs)
				if err != nil {
					return err
				}
				st.docBytes[i] = uint32(n)
			}
			rows = rows[st.n:]
			if err := w.stripe(&st, *src.zone(), docs); err != nil {
				return err
			}
		}
		if err := w.flushPage(); err != nil {
			return err
		}
		sortIndex(entries)
		if err := w.index(entries); err != nil {
			return err
		}
		return w.rollups(f.table, f.rollup)
	})
}
