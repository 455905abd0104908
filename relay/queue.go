package relay

import (
	"sync"
	"sync/atomic"
)

const (
	chunkBytes     = 256 << 10
	chunkDocuments = 512
	warmChunks     = 16 // free chunks that keep their memory
	minChunks      = 4
)

// chunk is a batch of documents on its way to the sink.
type chunk struct {
	buf   []byte   // the documents' memory
	docs  [][]byte // in buf
	large int      // bytes reserved for the one document in it; then buf is not used again
}

// queue is what lies between readers and workers: a fixed number of chunks, and a
// budget for documents that do not fit into one.
type queue struct {
	tokens chan struct{} // one for each free chunk
	ready  chan *chunk
	limit  int64
	held   atomic.Int64 // bytes reserved
	queued atomic.Int64 // bytes of documents in ready and with the workers

	mu   sync.Mutex // guards the fields below
	free []*chunk   // a stack: the one used last is still in the processor's cache
	warm int        // how many of them have memory
}

func newQueue(bytes int) *queue {
	n := max(minChunks, bytes/chunkBytes)
	q := &queue{
		tokens: make(chan struct{}, n),
		ready:  make(chan *chunk, 2*n),
		limit:  int64(bytes),
		free:   make([]*chunk, n),
	}
	for i := range n {
		q.free[i] = new(chunk)
		q.tokens <- struct{}{}
	}
	return q
}

// take waits for a free chunk.
func (q *queue) take() *chunk {
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
		c.buf = make([]byte, 0, chunkBytes)
		c.docs = make([][]byte, 0, chunkDocuments)
	}
	return c
}

// put hands c to the workers.
func (q *queue) put(c *chunk) {
	q.queued.Add(int64(len(c.buf)))
	q.ready <- c
}

// release takes back a chunk whose documents have been dealt with.
func (q *queue) release(c *chunk) {
	q.queued.Add(-int64(len(c.buf)))
	if c.large > 0 {
		q.unreserve(c.large)
		return
	}
	clear(c.docs)
	c.buf, c.docs = c.buf[:0], c.docs[:0]
	q.mu.Lock()
	if q.warm < warmChunks {
		q.warm++
	} else {
		c.buf, c.docs = nil, nil
	}
	q.free = append(q.free, c)
	q.mu.Unlock()
	q.tokens <- struct{}{}
}

// close tells the workers that nothing will follow.
func (q *queue) close() { close(q.ready) }

// reserve takes n bytes of the budget for large documents, if there are any left.
func (q *queue) reserve(n int) bool {
	if q.held.Add(int64(n)) > q.limit {
		q.held.Add(-int64(n))
		return false
	}
	return true
}

func (q *queue) unreserve(n int) { q.held.Add(-int64(n)) }

// writer fills chunks for one reader.
type writer struct {
	queue *queue
	cur   *chunk // nil when nothing waits to be flushed
}

// add copies doc, at most chunkBytes, into a chunk.
func (w *writer) add(doc []byte) {
	if w.cur != nil && (len(w.cur.buf)+len(doc) > chunkBytes || len(w.cur.docs) == chunkDocuments) {
		w.flush()
	}
	if w.cur == nil {
		w.cur = w.queue.take()
	}
	c := w.cur
	at := len(c.buf)
	c.buf = append(c.buf, doc...)
	c.docs = append(c.docs, c.buf[at:len(c.buf):len(c.buf)])
}

// addLarge hands on a document that has memory of its own, for which reserved
// bytes are reserved.
func (w *writer) addLarge(doc []byte, reserved int) {
	w.flush()
	w.queue.put(&chunk{buf: doc, docs: [][]byte{doc}, large: reserved})
}

// flush hands what was added to the workers.
func (w *writer) flush() {
	if w.cur != nil {
		w.queue.put(w.cur)
		w.cur = nil
	}
}
