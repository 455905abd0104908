package irsa

import (
	"encoding/json"
	"fmt"
	"strings"
)

// MappingName and MappingKey are the ConfigMap, in the operator's namespace, and its key that
// hold the [Mapping].
const (
	MappingName = "pod-identity-webhook"
	MappingKey  = "config"
)

// Mapping gives identities to service accounts that are not annotated, by namespace/name.
// Either may be *, for any.
type Mapping map[string]Identity

// entry is how an identity is written in the ConfigMap.
type entry struct {
	RoleARN         string
	Audience        string
	UseRegionalSTS  *bool
	TokenExpiration int64
}

// ParseMapping reads the JSON text of the ConfigMap; empty text is an empty mapping.
func ParseMapping(text string) (Mapping, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var entries map[string]entry
	if err := json.Unmarshal([]byte(text), &entries); err != nil {
		return nil, fmt.Errorf("decode the identities: %w", err)
	}
	m := make(Mapping, len(entries))
	for key, e := range entries {
		namespace, name, ok := strings.Cut(key, "/")
		if !ok || !named(namespace) || !named(name) {
			return nil, fmt.Errorf("identities: %q is not namespace/name, each of them a name or *", key)
		}
		if e.TokenExpiration < 0 {
			return nil, fmt.Errorf("identities: %s: TokenExpiration %d is less than nothing", key, e.TokenExpiration)
		}
		m[key] = Identity{RoleARN: e.RoleARN, Audience: e.Audience, RegionalSTS: e.UseRegionalSTS, TokenExpiration: e.TokenExpiration}
	}
	return m, nil
}

func named(part string) bool {
	return part == "*" || part != "" && !strings.ContainsAny(part, "*/")
}

// Of returns the identity of a service account. The exact entry goes before that of its
// namespace, that before the one of its name, and that before the one of all.
func (m Mapping) Of(namespace, name string) Identity {
	for _, key := range []string{namespace + "/" + name, namespace + "/*", "*/" + name, "*/*"} {
		if id, ok := m[key]; ok {
			return id
		}
	}
	return Identity{}
}
