package block

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// The log's format is drawn in docs/format/log.md.
const (
	logMagic       = "rgrlog\x00\x01" // the last byte is the version
	logHeaderBytes = 16               // magic, sequence number
	frameHeader    = 8                // length, CRC32C
	maxFrame       = 1 << 30

	frameBatch  = 1 // documents of one batch
	frameGroups = 2 // memberships of one trace
)

// uvarintLen is the encoded length of v.
func uvarintLen(v int) int { return (bits.Len64(uint64(v)|1) + 6) / 7 }

// batchFrameBytes is the length of the frame of b, header included.
func batchFrameBytes(b store.Batch) int {
	n := frameHeader + 1 + 8 + uvarintLen(len(b.Documents))
	for _, d := range b.Documents {
		n += len(d.TraceID) + uvarintLen(len(d.Raw)) + len(d.Raw)
	}
	return n
}

// appendBatchFrame appends the frame of b.
func appendBatchFrame(dst []byte, b store.Batch) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, frameHeader)...)
	dst = append(dst, frameBatch)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(b.Received))
	dst = appendUvarint(dst, len(b.Documents))
	for _, d := range b.Documents {
		dst = append(dst, d.TraceID[:]...)
		dst = appendUvarint(dst, len(d.Raw))
		dst = append(dst, d.Raw...)
	}
	return sealFrame(dst, start)
}

// appendGroupsFrame appends the frame that remembers the memberships of a trace.
func appendGroupsFrame(dst []byte, id traceid.ID, groups []trace.Membership) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, frameHeader)...)
	dst = append(dst, frameGroups)
	dst = append(dst, id[:]...)
	dst = appendUvarint(dst, len(groups))
	for _, g := range groups {
		dst = appendString(dst, g.GroupID)
		dst = appendVarint(dst, int64(g.Version))
		dst = appendVarint(dst, g.Admitted)
	}
	return sealFrame(dst, start)
}

// sealFrame fills in the header of the frame that begins at start.
func sealFrame(dst []byte, start int) []byte {
	payload := dst[start+frameHeader:]
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(dst[start+4:], checksum(payload))
	return dst
}

// frame is one decoded frame. Raw documents alias the input.
type frame struct {
	size   int // bytes of the file
	batch  store.Batch
	id     traceid.ID // of a frame of memberships; zero for batches
	groups []trace.Membership
}

// nextFrame decodes the frame at the front of b.
func nextFrame(b []byte) (frame, error) {
	payload, err := framePayload(b)
	if err != nil {
		return frame{}, err
	}
	f := frame{size: frameHeader + len(payload)}
	r := reader{b: payload}
	switch kind := r.byte(); kind {
	case frameBatch:
		f.batch = readBatch(&r)
	case frameGroups:
		copy(f.id[:], r.take(len(f.id)))
		f.groups = readMemberships(&r)
	default:
		return frame{}, corrupt("frame of unknown kind %d", kind)
	}
	if len(r.b) > 0 {
		r.fail()
	}
	return f, r.err("frame")
}

// framePayload checks the frame at the front of b and returns what is in it.
func framePayload(b []byte) ([]byte, error) {
	if len(b) < frameHeader {
		return nil, corrupt("frame header is cut after %d bytes", len(b))
	}
	n := int(binary.LittleEndian.Uint32(b))
	if n == 0 || n > maxFrame || n > len(b)-frameHeader {
		return nil, corrupt("frame of %d bytes with %d left", n, len(b)-frameHeader)
	}
	payload := b[frameHeader : frameHeader+n]
	if got, want := checksum(payload), binary.LittleEndian.Uint32(b[4:]); got != want {
		return nil, corrupt("frame checksum %08x, want %08x", got, want)
	}
	return payload, nil
}

func readBatch(r *reader) store.Batch {
	b := store.Batch{Received: int64(r.fixed64())}
	b.Documents = make([]store.Document, r.count(len(traceid.ID{})+1))
	for i := range b.Documents {
		copy(b.Documents[i].TraceID[:], r.take(len(traceid.ID{})))
		b.Documents[i].Raw = r.bytes()
	}
	return b
}

func readMemberships(r *reader) []trace.Membership {
	groups := make([]trace.Membership, r.count(3))
	for i := range groups {
		groups[i] = trace.Membership{GroupID: r.string(), Version: int(r.varint()), Admitted: r.varint()}
	}
	return groups
}

// logName is the name of the log file with number seq.
func logName(seq uint64) string { return fmt.Sprintf("%016x.log", seq) }

func logHeader(seq uint64) []byte {
	return binary.LittleEndian.AppendUint64([]byte(logMagic), seq)
}
