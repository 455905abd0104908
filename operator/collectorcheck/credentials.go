package collectorcheck

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// nowhere is the environment of a check as far as it is about AWS. Some components, sigv4auth
// among them, get credentials while they validate their settings. Those would be the
// operator's, by its node, and for a role that whoever wrote the configuration chose: so there
// are none, and nobody is asked. Port 9 is that of the discard service, which no machine runs.
var nowhere = []string{
	"AWS_EC2_METADATA_DISABLED=true", "AWS_ACCESS_KEY_ID=unknown", "AWS_SECRET_ACCESS_KEY=unknown",
	"AWS_ENDPOINT_URL=http://127.0.0.1:9", "AWS_MAX_ATTEMPTS=1",
}

// notRetrieved is how sigv4auth says that it got none, as of v0.155.
const notRetrieved = "could not retrieve credential provider"

// ofCredentials reports whether a problem is that there are no credentials here.
func (p Problem) ofCredentials() bool { return strings.Contains(p.Message, notRetrieved) }

// needs lists what the collector of a configuration must find in its pod to start, and nobody
// can look at before.
func needs(config []byte) []string {
	var doc struct {
		Extensions map[string]any `yaml:"extensions"`
	}
	if yaml.Unmarshal(config, &doc) != nil {
		return nil
	}
	var out []string
	for _, id := range slices.Sorted(maps.Keys(doc.Extensions)) {
		if kind, _, _ := strings.Cut(id, "/"); strings.TrimSpace(kind) != "sigv4auth" {
			continue
		}
		what := "AWS credentials"
		settings, _ := doc.Extensions[id].(map[string]any)
		role, _ := settings["assume_role"].(map[string]any)
		if file, _ := role["web_identity_token_file"].(string); file != "" {
			what = "file " + file // the token is exchanged for credentials with the first request
		}
		out = append(out, fmt.Sprintf("extensions::%s ends the collector when it finds no %s in its pod", id, what))
	}
	return out
}
