package block

import (
	"container/list"
	"sync"
)

// cacheKind says what a cacheKey names.
type cacheKind uint8

const (
	cacheDocuments cacheKind = iota // a decompressed page of documents
	cacheColumn                     // a decoded column; part 0 is the dictionary
	cacheRows                       // a page of payloads
	cacheRollup                     // a decoded rollup
	cacheSample                     // what a selector picks from a rollup
)

// cacheKey names something decoded from a block.
type cacheKey struct {
	kind       cacheKind
	block      uint64
	item, part int
	group      string
	selector   string // of samples
}

// lru keeps the most recently used values whose sizes add up to its bound. It is
// safe for concurrent use. Values are shared and must not be changed.
type lru struct {
	bound int64

	mu    sync.Mutex // guards the fields below
	items map[cacheKey]*list.Element
	order list.List // of *lruEntry, most recently used first
	size  int64
}

type lruEntry struct {
	key   cacheKey
	value any
	size  int64
}

func newLRU(bound int64) *lru { return &lru{bound: bound, items: map[cacheKey]*list.Element{}} }

func (c *lru) get(k cacheKey) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.items[k]
	if e == nil {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*lruEntry).value, true //nolint:forcetypeassert // put puts nothing else in
}

// put adds a value of about size bytes, unless it is too large to be worth it.
func (c *lru) put(k cacheKey, value any, size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if size > c.bound/4 {
		return
	}
	if e := c.items[k]; e != nil {
		c.drop(e)
	}
	c.items[k] = c.order.PushFront(&lruEntry{k, value, size})
	c.size += size
	for c.size > c.bound {
		c.drop(c.order.Back())
	}
}

func (c *lru) drop(e *list.Element) {
	entry := c.order.Remove(e).(*lruEntry) //nolint:forcetypeassert // as above
	delete(c.items, entry.key)
	c.size -= entry.size
}

// cached returns the value of k, which load makes together with its size.
func cached[T any](c *lru, k cacheKey, load func() (T, int64, error)) (T, error) {
	if v, ok := c.get(k); ok {
		return v.(T), nil //nolint:forcetypeassert // a kind of key has one type of value
	}
	v, size, err := load()
	if err == nil {
		c.put(k, v, size)
	}
	return v, err
}
