package session

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/radiograph/radiograph/iam/secret"
)

// Session is what temporary credentials stand for. A session of a role has a Role,
// one of a user has a User.
type Session struct {
	AccessKeyID string `json:"k"`
	Account     string `json:"a"`

	RoleName string `json:"r,omitempty"`
	RoleID   string `json:"i,omitempty"` // of the role that was assumed; one of the same name that is made later has another
	UserName string `json:"u,omitempty"`
	UserID   string `json:"ui,omitempty"`
	Name     string `json:"n,omitempty"` // of the session

	Issued  time.Time `json:"t"`
	Expires time.Time `json:"e"`

	// Policy and PolicyARNs are the session policies: what the session may do at most.
	Policy     string   `json:"p,omitempty"`
	PolicyARNs []string `json:"pa,omitempty"`

	Tags           map[string]string `json:"g,omitempty"`
	TransitiveTags []string          `json:"tg,omitempty"` // keys of Tags that go on to roles assumed from here
	SourceIdentity string            `json:"s,omitempty"`

	// Provider is the ARN of the OpenID Connect provider, or the service principal,
	// that vouched for the caller.
	Provider string `json:"o,omitempty"`
	// Subject is whom the provider vouched for.
	Subject string `json:"sub,omitempty"`
}

// Credentials are what a client gets. The secret is as good as a password until
// they expire.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
	Expires         time.Time
}

// ErrInvalid says that a session token was not issued here, or was changed.
var ErrInvalid = errors.New("session token is invalid")

// maxTokenBytes bounds what Open looks at.
const maxTokenBytes = 32 << 10

// secretBytes make a secret of 40 characters, as AWS's are.
const secretBytes = 30

const tokenContext = "session token"

var (
	keyEncoding   = base32.StdEncoding.WithPadding(base32.NoPadding)
	tokenEncoding = base64.RawStdEncoding
)

// NewKeyID returns a random access key id with a prefix of four letters: ASIA for
// temporary keys, AKIA for those of users.
func NewKeyID(prefix string) string {
	var b [10]byte
	rand.Read(b[:]) // never fails
	return prefix + keyEncoding.EncodeToString(b[:])
}

// Issue makes credentials for s, which gets a new access key id.
func Issue(ring *secret.Ring, s Session) (Credentials, error) {
	s.AccessKeyID = NewKeyID("ASIA")
	s.Expires = s.Expires.UTC().Truncate(time.Second)
	s.Issued = s.Issued.UTC().Truncate(time.Second)
	text, err := json.Marshal(s)
	if err != nil {
		return Credentials{}, fmt.Errorf("encode session: %w", err)
	}
	key, err := secretOf(ring, ring.KeyID(), s.AccessKeyID)
	if err != nil {
		return Credentials{}, err
	}
	token := tokenEncoding.EncodeToString(ring.Seal(text, tokenContext))
	if len(token) > maxTokenBytes {
		return Credentials{}, fmt.Errorf("encode session: a token of %d bytes is too large", len(token))
	}
	return Credentials{AccessKeyID: s.AccessKeyID, SecretAccessKey: key, SessionToken: token, Expires: s.Expires}, nil
}

// Open reads a session token and computes the secret that belongs to it. It does
// not look at the clock: the caller decides what expiry means. The error is
// [ErrInvalid].
func Open(ring *secret.Ring, token string) (Session, string, error) {
	if len(token) > maxTokenBytes {
		return Session{}, "", ErrInvalid
	}
	sealed, err := tokenEncoding.DecodeString(token)
	if err != nil {
		return Session{}, "", ErrInvalid
	}
	text, err := ring.Open(sealed, tokenContext)
	if err != nil {
		return Session{}, "", ErrInvalid
	}
	var s Session
	if err := json.Unmarshal(text, &s); err != nil {
		return Session{}, "", ErrInvalid
	}
	key, err := secretOf(ring, secret.SealedBy(sealed), s.AccessKeyID)
	if err != nil {
		return Session{}, "", ErrInvalid
	}
	return s, key, nil
}

func secretOf(ring *secret.Ring, masterID, accessKeyID string) (string, error) {
	b, err := ring.Derive(masterID, "session secret "+accessKeyID, secretBytes)
	if err != nil {
		return "", fmt.Errorf("derive secret: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b), nil
}

// NewSecret returns a random secret access key of 40 characters.
func NewSecret() string {
	var b [secretBytes]byte
	rand.Read(b[:]) // never fails
	return base64.StdEncoding.EncodeToString(b[:])
}
