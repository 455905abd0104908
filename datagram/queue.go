package datagram

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Sizes of a [Chunk].
const (
	ChunkBytes     = 256 << 10 // of its documents together, unless it is one large document
	ChunkDocuments = 512
)

const (
	warmChunks = 16 // free chunks that keep their memory
	minChunks  = 4
)

// Chunk is a batch of documents on its way from a socket to their user. Its memory
// belongs to the queue: it is used again after [Queue.Release].
type Chunk struct {
	Docs    [][]byte
	Sources []netip.Addr // who sent each of Docs, without the port; the zero Addr when that is not known
	Since   time.Time    // when the first of Docs came

	buf   []byte // the memory of Docs
	large int    // bytes reserved for the one document in it; then buf is not used again
}

// Bytes returns the size of the documents together.
func (c *Chunk) Bytes() int { return len(c.buf) }

// Queue is what lies between readers and those who use the documents: a fixed
// number of chunks, and a budget for documents that do not fit into one.
type Queue struct {
	tokens chan struct{} // one for each free chunk
	ready  chan *Chunk
	limit  int64
	held   atomic.Int64 // bytes reserved
	queued atomic.Int64 // bytes of documents in ready and in use

	mu   sync.Mutex // guards the fields below
	free []*Chunk   // a stack: the one used last is still in the processor's cache
	warm int        // how many of them have memory
}

// NewQueue returns a queue that holds that many bytes of documents, but at least a
// few chunks, and as much again of large documents.
func NewQueue(bytes int) *Queue {
	n := max(minChunks, bytes/ChunkBytes)
	q := &Queue{
		tokens: make(chan struct{}, n),
		ready:  make(chan *Chunk, 2*n),
		limit:  int64(bytes),
		free:   make([]*Chunk, n),
	}
	for i := range n {
		q.free[i] = new(Chunk)
		q.tokens <- struct{}{}
	}
	return q
}

// Ready gives the chunks that are to be used and then released. It is closed after
// the last one, see [Queue.Close].
func (q *Queue) Ready() <-chan *Chunk { return q.ready }

// Chunks returns how many chunks there are, free or not.
func (q *Queue) Chunks() int { return cap(q.tokens) }

// Queued returns the bytes of documents that wait or are in use.
func (q *Queue) Queued() int64 { return q.queued.Load() }

// Held returns the bytes that are reserved for large documents.
func (q *Queue) Held() int64 { return q.held.Load() }

// take waits for a free chunk.
func (q *Queue) take() *Chunk {
	<-q.tokens
	q.mu.Lock()
	n := len(q.free) - 1
	c := q.free[n]
	q.free = q.free[:n]
	if c.buf != nil {
		q.warm--
	}
	q.mu.Unlock()
	if c.buf == nil {
		c.buf = make([]byte, 0, ChunkBytes)
		c.Docs = make([][]byte, 0, ChunkDocuments)
		c.Sources = make([]netip.Addr, 0, ChunkDocuments)
	}
	c.Since = time.Now()
	return c
}

// put hands c on.
func (q *Queue) put(c *Chunk) {
	q.queued.Add(int64(len(c.buf)))
	q.ready <- c
}

// Release takes back a chunk whose documents have been dealt with.
func (q *Queue) Release(c *Chunk) {
	q.queued.Add(-int64(len(c.buf)))
	if c.large > 0 {
		q.Unreserve(c.large)
		return
	}
	clear(c.Docs)
	c.buf, c.Docs, c.Sources = c.buf[:0], c.Docs[:0], c.Sources[:0]
	q.mu.Lock()
	if q.warm < warmChunks {
		q.warm++
	} else {
		c.buf, c.Docs, c.Sources = nil, nil, nil
	}
	q.free = append(q.free, c)
	q.mu.Unlock()
	q.tokens <- struct{}{}
}

// Close says that nothing will follow. No writer may be in use any more.
func (q *Queue) Close() { close(q.ready) }

// Reserve takes n bytes of the budget for large documents, if there are any left.
func (q *Queue) Reserve(n int) bool {
	if q.held.Add(int64(n)) > q.limit {
		q.held.Add(-int64(n))
		return false
	}
	return true
}

// Unreserve gives n bytes back.
func (q *Queue) Unreserve(n int) { q.held.Add(-int64(n)) }

// Writer fills the chunks of a queue. It must not be used by two goroutines at
// once.
type Writer struct {
	Queue *Queue

	cur *Chunk // nil when nothing waits to be flushed
}

// Add copies doc, which has at most [ChunkBytes], into a chunk. It waits when none is
// free.
func (w *Writer) Add(doc []byte, source netip.Addr) {
	if w.cur != nil && (len(w.cur.buf)+len(doc) > ChunkBytes || len(w.cur.Docs) == ChunkDocuments) {
		w.Flush()
	}
	if w.cur == nil {
		w.cur = w.Queue.take()
	}
	c := w.cur
	at := len(c.buf)
	c.buf = append(c.buf, doc...)
	c.Docs = append(c.Docs, c.buf[at:len(c.buf):len(c.buf)])
	c.Sources = append(c.Sources, source)
}

// AddLarge hands on a document that has memory of its own, for which reserved bytes
// are reserved.
func (w *Writer) AddLarge(doc []byte, reserved int) {
	w.Flush()
	w.Queue.put(&Chunk{Docs: [][]byte{doc}, Sources: make([]netip.Addr, 1), Since: time.Now(), buf: doc, large: reserved})
}

// Flush hands on what was added.
func (w *Writer) Flush() {
	if w.cur != nil {
		w.Queue.put(w.cur)
		w.cur = nil
	}
}

// since returns when the first document that waits to be flushed came; it is zero
// when there is none.
func (w *Writer) since() time.Time {
	if w.cur == nil {
		return time.Time{}
	}
	return w.cur.Since
}
