package policy

import (
	"strings"
	"unicode/utf8"
)

// Elements of a glob that are no characters.
const (
	anyRun  rune = -1 // *
	anyOne  rune = -2 // ?
	unknown rune = -3 // a variable without a value: matches nothing
)

// glob is a pattern whose variables have values: characters, anyRun and anyOne.
type glob []rune

// match reports whether all of text fits.
func (g glob) match(text string) bool {
	i, at := 0, 0
	star, resume := -1, 0 // where to go on after the last *, and with what
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case i < len(g) && g[i] == anyRun:
			star, resume = i, at
			i++
			continue
		case i < len(g) && (g[i] == anyOne || g[i] == r):
			i, at = i+1, at+size
			continue
		case star < 0:
			return false
		}
		_, size = utf8.DecodeRuneInString(text[resume:])
		resume += size
		i, at = star+1, resume
	}
	for i < len(g) && g[i] == anyRun {
		i++
	}
	return i == len(g)
}

// simpleGlob returns the pattern of a text without variables.
func simpleGlob(text string) glob {
	g := make(glob, 0, len(text))
	for _, r := range text {
		switch r {
		case '*':
			r = anyRun
		case '?':
			r = anyOne
		}
		g = append(g, r)
	}
	return g
}

// expansion replaces the policy variables of one statement.
type expansion struct {
	context Context
	enabled bool // the policy's version has variables
	unknown bool // a variable had no value, or several
}

// glob returns text as a pattern. The values of variables are taken literally: a
// user who is called * must not be everybody.
func (x *expansion) glob(text string) glob {
	if !x.enabled || !strings.Contains(text, "${") {
		return simpleGlob(text)
	}
	var g glob
	for text != "" {
		before, name, after, ok := cutVariable(text)
		g = append(g, simpleGlob(before)...)
		if !ok {
			break
		}
		if v, ok := x.value(name); ok {
			g = append(g, []rune(v)...)
		} else {
			x.unknown = true
			g = append(g, unknown)
		}
		text = after
	}
	return g
}

// literal returns text with its variables replaced; * and ? stand for themselves.
func (x *expansion) literal(text string) (string, bool) {
	if !x.enabled || !strings.Contains(text, "${") {
		return text, true
	}
	var b strings.Builder
	for text != "" {
		before, name, after, ok := cutVariable(text)
		b.WriteString(before)
		if !ok {
			break
		}
		v, ok := x.value(name)
		if !ok {
			x.unknown = true
			return "", false
		}
		b.WriteString(v)
		text = after
	}
	return b.String(), true
}

// cutVariable returns what is before, in and after the first variable.
func cutVariable(text string) (before, name, after string, ok bool) {
	before, rest, ok := strings.Cut(text, "${")
	if !ok {
		return text, "", "", false
	}
	name, after, ok = strings.Cut(rest, "}")
	if !ok {
		return text, "", "", false
	}
	return before, name, after, true
}

// value returns what a variable stands for: a key with one value, its default as in
// ${aws:username, 'nobody'}, or one of the characters *, ? and $.
func (x *expansion) value(name string) (string, bool) {
	if name == "*" || name == "?" || name == "$" {
		return name, true
	}
	key, fallback, hasFallback := strings.Cut(name, ",")
	if values, ok := x.context.Lookup(strings.TrimSpace(key)); ok && len(values) == 1 {
		return values[0], true
	}
	if hasFallback {
		return strings.Trim(strings.TrimSpace(fallback), "'"), true
	}
	return "", false
}
