// Package secret keeps what must not be readable on disk: it seals small values
// with AES-256-GCM and derives keys with HKDF, both from master keys in a file.
//
// Start with [Open], which returns a [Ring]. The first key of the file seals; all
// keys open, so a key is rotated by putting a new one in front. A sealed value
// names its key. Whoever has the file can open everything that was sealed.
package secret
