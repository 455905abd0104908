package podidentityagent

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// maxToken is more than the API server makes.
const maxToken = 16 << 10

// token is a pod's, as far as the agent understands it. Whether it is true is for radiograph to
// say.
type token struct {
	text    string
	expires time.Time
}

// parseToken reads when a JSON Web Token expires (RFC 7519, section 4.1.4). It must have the
// form of one, or there would be no point in asking about it.
func parseToken(text string) (token, error) {
	parts := strings.Split(text, ".")
	if len(text) > maxToken || len(parts) != 3 {
		return token{}, errors.New("the authorization header is not the token of a pod")
	}
	for _, part := range parts {
		if _, err := base64.RawURLEncoding.DecodeString(part); part == "" || err != nil {
			return token{}, errors.New("the token of the pod cannot be decoded")
		}
	}
	claims, _ := base64.RawURLEncoding.DecodeString(parts[1]) // decoded just now
	var in struct {
		Expires *float64 `json:"exp"`
	}
	if err := json.Unmarshal(claims, &in); err != nil {
		return token{}, errors.New("the token of the pod cannot be decoded")
	}
	if in.Expires == nil || *in.Expires <= 0 || *in.Expires > 1e11 {
		return token{}, errors.New("the token of the pod does not expire")
	}
	return token{text: text, expires: time.Unix(int64(*in.Expires), 0)}, nil
}
