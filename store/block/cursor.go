package block

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/traceid"
)

// position is a place in a scan: newest first, ties by trace id.
type position struct {
	clock int64
	id    traceid.ID
}

func (a position) compare(b position) int {
	if a.clock != b.clock { // nearly always
		return cmp.Compare(b.clock, a.clock)
	}
	return bytes.Compare(a.id[:], b.id[:])
}

// cursor is where a page ended and what the scan may see: traces updated after its
// first page could come twice, so later pages leave them out.
type cursor struct {
	position
	clock store.Clock
	asOf  int64 // latest receipt when the first page was asked for
}

const cursorBytes = 1 + 8 + 8 + 16

func (c cursor) String() string {
	b := append(make([]byte, 0, cursorBytes), byte(c.clock))
	b = binary.BigEndian.AppendUint64(b, uint64(c.asOf))
	b = binary.BigEndian.AppendUint64(b, uint64(c.position.clock))
	return base64.RawURLEncoding.EncodeToString(append(b, c.id[:]...))
}

func parseCursor(s string, clock store.Clock) (c cursor, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != cursorBytes || b[0] != byte(clock) {
		return cursor{}, problem.New(problem.Invalid, "Invalid token %s", s)
	}
	c.clock = clock
	c.asOf = int64(binary.BigEndian.Uint64(b[1:]))
	c.position.clock = int64(binary.BigEndian.Uint64(b[9:]))
	copy(c.id[:], b[17:])
	return c, nil
}
