package block

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"sort"

	"github.com/radiograph/radiograph/traceid"
)

// hashOf spreads a trace id over 64 bits.
func hashOf(id traceid.ID) uint64 {
	const k1, k2 = 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9
	a, b := binary.LittleEndian.Uint64(id[:8]), binary.LittleEndian.Uint64(id[8:])
	hi, lo := bits.Mul64(a^k1, b^k2)
	h := hi ^ lo ^ a*k2 ^ b*k1
	h ^= h >> 31
	return h * k1
}

// indexEntry says which row has a trace, by the hash of its id.
type indexEntry struct {
	hash uint64
	row  uint32
}

const (
	indexEntryBytes  = 12
	indexPageEntries = 4096
)

func sortIndex(entries []indexEntry) { slices.SortFunc(entries, compareEntries) }

func compareEntries(a, b indexEntry) int {
	return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.row, b.row))
}

// indexPage is a checksummed run of index entries.
type indexPage struct {
	first uint64 // hash
	sum   uint32
}

func appendEntries(b []byte, entries []indexEntry) []byte {
	for _, e := range entries {
		b = binary.LittleEndian.AppendUint64(b, e.hash)
		b = binary.LittleEndian.AppendUint32(b, e.row)
	}
	return b
}

// entryHash and entryRow read the i-th entry of a page.
func entryHash(page []byte, i int) uint64 {
	return binary.LittleEndian.Uint64(page[i*indexEntryBytes:])
}

func entryRow(page []byte, i int) int {
	return int(binary.LittleEndian.Uint32(page[i*indexEntryBytes+8:]))
}

// searchPage returns the first entry of a page whose hash is not below h.
func searchPage(page []byte, h uint64) int {
	return sort.Search(len(page)/indexEntryBytes, func(i int) bool { return entryHash(page, i) >= h })
}

// A filter is a split block Bloom filter: a hash picks 32 bytes and sets one bit in
// each of their eight words.
const (
	filterBlock   = 32
	filterKeyBits = 12
)

var filterSalts = [8]uint32{
	0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
}

func newFilter(keys int) []byte {
	return make([]byte, max(1, (keys*filterKeyBits+filterBlock*8-1)/(filterBlock*8))*filterBlock)
}

func filterBlockOf(f []byte, h uint64) []byte {
	n := uint64(len(f) / filterBlock)
	i, _ := bits.Mul64(h, n)
	return f[i*filterBlock:][:filterBlock]
}

func filterAdd(f []byte, h uint64) {
	b := filterBlockOf(f, h)
	for i, salt := range filterSalts {
		b[i*4+int(uint32(h)*salt>>30)] |= 1 << (uint32(h) * salt >> 27 & 7)
	}
}

// filterHas reports whether h may have been added.
func filterHas(f []byte, h uint64) bool {
	b := filterBlockOf(f, h)
	for i, salt := range filterSalts {
		if b[i*4+int(uint32(h)*salt>>30)]>>(uint32(h)*salt>>27&7)&1 == 0 {
			return false
		}
	}
	return true
}
