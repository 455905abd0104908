package policy

import (
	"slices"
	"strings"
)

// condition is one key of one operator. Several conditions must all hold.
type condition struct {
	operator operator
	key      string
	values   []string
	set      setOperator
	ifExists bool // holds when the key is absent
}

// setOperator says how many of the values of a key must fit.
type setOperator uint8

const (
	single    setOperator = iota
	anyValue              // ForAnyValue:
	allValues             // ForAllValues:
)

// readConditions reads the element Condition.
func readConditions(v *value, variables bool) ([]condition, error) {
	if v.kind != object {
		return nil, syntax("Condition must be an object")
	}
	var out []condition
	for _, op := range v.object {
		c, err := readOperator(op.name)
		if err != nil {
			return nil, err
		}
		if op.value.kind != object {
			return nil, syntax("Condition %s must be an object", op.name)
		}
		for _, m := range op.value.object {
			c.key = m.name
			var ok bool
			if c.values, ok = m.value.scalars(); !ok || len(c.values) == 0 || !strings.Contains(m.name, ":") {
				return nil, syntax("Condition %s: key %q must have a vendor and a value or a list of values", op.name, m.name)
			}
			for _, value := range c.values {
				if variables && strings.Contains(value, "${") {
					continue // only a request will tell
				}
				if !c.operator.valid(value) {
					return nil, syntax("Condition %s: %q is no value for it", op.name, value)
				}
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// readOperator reads a name such as ForAnyValue:StringLikeIfExists.
func readOperator(name string) (condition, error) {
	var c condition
	base := name
	if rest, ok := strings.CutPrefix(base, "ForAnyValue:"); ok {
		c.set, base = anyValue, rest
	} else if rest, ok := strings.CutPrefix(base, "ForAllValues:"); ok {
		c.set, base = allValues, rest
	}
	if rest, ok := strings.CutSuffix(base, "IfExists"); ok {
		c.ifExists, base = true, rest
	}
	op, ok := operators[base]
	if !ok || op.isNull && (c.ifExists || c.set != single) {
		return c, malformed("Invalid Condition type : %s.", name)
	}
	c.operator = op
	return c, nil
}

// holds evaluates the condition. A key without a value makes it false, of negated
// operators true; x notes variables without a value.
func (c *condition) holds(context Context, x *expansion) bool {
	have, present := context.Lookup(c.key)
	present = present && len(have) > 0
	if c.operator.isNull {
		return slices.ContainsFunc(c.values, func(v string) bool { return (v == "true") != present })
	}
	tests := c.operator.prepare(c.values, x)
	fits := func(value string) bool {
		return slices.ContainsFunc(tests, func(test func(string) bool) bool { return test(value) }) != c.operator.negated
	}
	switch {
	case !present:
		return c.ifExists || c.set == allValues || c.set == single && c.operator.negated
	case c.set == anyValue:
		return slices.ContainsFunc(have, fits)
	case c.set == allValues || c.operator.negated:
		return !slices.ContainsFunc(have, func(value string) bool { return !fits(value) })
	}
	return slices.ContainsFunc(have, fits)
}
