package webidentity

import (
	"fmt"
	"net/url"
	"strings"
)

// inCluster is where a pod finds the keys of its own cluster.
//
//nolint:gosec // a path, no credentials
var inCluster = Source{
	JWKS:      "https://kubernetes.default.svc/openid/v1/jwks",
	CAFile:    "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
	TokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
}

// Source says where the keys of an issuer are. Without one they are where the
// issuer's discovery document says.
type Source struct {
	// JWKS is the https URL of the key set. CAFile has the certificates in PEM that its
	// server is verified against, "" for those of the system; TokenFile has a bearer
	// token, read before each request. Both may change while in use.
	JWKS      string
	CAFile    string
	TokenFile string

	// File has the key set itself, instead of JWKS.
	File string
}

// ParseSource reads an issuer and its source in the form of the configuration: the
// issuer, and after it, separated by spaces, either in-cluster, or file=PATH, or
// jwks=URL with or without ca=PATH and token=PATH.
func ParseSource(text string) (issuer string, s Source, err error) {
	words := strings.Fields(text)
	if len(words) < 2 {
		return "", s, fmt.Errorf("%q is not an issuer and where its keys are", text)
	}
	issuer = words[0]
	if u, err := url.Parse(issuer); err != nil || u.Scheme != "https" || u.Host == "" {
		return "", s, fmt.Errorf("%q is not the URL of an issuer, https://…", issuer)
	}
	if len(words) == 2 && words[1] == "in-cluster" {
		return issuer, inCluster, nil
	}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "jwks":
			s.JWKS = value
		case "ca":
			s.CAFile = value
		case "token":
			s.TokenFile = value
		case "file":
			s.File = value
		default:
			return "", s, fmt.Errorf("issuer %s: %q is none of in-cluster, jwks=, ca=, token= and file=", issuer, word)
		}
	}
	return issuer, s, s.check(issuer)
}

func (s Source) check(issuer string) error {
	switch {
	case s.File != "" && (s.JWKS != "" || s.CAFile != "" || s.TokenFile != ""):
		return fmt.Errorf("issuer %s: file= stands alone", issuer)
	case s.File == "" && s.JWKS == "":
		return fmt.Errorf("issuer %s: jwks= or file= must say where the keys are", issuer)
	case s.JWKS != "" && !strings.HasPrefix(s.JWKS, "https://"):
		return fmt.Errorf("issuer %s: %q is not an https URL", issuer, s.JWKS)
	}
	return nil
}
