package xrayapi

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// statement is a statement of a resource policy, as far as it is looked at.
type statement struct {
	Effect    string
	Action    oneOrMore
	Principal principal
	Condition json.RawMessage
}

// oneOrMore is a text or a list of texts.
type oneOrMore []string

// UnmarshalJSON reads either form.
func (o *oneOrMore) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*o = []string{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(o))
}

// principal says whom a statement is about: "*" or an object of lists.
type principal struct {
	everybody bool
	present   bool
}

// UnmarshalJSON reads either form.
func (p *principal) UnmarshalJSON(b []byte) error {
	p.present = true
	var all string
	if json.Unmarshal(b, &all) == nil {
		p.everybody = all == "*"
		if !p.everybody {
			return errors.New(`the Principal of a Statement is a text other than "*"`)
		}
		return nil
	}
	var kinds map[string]oneOrMore
	if err := json.Unmarshal(b, &kinds); err != nil {
		return err
	}
	p.everybody = slices.Contains(kinds["AWS"], "*")
	return nil
}

// parsePolicy reads a policy document. Statement is one object or a list.
func parsePolicy(document string) ([]statement, error) {
	var p struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(document), &p); err != nil {
		return nil, err
	}
	var statements []statement
	if err := json.Unmarshal(p.Statement, &statements); err != nil {
		var one statement
		if json.Unmarshal(p.Statement, &one) != nil {
			return nil, err
		}
		statements = []statement{one}
	}
	if len(statements) == 0 {
		return nil, errors.New("there is no Statement")
	}
	for _, s := range statements {
		switch {
		case s.Effect != "Allow" && s.Effect != "Deny":
			return nil, errors.New("the Effect of a Statement is neither Allow nor Deny")
		case len(s.Action) == 0:
			return nil, errors.New("a Statement has no Action")
		case !s.Principal.present:
			return nil, errors.New("a Statement has no Principal")
		}
	}
	return statements, nil
}

// locksOut reports whether a statement denies everybody, without condition, to put
// another policy.
func locksOut(statements []statement) bool {
	return slices.ContainsFunc(statements, func(s statement) bool {
		return s.Effect == "Deny" && s.Principal.everybody && len(s.Condition) == 0 &&
			slices.ContainsFunc(s.Action, coversPutPolicy)
	})
}

// coversPutPolicy reports whether an action, which may end in a wildcard, covers
// that of putting policies.
func coversPutPolicy(action string) bool {
	action = strings.ToLower(action)
	const put = "xray:putresourcepolicy"
	if prefix, ok := strings.CutSuffix(action, "*"); ok {
		return strings.HasPrefix(put, prefix)
	}
	return action == put
}
