package iam

import (
	"crypto/rand"
	"encoding/base32"
	"regexp"
	"strings"
)

// Prefixes of unique ids, from the IAM User Guide, "IAM identifiers".
const (
	prefixUser   = "AIDA"
	prefixRole   = "AROA"
	prefixPolicy = "ANPA"
)

// newID returns a unique id: what is created again under its old name is another.
func newID(prefix string) string {
	var b [11]byte
	rand.Read(b[:]) // never fails
	return prefix + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])[:17]
}

// fold makes the key of a name: names differ in more than case.
func fold(name string) string { return strings.ToLower(name) }

var (
	namePattern = regexp.MustCompile(`^[\w+=,.@-]+$`)
	pathPattern = regexp.MustCompile(`^/$|^/[\x21-\x7e]+/$`)
)

// ValidName reports whether name can be that of a user, role or policy with at most
// most characters. Nothing that a file system or an ARN could take for more than a
// name passes.
func ValidName(name string, most int) bool {
	return len(name) <= most && namePattern.MatchString(name)
}

// ValidPath reports whether path can be that of a user, role or policy.
func ValidPath(path string) bool {
	return len(path) <= 512 && pathPattern.MatchString(path)
}

// accountOf returns the account of an IAM ARN, "" for what is none.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" && parts[2] != "sts" {
		return ""
	}
	return parts[4]
}

// ARN returns the ARN of a resource of the account, such as role/writer.
func (d *Directory) ARN(resource string) string { return "arn:aws:iam::" + d.account + ":" + resource }

// RoleARN returns the ARN of r.
func (d *Directory) RoleARN(r *Role) string { return d.ARN("role" + r.Path + r.Name) }

// UserARN returns the ARN of u.
func (d *Directory) UserARN(u *User) string { return d.ARN("user" + u.Path + u.Name) }

// ProviderARN returns the ARN of p.
func (d *Directory) ProviderARN(p *Provider) string { return d.ARN(providerPrefix + p.URL) }

const providerPrefix = "oidc-provider/"

// SessionARN returns the ARN of a session of a role. The role's path is not in it.
func (d *Directory) SessionARN(role, session string) string {
	return "arn:aws:sts::" + d.account + ":assumed-role/" + role + "/" + session
}
