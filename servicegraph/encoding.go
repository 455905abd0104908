package servicegraph

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrMalformed is wrapped by every error of the decoders.
var ErrMalformed = errors.New("malformed service graph")

// reader takes an encoding apart. After the first error it yields zeros.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrMalformed, what)
		r.b = nil
	}
}

func (r *reader) uvarint() uint64 {
	if len(r.b) > 0 && r.b[0] < 0x80 { // most numbers are small
		v := r.b[0]
		r.b = r.b[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail("number expected")
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v := r.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// count reads the number of elements of which each takes at least size bytes.
func (r *reader) count(size int) int {
	n := r.uvarint()
	if n > uint64(len(r.b)/size) {
		r.fail("more elements than bytes")
		return 0
	}
	return int(n)
}

// index reads an index below n.
func (r *reader) index(n int) int {
	i := r.uvarint()
	if i >= uint64(n) {
		r.fail("index out of range")
		return 0
	}
	return int(i)
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail("byte expected")
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

// AppendBinary appends an encoding that [Histogram.DecodeBinary] reads: the number
// of buckets, doubled, plus one if they are logarithmic; then for each bucket the
// distance of its key from the one before and its count. All are varints.
func (h *Histogram) AppendBinary(dst []byte) []byte {
	head := uint64(len(h.buckets)) << 1
	if h.coarse {
		head |= 1
	}
	dst = binary.AppendUvarint(dst, head)
	last := uint32(0)
	for _, b := range h.buckets {
		dst = binary.AppendUvarint(dst, uint64(b.key-last))
		dst = binary.AppendVarint(dst, b.count)
		last = b.key
	}
	return dst
}

// DecodeBinary reads one encoded histogram from the front of b and returns the rest.
// The histogram shares no memory with b. It is empty after an error.
func (h *Histogram) DecodeBinary(b []byte) (rest []byte, err error) {
	r := reader{b: b}
	r.histogram(h)
	return r.b, r.err
}

// histogram reads a histogram into h.
func (r *reader) histogram(h *Histogram) {
	*h = Histogram{}
	head := r.uvarint()
	n, coarse := head>>1, head&1 != 0
	limit, maxKey := uint64(keptValues), uint64(1<<32-1)
	if coarse {
		limit, maxKey = maxBucketCode+1, maxBucketCode
	}
	if n > limit || n > uint64(len(r.b)/2) || coarse && n == 0 {
		r.fail("histogram with a wrong number of buckets")
	}
	if n == 0 || r.err != nil {
		return
	}
	buckets := make([]bucket, n)
	key := uint64(0)
	for i := range buckets {
		distance := r.uvarint()
		count := r.varint()
		if distance > maxKey-key || i > 0 && distance == 0 || count == 0 {
			r.fail("histogram with a wrong bucket")
			return
		}
		key += distance
		buckets[i] = bucket{uint32(key), count}
	}
	h.buckets, h.coarse = buckets, coarse
}
