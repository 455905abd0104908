package otlpapi

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// zipkinSpan is a span of Zipkin's API, version 2.
// Source: https://zipkin.io/zipkin-api/zipkin2-api.yaml.
type zipkinSpan struct {
	TraceID        zipkinTraceID      `json:"traceId"`
	ID             zipkinSpanID       `json:"id"`
	ParentID       zipkinSpanID       `json:"parentId"`
	Name           string             `json:"name"`
	Kind           string             `json:"kind"`
	Timestamp      uint64             `json:"timestamp"` // µs since the epoch
	Duration       uint64             `json:"duration"`  // µs
	Shared         bool               `json:"shared"`    // the server's half of a span that the client has the other half of
	LocalEndpoint  zipkinEndpoint     `json:"localEndpoint"`
	RemoteEndpoint zipkinEndpoint     `json:"remoteEndpoint"`
	Annotations    []zipkinAnnotation `json:"annotations"`
	Tags           map[string]string  `json:"tags"`
}

type zipkinEndpoint struct {
	ServiceName string `json:"serviceName"`
	IPv4        string `json:"ipv4"`
	IPv6        string `json:"ipv6"`
	Port        int64  `json:"port"`
}

// address is the endpoint's IP address, "" when it has none.
func (e *zipkinEndpoint) address() string {
	if e.IPv4 != "" {
		return e.IPv4
	}
	return e.IPv6
}

type zipkinAnnotation struct {
	Timestamp uint64 `json:"timestamp"` // µs since the epoch
	Value     string `json:"value"`
}

// zipkinTraceID is up to 32 hex digits; 16 are the lower half of an id.
type zipkinTraceID pcommon.TraceID

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *zipkinTraceID) UnmarshalText(text []byte) error { return decodeZipkinID(id[:], text) }

// zipkinSpanID is up to 16 hex digits.
type zipkinSpanID pcommon.SpanID

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *zipkinSpanID) UnmarshalText(text []byte) error { return decodeZipkinID(id[:], text) }

// decodeZipkinID reads hex digits, the missing ones in front being zeros.
func decodeZipkinID(id, text []byte) error {
	most := hex.EncodedLen(len(id))
	if len(text) == 0 || len(text) > most {
		return fmt.Errorf("an id has 1 to %d hex digits, not %d", most, len(text))
	}
	padded := strings.Repeat("0", most-len(text)) + string(text)
	if _, err := hex.Decode(id, []byte(padded)); err != nil {
		return errors.New("an id is not hexadecimal")
	}
	return nil
}

// decodeZipkinJSON reads a list of spans. Each is judged alone; those that cannot be
// read are refused.
func decodeZipkinJSON(body []byte, refused *refusals) ([]zipkinSpan, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	spans := make([]zipkinSpan, 0, len(list))
	for _, raw := range list {
		var s zipkinSpan
		if err := json.Unmarshal(raw, &s); err != nil {
			refused.add(reasonInvalid, zipkinReason(err), 1)
			continue
		}
		spans = append(spans, s)
	}
	return spans, nil
}

// zipkinReason words an error of encoding/json without the names of Go's types.
func zipkinReason(err error) string {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field == "" {
			return "a span is no object"
		}
		return "member " + e.Field + " cannot be a " + e.Value
	}
	return err.Error()
}
