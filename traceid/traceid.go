package traceid

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// ErrInvalid is wrapped by every error of the parsers of ids.
var ErrInvalid = errors.New("incorrect id format")

// ID is a trace id: 16 bytes, of which X-Ray's own clients fill the first four
// with the epoch seconds of the original request. W3C ids are random throughout
// and equally valid. The zero ID is no trace.
type ID [16]byte

// Parse reads a trace id in X-Ray spelling, 1-<8 hex>-<24 hex>, or as the 32 hex
// digits of W3C trace context. Letter case does not matter.
func Parse(s string) (ID, error) {
	id, ok := ParseBytes([]byte(s))
	if !ok {
		return ID{}, fmt.Errorf("trace id %q: %w", s, ErrInvalid)
	}
	return id, nil
}

// ParseBytes is [Parse] for bytes; it does not allocate.
func ParseBytes(b []byte) (id ID, ok bool) {
	switch {
	case len(b) == 32:
		return id, decodeHex(id[:], b)
	case len(b) == 35 && b[0] == '1' && b[1] == '-' && b[10] == '-':
		return id, decodeHex(id[:4], b[2:10]) && decodeHex(id[4:], b[11:])
	}
	return ID{}, false
}

// String returns the X-Ray spelling, lower case: 1-<8 hex>-<24 hex>.
func (id ID) String() string { return string(id.AppendText(nil)) }

// AppendText appends the X-Ray spelling to dst.
func (id ID) AppendText(dst []byte) []byte {
	dst = append(dst, '1', '-')
	dst = hex.AppendEncode(dst, id[:4])
	dst = append(dst, '-')
	return hex.AppendEncode(dst, id[4:])
}

// W3C returns the 32 lower-case hex digits that W3C trace context uses.
func (id ID) W3C() string { return hex.EncodeToString(id[:]) }

// Epoch returns the time in the first four bytes: the original request's second
// for ids made by X-Ray clients, meaningless for random W3C ids.
func (id ID) Epoch() time.Time {
	return time.Unix(int64(id[0])<<24|int64(id[1])<<16|int64(id[2])<<8|int64(id[3]), 0)
}

// IsZero reports whether id is no trace.
func (id ID) IsZero() bool { return id == ID{} }

// MarshalText returns the X-Ray spelling.
func (id ID) MarshalText() ([]byte, error) { return id.AppendText(nil), nil }

// UnmarshalText reads either spelling, see [Parse].
func (id *ID) UnmarshalText(b []byte) (err error) {
	*id, err = Parse(string(b))
	return err
}

// nibble maps a hex digit to its value plus one; zero is "not a hex digit".
var nibble = func() (t [256]byte) {
	for i := range 10 {
		t['0'+i] = byte(i + 1)
	}
	for i := range 6 {
		t['a'+i], t['A'+i] = byte(i+11), byte(i+11)
	}
	return t
}()

func decodeHex(dst, src []byte) bool {
	for i := range dst {
		hi, lo := nibble[src[2*i]], nibble[src[2*i+1]]
		if hi == 0 || lo == 0 {
			clear(dst)
			return false
		}
		dst[i] = (hi-1)<<4 | (lo - 1)
	}
	return true
}
