// Package auth finds out who makes a request, by AWS Signature Version 4 or by a
// bearer token, and decides by policies whether they may.
//
// Start with [Verifier], which verifies a request's signature against [Keys] and
// returns an [Identity]; then [ByPolicy], which authorises an action. A refusal is an
// [Error], which knows its name and status in each protocol. Package iam keeps the
// keys; this package keeps nothing.
//
// Within the clock skew a request that was observed can be sent again, as with AWS:
// the signature has no nonce. What must not be observed must go over TLS.
package auth
