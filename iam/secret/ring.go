package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// keyBytes is the size of a master key.
const keyBytes = 32

// maxIDBytes bounds the name of a key, so that its length fits into a byte.
const maxIDBytes = 32

// ErrUnknownKey says that a value was sealed with a key that the ring has not.
var ErrUnknownKey = errors.New("sealed with a master key that is not in the key file")

// ErrOpen says that a value is not what was sealed: changed, cut, or sealed for
// something else.
var ErrOpen = errors.New("sealed value does not open")

// Ring is the master keys. It is safe for concurrent use.
type Ring struct {
	keys []master // the first seals
}

type master struct {
	id   string
	key  []byte
	aead cipher.AEAD
}

// Parse reads a key file: one key on a line, its name and 32 bytes in base64 with
// a space between. Empty lines and lines that begin with # are skipped.
func Parse(text []byte) (*Ring, error) {
	r := &Ring{}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		id, encoded, _ := strings.Cut(line, " ")
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil || len(key) != keyBytes {
			// The line is secret: it is not repeated.
			return nil, fmt.Errorf("line %d is not a name and %d bytes in base64", n, keyBytes)
		}
		if err := r.add(id, key); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if len(r.keys) == 0 {
		return nil, errors.New("there is no key")
	}
	return r, nil
}

func (r *Ring) add(id string, key []byte) error {
	if id == "" || len(id) > maxIDBytes {
		return fmt.Errorf("the name of a key has 1 to %d bytes", maxIDBytes)
	}
	if r.find(id) != nil {
		return fmt.Errorf("key %s is there twice", id)
	}
	// A master key is never used as it is: every use has a key of its own.
	sealing, err := hkdf.Key(sha256.New, key, nil, "radiograph seal", keyBytes)
	if err != nil {
		return fmt.Errorf("use key %s: %w", id, err)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return fmt.Errorf("use key %s: %w", id, err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return fmt.Errorf("use key %s: %w", id, err)
	}
	r.keys = append(r.keys, master{id, key, aead})
	return nil
}

func (r *Ring) find(id string) *master {
	for i := range r.keys {
		if r.keys[i].id == id {
			return &r.keys[i]
		}
	}
	return nil
}

// generate makes the text of a key file with one random key.
func generate() []byte {
	var id [4]byte
	var key [keyBytes]byte
	rand.Read(id[:]) // never fails
	rand.Read(key[:])
	return []byte("# Master keys of radiograph. The first seals, all open. Keep this file secret and backed up.\n" +
		"k" + hex.EncodeToString(id[:]) + " " + base64.StdEncoding.EncodeToString(key[:]) + "\n")
}

// KeyID is the name of the key that seals.
func (r *Ring) KeyID() string { return r.keys[0].id }

// Seal encrypts plain. The same context must be given to open it: what the value
// is for, so that one sealed value cannot stand in for another.
//
// A sealed value is a byte with the length of the key's name, the name, 12 bytes of
// nonce, and the ciphertext with its tag.
func (r *Ring) Seal(plain []byte, context string) []byte {
	m := &r.keys[0]
	out := make([]byte, 0, 1+len(m.id)+m.aead.NonceSize()+len(plain)+m.aead.Overhead())
	out = append(out, byte(len(m.id)))
	out = append(out, m.id...)
	nonce := out[len(out) : len(out)+m.aead.NonceSize()]
	rand.Read(nonce) // never fails
	return m.aead.Seal(out[:len(out)+len(nonce)], nonce, plain, []byte(context))
}

// Open decrypts what Seal made. The error is [ErrUnknownKey] or [ErrOpen].
func (r *Ring) Open(sealed []byte, context string) ([]byte, error) {
	id, rest, ok := split(sealed)
	if !ok {
		return nil, ErrOpen
	}
	m := r.find(id)
	if m == nil {
		return nil, ErrUnknownKey
	}
	size := m.aead.NonceSize()
	if len(rest) < size {
		return nil, ErrOpen
	}
	plain, err := m.aead.Open(nil, rest[:size], rest[size:], []byte(context))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// SealedBy returns the name of the key that sealed a value, "" for what is none.
func SealedBy(sealed []byte) string {
	id, _, _ := split(sealed)
	return id
}

func split(sealed []byte) (id string, rest []byte, ok bool) {
	if len(sealed) == 0 || sealed[0] == 0 || sealed[0] > maxIDBytes || len(sealed) <= int(sealed[0]) {
		return "", nil, false
	}
	n := 1 + int(sealed[0])
	return string(sealed[1:n]), sealed[n:], true
}

// Derive returns n bytes that only holders of the named master key can compute, by
// HKDF with SHA-256. Different purposes give independent bytes.
func (r *Ring) Derive(keyID, purpose string, n int) ([]byte, error) {
	m := r.find(keyID)
	if m == nil {
		return nil, ErrUnknownKey
	}
	return hkdf.Key(sha256.New, m.key, nil, "radiograph derive "+purpose, n)
}
