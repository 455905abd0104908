package auth

import (
	"net/http"
	"time"
)

// Verifier verifies signatures. Its zero members mean the defaults; Keys and
// Services are required. It is safe for concurrent use and must not be changed
// while it is used.
type Verifier struct {
	Keys Keys

	// Services are the signing names that are accepted, such as xray. Error messages
	// name the first.
	Services []string
	// Regions are the regions that are accepted; empty means every region.
	Regions []string
	// Hosts are names, with the port if it is not the scheme's own, under which clients
	// reach the service through a proxy that changes the Host header. Signatures are
	// accepted over these as well as over the Host header that arrives.
	Hosts []string

	// ClockSkew is how far the date of a signature may lie from now; 0 means 5 minutes.
	ClockSkew time.Duration
	// MaxBodyBytes bounds a body as it arrives, before decompression; 0 means 10 MiB.
	MaxBodyBytes int64

	Now func() time.Time // nil means time.Now
}

// Verify finds out who signed r. The error is always an *[Error].
//
// The body is read and replaced by a copy in memory, so that r can be handled as if
// nobody had read it; with UNSIGNED-PAYLOAD it is left alone. Verify looks at r as it
// was received: it must come before anything that changes headers, path or query.
func (v *Verifier) Verify(r *http.Request) (Identity, error) {
	return Identity{}, &Error{Kind: Failure, Message: "not wired"}
}
