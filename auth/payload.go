package auth

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Values of X-Amz-Content-Sha256 that are no hash.
const (
	unsignedPayload = "UNSIGNED-PAYLOAD"
	signedChunks    = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	streamingPrefix = "STREAMING-"
)

// payload is the body of a request that is being verified.
type payload struct {
	hash string // as it stands in the canonical request
	body []byte
	read bool // body has been read and must be put back
}

// readPayload reads the body and checks it against the hash that the request names.
func readPayload(r *http.Request, limit int64) (*payload, error) {
	named := r.Header.Get(headerPayload)
	switch {
	case named == unsignedPayload && r.TLS == nil:
		// Otherwise whoever is on the way could put another body under the signature.
		return nil, &Error{Kind: BadSignature, Message: "UNSIGNED-PAYLOAD is accepted over TLS only."}
	case named == unsignedPayload:
		return &payload{hash: named}, nil
	case strings.HasPrefix(named, streamingPrefix) && named != signedChunks:
		return nil, &Error{Kind: BadSignature, Message: "The payload option '" + printable(named) + "' is not supported."}
	}
	body, err := readBody(r, limit)
	if err != nil {
		return nil, err
	}
	p := &payload{hash: named, body: body, read: true}
	if named == signedChunks {
		return p, nil
	}
	sum := sha256.Sum256(body)
	p.hash = hex.EncodeToString(sum[:])
	if named != "" && named != p.hash {
		return nil, &Error{Kind: BadSignature, Message: "The provided 'x-amz-content-sha256' header does not match what was computed."}
	}
	return p, nil
}

// finish puts the body back, decoded if it came in chunks. The signature of the
// request has been verified: it is the first chunk's seed.
func (p *payload) finish(r *http.Request, c *claim, key []byte) error {
	if !p.read {
		return nil
	}
	if p.hash == signedChunks {
		if err := p.joinChunks(r, c, key); err != nil {
			return err
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(p.body))
	r.ContentLength = int64(len(p.body))
	return nil
}

// readBody reads the whole body of at most limit bytes.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	tooLarge := &Error{Kind: BodyTooLarge, Message: "Request body is larger than " + strconv.FormatInt(limit, 10) + " bytes"}
	if r.ContentLength > limit {
		return nil, tooLarge
	}
	var b bytes.Buffer
	if r.ContentLength > 0 {
		// A client that only says that it will send much must not cost much.
		b.Grow(int(min(r.ContentLength, 1<<20)) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(r.Body, limit+1))
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &Error{Kind: BodyTooLarge, Message: tooLarge.Message, Err: e}
	}
	if err != nil {
		return nil, &Error{Kind: BadBody, Message: "The request body could not be read", Err: err}
	}
	if n > limit {
		return nil, tooLarge
	}
	return b.Bytes(), nil
}
