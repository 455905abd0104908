package eks

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam/policy"
)

// passRole is what who hands a role to pods must be allowed. Without it, whoever may make an
// association could give pods any role there is (EKS User Guide, "Assign an IAM role to a
// Kubernetes service account"). A role for a web identity is not handed: its trust policy names
// the service account.
const passRole = "iam:PassRole"

// toPods is the service that the roles are passed to.
const toPods = "pods.eks.amazonaws.com"

// mayPass asks whether the signer may hand on the roles in the body.
func (h *Handler) mayPass(r *http.Request, body []byte) error {
	if r.Method != http.MethodPost {
		return nil
	}
	for _, role := range passed(body) {
		// A name with wildcards is nobody's role.
		if strings.ContainsAny(role, "*?") {
			return &auth.Error{Kind: auth.Denied, Message: "Role " + role + " cannot be passed"}
		}
		if err := h.opts.Gate.Allow(r.Context(), passRole, role, policy.Context{"iam:PassedToService": {toPods}}); err != nil {
			return err
		}
	}
	return nil
}

// passed returns what any member roleArn of a JSON text says, however deep, however often and
// in whatever case: decoders differ in which of several they take. Of text that is not JSON it
// returns what there is before the mistake, and the manager refuses it.
func passed(body []byte) []string {
	d := json.NewDecoder(bytes.NewReader(body))
	var roles []string
	var nesting []bool // of each open container whether it is an object
	name, isName := "", false
	for {
		token, err := d.Token()
		if err != nil {
			return roles
		}
		inObject := len(nesting) > 0 && nesting[len(nesting)-1]
		switch v := token.(type) {
		case json.Delim:
			switch v {
			case '{', '[':
				nesting = append(nesting, v == '{')
			default:
				nesting = nesting[:len(nesting)-1]
			}
			// A name comes next in an object, whichever has been opened or closed.
			isName = len(nesting) > 0 && nesting[len(nesting)-1]
			continue
		case string:
			if inObject && isName {
				name, isName = v, false
				continue
			}
			if inObject && v != "" && strings.EqualFold(name, "roleArn") {
				roles = append(roles, v)
			}
		}
		isName = inObject
	}
}
