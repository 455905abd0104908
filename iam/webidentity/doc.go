// Package webidentity verifies the tokens of OpenID Connect issuers, above all those
// of Kubernetes service accounts.
//
// Start with [New] and [Verifier.Verify]. An issuer's keys come from its discovery
// document, or from where a [Source] says, for issuers whose name leads nowhere. They
// are kept for a while, fetched again when a token names a key that is not among
// them, and used for a bounded time when the issuer does not answer.
//
// Only RS256 and ES256 are accepted, each with keys of its kind. Tokens are parsed and
// verified by go-jose.
package webidentity
