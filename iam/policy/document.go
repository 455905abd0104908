package policy

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Sizes of documents in characters, white space not counted: the quotas of "IAM and
// AWS STS quotas" in the IAM User Guide.
const (
	ManagedLimit = 6144  // a managed policy
	RoleLimit    = 10240 // all inline policies of a role together
	UserLimit    = 2048  // all inline policies of a user together
	TrustLimit   = 2048  // a trust policy
	SessionLimit = 2048  // a session policy
)

// maxTextBytes bounds a document with its white space, as IAM's API does.
const maxTextBytes = 131072

// Error says what is wrong with a document. Message has IAM's words, followed by the
// place in parentheses.
type Error struct {
	// Code is MalformedPolicyDocument, or LimitExceeded for documents that are too large.
	Code    string
	Message string
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

func malformed(format string, args ...any) *Error {
	return &Error{Code: "MalformedPolicyDocument", Message: fmt.Sprintf(format, args...)}
}

// syntax is the error of a document that is no policy at all, or has a part that the
// language does not have.
func syntax(format string, args ...any) *Error {
	return malformed("Syntax errors in policy. (%s)", fmt.Sprintf(format, args...))
}

// Document is a policy that has been read. The zero value has no statements.
type Document struct {
	text       string
	trust      bool
	variables  bool // Version is 2012-10-17
	statements []statement
}

// Text returns the document as it was given to [Parse] or [ParseTrust].
func (d *Document) Text() string { return d.text }

// Parse reads a policy of a principal: identity policy, permissions boundary or
// session policy, of at most limit characters. Every error is an *[Error].
func Parse(text string, limit int) (*Document, error) {
	if Size(text) > limit {
		return nil, &Error{Code: "LimitExceeded", Message: "Cannot exceed quota for PolicySize: " + strconv.Itoa(limit)}
	}
	return parse(text, false)
}

// ParseTrust reads a trust policy of a role. Every error is an *[Error].
func ParseTrust(text string) (*Document, error) {
	if Size(text) > TrustLimit {
		return nil, &Error{Code: "LimitExceeded", Message: "Cannot exceed quota for ACLSizePerRole: " + strconv.Itoa(TrustLimit)}
	}
	return parse(text, true)
}

// MustParse is [Parse] for documents that are part of the program, without a limit.
// It panics when the document is malformed.
func MustParse(text string) *Document {
	d, err := parse(text, false)
	if err != nil {
		panic("policy: " + err.Error())
	}
	return d
}

// Size returns how many characters of a document count against the quotas: all but
// white space.
func Size(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

func parse(text string, trust bool) (*Document, error) {
	if len(text) > maxTextBytes {
		return nil, &Error{Code: "LimitExceeded", Message: "Cannot exceed quota for PolicySize: " + strconv.Itoa(maxTextBytes)}
	}
	root, err := readJSON(text)
	if err != nil {
		return nil, err
	}
	if root.object == nil {
		return nil, syntax("the policy is no object")
	}
	d := &Document{text: text, trust: trust}
	var body *value
	for _, m := range root.object {
		switch m.name {
		case "Version":
			switch m.value.text() {
			case "2012-10-17":
				d.variables = true
			case "2008-10-17":
			default:
				return nil, syntax("Version must be 2012-10-17 or 2008-10-17")
			}
		case "Id":
			if m.value.kind != word {
				return nil, syntax("Id must be a text")
			}
		case "Statement":
			body = m.value
		default:
			return nil, syntax("a policy has no element %s", strconv.Quote(m.name))
		}
	}
	if body == nil {
		return nil, syntax("there is no Statement")
	}
	if err := d.readStatements(body); err != nil {
		return nil, err
	}
	return d, nil
}

// readStatements reads the element Statement: one object or a list of them.
func (d *Document) readStatements(body *value) error {
	items := []*value{body}
	if body.kind == list {
		items = body.items
	}
	if len(items) == 0 {
		return syntax("there is no Statement")
	}
	sids := map[string]bool{}
	for i, item := range items {
		s, sid, err := d.readStatement(item, i+1)
		if err != nil {
			return err
		}
		if sid != "" && sids[sid] {
			return malformed("Statement IDs (SID) in a single policy must be unique.")
		}
		sids[sid] = true
		d.statements = append(d.statements, s)
	}
	return nil
}

// statement is a statement that has been read.
type statement struct {
	name string // Sid, or "#" and the place from 1
	deny bool

	actions     []glob // folded to lower case
	notActions  bool   // actions are those of NotAction
	resources   []resource
	notResource bool

	principals   principals
	notPrincipal bool

	conditions []condition
}

// applies reports whether the statement is about r and its conditions hold.
func (s *statement) applies(r *Request, variables bool) bool {
	x := &expansion{context: r.Context, enabled: variables}
	if s.actsOn(r.Action) == s.notActions {
		return false
	}
	if s.principals.present && s.principals.match(&r.Principal) == s.notPrincipal {
		return false
	}
	if s.resources != nil && matchResources(s.resources, r.Resource, x) == s.notResource {
		return false
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(r.Context, x) {
			return false
		}
	}
	// What a variable without a value stands for is unknown. That must never allow; a
	// deny has been judged as if the text matched nothing.
	return s.deny || !x.unknown
}

func (s *statement) actsOn(action string) bool {
	action = strings.ToLower(action)
	for _, g := range s.actions {
		if g.match(action) {
			return true
		}
	}
	return false
}
