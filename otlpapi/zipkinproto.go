package otlpapi

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"google.golang.org/protobuf/encoding/protowire"
)

// errProtobuf is the error of bytes that are not protobuf, or not of the right shape.
var errProtobuf = errors.New("malformed protobuf")

// zipkinKinds are the values of Span.Kind.
var zipkinKinds = [...]string{"", "CLIENT", "SERVER", "PRODUCER", "CONSUMER"}

// decodeZipkinProtobuf reads a zipkin.proto3.ListOfSpans.
// Source: https://github.com/openzipkin/zipkin-api/blob/master/zipkin.proto.
func decodeZipkinProtobuf(body []byte, _ *refusals) ([]zipkinSpan, error) {
	var spans []zipkinSpan
	err := eachField(body, func(f field) error {
		if f.number != 1 {
			return nil
		}
		s, err := zipkinSpanOf(f.bytes)
		spans = append(spans, s)
		return err
	})
	return spans, err
}

func zipkinSpanOf(b []byte) (s zipkinSpan, err error) {
	err = eachField(b, func(f field) error {
		switch f.number {
		case 1:
			return f.id(s.TraceID[:])
		case 2:
			return f.id(s.ParentID[:])
		case 3:
			return f.id(s.ID[:])
		case 4:
			if f.integer < uint64(len(zipkinKinds)) {
				s.Kind = zipkinKinds[f.integer]
			}
		case 5:
			s.Name = string(f.bytes)
		case 6:
			s.Timestamp = f.integer
		case 7:
			s.Duration = f.integer
		case 8:
			return f.endpoint(&s.LocalEndpoint)
		case 9:
			return f.endpoint(&s.RemoteEndpoint)
		case 10:
			return f.annotation(&s)
		case 11:
			return f.tag(&s)
		case 13:
			s.Shared = f.integer != 0
		}
		return nil
	})
	return s, err
}

// id reads an id of at most len(dst) bytes.
func (f field) id(dst []byte) error {
	if len(f.bytes) > len(dst) {
		return errors.New("an id is too long")
	}
	clear(dst)
	copy(dst[len(dst)-len(f.bytes):], f.bytes)
	return nil
}

func (f field) endpoint(e *zipkinEndpoint) error {
	return eachField(f.bytes, func(f field) error {
		switch f.number {
		case 1:
			e.ServiceName = string(f.bytes)
		case 2:
			e.IPv4 = f.address()
		case 3:
			e.IPv6 = f.address()
		case 4:
			e.Port = int64(f.integer)
		}
		return nil
	})
}

// address prints an IP address, "" when it is none.
func (f field) address() string {
	if a, ok := netip.AddrFromSlice(f.bytes); ok {
		return a.String()
	}
	return ""
}

func (f field) annotation(s *zipkinSpan) error {
	var a zipkinAnnotation
	err := eachField(f.bytes, func(f field) error {
		switch f.number {
		case 1:
			a.Timestamp = f.integer
		case 2:
			a.Value = string(f.bytes)
		}
		return nil
	})
	s.Annotations = append(s.Annotations, a)
	return err
}

func (f field) tag(s *zipkinSpan) error {
	var key, value string
	err := eachField(f.bytes, func(f field) error {
		switch f.number {
		case 1:
			key = string(f.bytes)
		case 2:
			value = string(f.bytes)
		}
		return nil
	})
	if s.Tags == nil {
		s.Tags = map[string]string{}
	}
	s.Tags[key] = value
	return err
}

// field is a field of a protobuf message: bytes, or an integer of any wire type.
type field struct {
	number  protowire.Number
	bytes   []byte
	integer uint64
}

// eachField calls do for each field of a message.
func eachField(b []byte, do func(field) error) error {
	for len(b) > 0 {
		number, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errProtobuf
		}
		b = b[n:]
		f := field{number: number}
		switch typ {
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			f.integer, n = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			f.integer, n = protowire.ConsumeFixed64(b)
		default:
			if n = protowire.ConsumeFieldValue(number, typ, b); n == 4 && typ == protowire.Fixed32Type {
				f.integer = uint64(binary.LittleEndian.Uint32(b))
			}
		}
		if n < 0 {
			return errProtobuf
		}
		b = b[n:]
		if err := do(f); err != nil {
			return err
		}
	}
	return nil
}
