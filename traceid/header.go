package traceid

import "strings"

// Decision says whether a request is recorded.
type Decision uint8

// The decisions. The zero Decision is none yet.
const (
	Unset      Decision = iota // nobody has decided
	NotSampled                 // Sampled=0
	Sampled                    // Sampled=1
	Requested                  // Sampled=?: the receiver decides and answers with its decision
)

// String returns what the decision is written as; nothing for Unset.
func (d Decision) String() string {
	switch d {
	case NotSampled:
		return "0"
	case Sampled:
		return "1"
	case Requested:
		return "?"
	case Unset:
	}
	return ""
}

// Header is the tracing header X-Amzn-Trace-Id: key=value pairs with semicolons
// between them. The zero Header is empty.
type Header struct {
	Root    ID       // zero when absent
	Parent  EntityID // the caller's subsegment; zero when absent
	Sampled Decision
	Lineage string // passed on untouched; empty when absent
	Extra   []Pair // unknown pairs in their order
}

// Pair is one key with its value.
type Pair struct{ Key, Value string }

// Keys of the header.
const (
	keyRoot    = "Root"
	keyParent  = "Parent"
	keySampled = "Sampled"
	keyLineage = "Lineage"
	keySelf    = "Self" // a load balancer's own id: of no use to anyone else
)

// ParseHeader reads a tracing header. Letter case and order of the keys do not
// matter, nor do blanks around keys and values; of repeated known keys the last
// counts. Self, pairs without a key, text without "=" and unknown values of
// Sampled are ignored. A wrong Root or Parent is an error that wraps ErrInvalid;
// what could be read is returned with it.
func ParseHeader(s string) (Header, error) {
	var h Header
	var first error
	for part := range strings.SplitSeq(s, ";") {
		key, value, ok := strings.Cut(part, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || key == "" {
			continue
		}
		if err := h.set(key, value); err != nil && first == nil {
			first = err
		}
	}
	return h, first
}

func (h *Header) set(key, value string) (err error) {
	switch {
	case strings.EqualFold(key, keyRoot):
		h.Root, err = Parse(value)
	case strings.EqualFold(key, keyParent):
		h.Parent, err = ParseEntity(value)
	case strings.EqualFold(key, keySampled):
		h.Sampled = parseDecision(value)
	case strings.EqualFold(key, keyLineage):
		h.Lineage = value
	case strings.EqualFold(key, keySelf):
	default:
		h.Extra = append(h.Extra, Pair{key, value})
	}
	return err
}

func parseDecision(s string) Decision {
	for _, d := range []Decision{NotSampled, Sampled, Requested} {
		if s == d.String() {
			return d
		}
	}
	return Unset
}

// String writes the header in the order Root, Parent, Sampled, Lineage, others.
// What is absent is left out.
func (h Header) String() string {
	var b strings.Builder
	pair := func(key, value string) {
		if b.Len() > 0 {
			b.WriteByte(';')
		}
		b.WriteString(key)
		b.WriteByte('=')
		b.WriteString(value)
	}
	if !h.Root.IsZero() {
		pair(keyRoot, h.Root.String())
	}
	if !h.Parent.IsZero() {
		pair(keyParent, h.Parent.String())
	}
	if h.Sampled != Unset {
		pair(keySampled, h.Sampled.String())
	}
	if h.Lineage != "" {
		pair(keyLineage, h.Lineage)
	}
	for _, p := range h.Extra {
		pair(p.Key, p.Value)
	}
	return b.String()
}
