// Package session makes and reads temporary credentials. A session token is all
// that there is to know about a session, encrypted and authenticated with a master
// key: nothing is stored, and whoever has the same master keys can verify it. The
// secret access key is derived from the master key and the access key id.
//
// Start with [Issue] and [Open]. A token names the master key that made it, so that
// it stays valid while that key is in the ring.
package session
