package irsa

import (
	"regexp"
	"strconv"
	"strings"
)

// The annotations, without their prefix, see the EKS User Guide, "IAM roles for service
// accounts", and the README of amazon-eks-pod-identity-webhook.
const (
	roleKey       = "role-arn"
	audienceKey   = "audience"
	regionalKey   = "sts-regional-endpoints"
	expirationKey = "token-expiration"
	skipKey       = "skip-containers"
)

// Prefix is that of the annotations on EKS.
const Prefix = "eks.amazonaws.com"

// SkipLabel of a pod, whatever its value, keeps the webhook away from it.
const SkipLabel = "eks.amazonaws.com/skip-pod-identity-webhook"

// How long a projected token lasts, in seconds. The API server allows no less than the least,
// and EKS no more than a day.
const (
	defaultExpiration int64 = 86400
	leastExpiration   int64 = 600
	mostExpiration    int64 = 86400
)

// Identity is what a service account has.
type Identity struct {
	// Associated says that the account has a pod identity association. The other members do
	// not matter then.
	Associated bool

	// RoleARN is the role of the account; empty for none.
	RoleARN string
	// Audience is whom the token is for; empty for the webhook's default.
	Audience string
	// RegionalSTS says which STS is asked; nil for the webhook's default.
	RegionalSTS *bool
	// TokenExpiration is in seconds; 0 for the default.
	TokenExpiration int64
}

// None reports whether there is nothing to give to a pod.
func (i Identity) None() bool { return !i.Associated && i.RoleARN == "" }

// FromAnnotations reads the identity that the annotations of a service account give it. A
// value that cannot be read counts as missing.
func FromAnnotations(prefix string, annotations map[string]string) Identity {
	id := Identity{
		RoleARN:  strings.TrimSpace(annotations[prefix+"/"+roleKey]),
		Audience: annotations[prefix+"/"+audienceKey],
	}
	if regional, err := strconv.ParseBool(annotations[prefix+"/"+regionalKey]); err == nil {
		id.RegionalSTS = &regional
	}
	id.TokenExpiration = seconds(annotations[prefix+"/"+expirationKey])
	return id
}

// seconds reads a number of seconds, 0 when it is none.
func seconds(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// expiration is how long the token of a pod lasts: what the pod says, else what its account
// says, within the bounds.
func expiration(prefix string, id *Identity, pod map[string]string) int64 {
	n := seconds(pod[prefix+"/"+expirationKey])
	if n == 0 {
		n = id.TokenExpiration
	}
	if n == 0 {
		return defaultExpiration
	}
	return min(max(n, leastExpiration), mostExpiration)
}

var rolePattern = regexp.MustCompile(`^arn:aws[a-z0-9-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+$`)

// roleNamePattern is a path and a name without the ARN before them.
var roleNamePattern = regexp.MustCompile(`^[\w+=,.@/-]+$`)

// role returns the ARN of a role that may be given by its name alone, when an account is
// known, and whether it looks like one.
func (s *Settings) role(text string) (arn string, ok bool) {
	if rolePattern.MatchString(text) {
		return text, true
	}
	if s.AccountID != "" && roleNamePattern.MatchString(text) {
		return "arn:aws:iam::" + s.AccountID + ":role/" + strings.TrimPrefix(text, "/"), true
	}
	return text, false
}
