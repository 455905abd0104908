package traceid

import (
	"encoding/hex"
	"fmt"
)

// EntityID is the id of a segment or subsegment, unique inside its trace. The
// zero EntityID stands for "none".
type EntityID [8]byte

// ParseEntity reads the 16 hex digits of a segment or subsegment id.
func ParseEntity(s string) (EntityID, error) {
	id, ok := ParseEntityBytes([]byte(s))
	if !ok {
		return EntityID{}, fmt.Errorf("entity id %q: %w", s, ErrInvalid)
	}
	return id, nil
}

// ParseEntityBytes is [ParseEntity] for bytes; it does not allocate.
func ParseEntityBytes(b []byte) (id EntityID, ok bool) {
	if len(b) != 16 {
		return EntityID{}, false
	}
	return id, decodeHex(id[:], b)
}

// String returns 16 lower-case hex digits.
func (id EntityID) String() string { return hex.EncodeToString(id[:]) }

// AppendText appends 16 lower-case hex digits to dst.
func (id EntityID) AppendText(dst []byte) []byte { return hex.AppendEncode(dst, id[:]) }

// IsZero reports whether id is "none".
func (id EntityID) IsZero() bool { return id == EntityID{} }

// MarshalText returns 16 lower-case hex digits.
func (id EntityID) MarshalText() ([]byte, error) { return id.AppendText(nil), nil }

// UnmarshalText reads 16 hex digits, see [ParseEntity].
func (id *EntityID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseEntity(string(b))
	return err
}
