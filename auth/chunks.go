package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// Headers of bodies in signed chunks.
const (
	headerDecodedLength = "X-Amz-Decoded-Content-Length"
	chunkCoding         = "aws-chunked"
)

func badChunks() *Error {
	return &Error{Kind: BadBody, Message: "The request body is not in the form of aws-chunked"}
}

// joinChunks verifies a body in signed chunks and replaces it by what they hold. Each
// chunk is hex-size;chunk-signature=hex CRLF data CRLF, the last one empty; each
// signature covers the one before ("Signature calculations for the Authorization
// header: Transferring payload in multiple chunks", Amazon S3 API Reference).
func (p *payload) joinChunks(r *http.Request, c *claim, key []byte) error {
	previous := hex.EncodeToString(c.signature[:])
	var out []byte
	for rest := p.body; ; {
		data, signature, after, ok := cutChunk(rest)
		if !ok {
			return badChunks()
		}
		want := chunkSignature(key, c, previous, data)
		if !hmac.Equal([]byte(want), []byte(signature)) {
			return &Error{Kind: BadSignature, Message: mismatch}
		}
		if len(data) == 0 {
			if len(after) > 0 {
				return badChunks()
			}
			break
		}
		out, rest, previous = append(out, data...), after, want
	}
	if r.Header.Get(headerDecodedLength) != strconv.Itoa(len(out)) {
		return &Error{Kind: BadBody, Message: "You did not provide the number of bytes specified by the x-amz-decoded-content-length header"}
	}
	p.body = out
	dropChunkCoding(r.Header)
	return nil
}

// chunkSignature returns the signature of a chunk.
func chunkSignature(key []byte, c *claim, previous string, data []byte) string {
	empty, sum := sha256.Sum256(nil), sha256.Sum256(data)
	return hex.EncodeToString(mac(key, []byte(algorithm+"-PAYLOAD\n"+c.timestamp+"\n"+c.scope()+"\n"+previous+"\n"+
		hex.EncodeToString(empty[:])+"\n"+hex.EncodeToString(sum[:]))))
}

// cutChunk returns the first chunk of a body.
func cutChunk(body []byte) (data []byte, signature string, rest []byte, ok bool) {
	const maxHeader = 128
	line, _, ok := bytes.Cut(body[:min(len(body), maxHeader)], []byte("\r\n"))
	if !ok {
		return nil, "", nil, false
	}
	rest = body[len(line)+2:]
	size, signature, ok := strings.Cut(string(line), ";chunk-signature=")
	if !ok {
		return nil, "", nil, false
	}
	n, err := strconv.ParseUint(size, 16, 31)
	if err != nil || n+2 > uint64(len(rest)) || rest[n] != '\r' || rest[n+1] != '\n' {
		return nil, "", nil, false
	}
	return rest[:n], signature, rest[n+2:], true
}

// dropChunkCoding removes what was true of the body before it was joined.
func dropChunkCoding(h http.Header) {
	var codings []string
	for _, value := range h.Values("Content-Encoding") {
		for coding := range strings.SplitSeq(value, ",") {
			if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, chunkCoding) {
				codings = append(codings, coding)
			}
		}
	}
	h.Del("Content-Encoding")
	if len(codings) > 0 {
		h.Set("Content-Encoding", strings.Join(codings, ", "))
	}
}
