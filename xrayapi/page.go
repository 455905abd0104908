package xrayapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// paging is the part of a request that asks for the next page.
type paging struct {
	NextToken *string
}

// take returns the token and removes it from the request. An empty token is none.
func (p *paging) take() string {
	t := text(p.NextToken)
	p.NextToken = nil
	return t
}

// paged is a request that embeds paging.
type paged interface{ take() string }

// pager makes the tokens of one query. A token holds where the next page starts
// and is bound to operation and query: it is good for repeating the query it came
// from and for nothing else.
type pager struct {
	digest [tokenDigestSize]byte
	cursor string // where this page starts; "" at the front
}

const (
	tokenVersion    = 1
	tokenDigestSize = 8
)

// newPager reads the token of in, if any.
func newPager(operation string, in paged) (pager, error) {
	token := in.take()
	query, err := json.Marshal(in)
	if err != nil {
		return pager{}, fmt.Errorf("encode query of %s: %w", operation, err)
	}
	sum := sha256.Sum256(append([]byte(operation+"\x00"), query...))
	p := pager{digest: [tokenDigestSize]byte(sum[:])}
	if token == "" {
		return p, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) <= 1+tokenDigestSize || b[0] != tokenVersion || [tokenDigestSize]byte(b[1:]) != p.digest {
		return pager{}, p.invalid(token)
	}
	p.cursor = string(b[1+tokenDigestSize:])
	return p, nil
}

// invalid is the error of a token that is none of ours.
func (p pager) invalid(token string) error { return invalid("Invalid token %s", token) }

// token returns the token of the page that starts at cursor; nil without one.
func (p pager) token(cursor string) *string {
	if cursor == "" {
		return nil
	}
	b := append([]byte{tokenVersion}, p.digest[:]...)
	s := base64.RawURLEncoding.EncodeToString(append(b, cursor...))
	return &s
}

// page returns the page of at most size items that starts after p's cursor, and
// the token of the page after it. The items are sorted by key, which must not be
// empty.
func page[T any](p pager, items []T, size int, key func(T) string) ([]T, *string) {
	for len(items) > 0 && p.cursor != "" && key(items[0]) <= p.cursor {
		items = items[1:]
	}
	if len(items) <= size {
		return items, nil
	}
	return items[:size], p.token(key(items[size-1]))
}
