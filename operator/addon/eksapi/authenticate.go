package eksapi

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The headers by which the service says for whom it asks. They count only beside the token.
const (
	// CallerHeader is the ARN of the caller, who has been verified and authorised.
	CallerHeader = "X-Radiograph-Caller-Arn"
	// AccountHeader is the account that the caller is in.
	AccountHeader = "X-Radiograph-Account"
)

// minToken is the length of the shortest token: 128 bits in hexadecimal are twice that.
const minToken = 16

// authenticate returns the caller's ARN. A request without the token is refused, and one for
// another account than the cluster's.
func (a *API) authenticate(ctx context.Context, r *http.Request) (string, error) {
	if a.Token == nil {
		return "", nil // told to be insecure: what the headers say is not known to be so
	}
	given := r.Header.Values("Authorization")
	if len(given) == 0 {
		return "", fail(missingToken, "Missing Authentication Token")
	}
	want, err := a.Token(ctx)
	if err != nil {
		return "", &failure{code: unavailable, message: "The add-on API cannot verify requests now.", cause: err}
	}
	scheme, token, _ := strings.Cut(given[0], " ")
	if len(given) > 1 || !strings.EqualFold(scheme, "Bearer") || !equal(strings.TrimSpace(token), want) {
		return "", fail(accessDenied, "The request is not from the service that this API belongs to.")
	}
	caller, account := r.Header.Values(CallerHeader), r.Header.Values(AccountHeader)
	if len(caller) > 1 || len(account) > 1 {
		return "", fail(accessDenied, "The caller is given more than once.")
	}
	if len(account) == 1 && account[0] != a.Cluster.Account {
		return "", fail(accessDenied, "The cluster is of another account than the caller.")
	}
	if len(caller) == 0 {
		return "", nil
	}
	return caller[0], nil
}

// equal compares secrets in a time that says nothing about them.
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// FileToken returns a token that is read from a file each time, so that a new one counts at
// once. Space around it is left out.
func FileToken(path string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read the token of the add-on API: %w", err)
		}
		return checkToken(string(data), path)
	}
}

// TokenKey is the key of the token in its Secret.
const TokenKey = "token"

// tokenAge is how long a token of a Secret is used before it is read again.
const tokenAge = 5 * time.Second

// SecretToken returns a token that is read from a Secret every few seconds. One that does not
// exist is made with a random token. The client must read the API server itself, or a cache
// that has the Secret.
func SecretToken(c client.Client, name types.NamespacedName) func(context.Context) (string, error) {
	var (
		mu    sync.Mutex // guards what follows, and is held while the Secret is read
		token string
		until time.Time
	)
	return func(ctx context.Context) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if time.Now().Before(until) {
			return token, nil
		}
		read, err := secretToken(ctx, c, name)
		if err != nil {
			return "", err
		}
		token, until = read, time.Now().Add(tokenAge)
		return token, nil
	}
}

// secretToken reads the Secret, or makes it.
func secretToken(ctx context.Context, c client.Client, name types.NamespacedName) (string, error) {
	var secret corev1.Secret
	err := c.Get(ctx, name, &secret)
	if apierrors.IsNotFound(err) {
		secret = corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name},
			Data:       map[string][]byte{TokenKey: []byte(newToken())},
		}
		if err = c.Create(ctx, &secret); apierrors.IsAlreadyExists(err) { // another replica was first
			err = c.Get(ctx, name, &secret)
		}
	}
	if err != nil {
		return "", fmt.Errorf("read the token of the add-on API from secret %s: %w", name, err)
	}
	return checkToken(string(secret.Data[TokenKey]), "secret "+name.String())
}

func newToken() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand
	return base64.RawURLEncoding.EncodeToString(random[:])
}

func checkToken(text, from string) (string, error) {
	token := strings.TrimSpace(text)
	if len(token) < minToken {
		return "", fmt.Errorf("the token of the add-on API in %s has %d characters, want at least %d", from, len(token), minToken)
	}
	return token, nil
}
